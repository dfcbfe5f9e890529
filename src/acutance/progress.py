"""How long work reports how it goes on: one protocol from the training loop to the progress bar."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingRecord:
    """A training at one moment.

    Attributes:
        step: number of the step.
        seconds: time since the start.
        loss: distance term of the step.
        rate: samples a second.
        used: share of the budget that is used, 0 to 1.
    """

    step: int
    seconds: float
    loss: float
    rate: float
    used: float


class Progress:
    """Receives the progress of a job. This one ignores it; override what you want to see.

    Example:
        >>> class Printed(Progress):
        ...     def stage(self, name):
        ...         print(name)
        >>> from acutance import CleanConfig, Contouring, clean
        >>> from acutance.shapes.part import part
        >>> result = clean(part(), CleanConfig(contouring=Contouring(resolution=16)), Printed())
        solid
        meshing
        evaluation
    """

    def stage(self, name: str) -> None:
        """A stage begins."""

    def advance(self, share: float, note: str) -> None:
        """A share of the stage is done, 0 to 1; the note says more."""

    def trained(self, record: TrainingRecord) -> None:
        """The training goes on; called at most ten times a second."""


SILENT = Progress()
"""The default of every function that reports its progress."""


class StageTimes:
    """Times the stages of a job, and reports when each begins.

    Attributes:
        progress: receives the stages.
        seconds: time spent, by stage, in order.
    """

    def __init__(self, progress: Progress) -> None:
        """No stage yet."""
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The time of the block, under a name."""
        self.progress.stage(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


class TrainingHistory:
    """Keeps the records of a training and reports them, at most ten times a second.

    Attributes:
        records: in the order of time.
    """

    def __init__(self, progress: Progress) -> None:
        """No record yet."""
        self.records: list[TrainingRecord] = []
        self._progress = progress
        self._last = (0, 0.0)

    def note(self, step: int, seconds: float, loss: float, used: float, taken: int) -> None:
        """Add a record, unless the last one is younger than a tenth of a second.

        Args:
            step: number of the step.
            seconds: time since the start.
            loss: distance term of the step.
            used: share of the budget that is used.
            taken: samples since the start.
        """
        last_taken, last_seconds = self._last
        if self.records and seconds - last_seconds < 0.1:
            return
        rate = (taken - last_taken) / max(seconds - last_seconds, 1e-9)
        self._last = (taken, seconds)
        self.records.append(TrainingRecord(step, seconds, loss, rate, used))
        self._progress.trained(self.records[-1])
