"""The course of a run: what is shown while it goes on, and drawn in the report."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """A run at one moment: step, seconds, distance term, samples a second, share of the budget."""

    step: int
    seconds: float
    loss: float
    rate: float
    used: float


Progress = Callable[[Record], None]
"""Called some times a second with the state of the run."""


class Journal:
    """Keeps the course of a run and tells it to the user, at most ten times a second."""

    def __init__(self, progress: Progress) -> None:
        """An empty journal."""
        self.records: list[Record] = []
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
        self.records.append(Record(step, seconds, loss, rate, used))
        self._progress(self.records[-1])
