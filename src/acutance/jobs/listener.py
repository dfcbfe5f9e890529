"""Whom a job tells how it goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from acutance.progress import Record


class Listener:
    """Is told of stages and of the training; this one stays silent."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def training(self, record: Record) -> None:
        """The training goes on."""

    def work(self, share: float, state: str) -> None:
        """Other work goes on: a share of it is done, 0 to 1, and a word about it."""


class Stages:
    """Times the stages of a job, and tells the listener when one begins.

    Attributes:
        listener: who is told.
        seconds: time spent, by stage, in order.
    """

    def __init__(self, listener: Listener) -> None:
        """No stage yet."""
        self.listener = listener
        self.seconds: dict[str, float] = {}

    @contextmanager
    def named(self, name: str) -> Iterator[None]:
        """The time of the block, under a name."""
        self.listener.stage(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
