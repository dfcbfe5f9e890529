"""What is damaged, how, and what reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Mutation = Callable[[bytes, np.random.Generator], bytes]
"""Damages the bytes of a file."""


@dataclass(frozen=True)
class Target:
    """A file to damage.

    Attributes:
        group: the folder of whole files that it belongs to.
        path: within that folder.
        mutations: ways to damage it.
        read: reads the folder that it lies in; what it returns may be looked at further.
        every: it is damaged in one of so many rounds.
    """

    group: str
    path: str
    mutations: tuple[Mutation, ...]
    read: Callable[[Path], object]
    every: int = 1
