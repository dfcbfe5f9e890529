"""How much of the budget is used, and what the learning rate is then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from acutance.errors import InputError
from acutance.model.configuration import part_of

LEAST_LEFT = 0.25
"""Part of a budget that a training gets which starts anew near its end: less learns nothing."""


GROWTH_STAGES = 16
"""Batches grow in so many stages, within which all have the same size: a GPU can repeat a step."""


def grown(start: int, growth: float, used: float) -> int:
    """The size of a batch when a share of the budget is used: growing geometrically, in stages.

    >>> [grown(1000, 4.0, used) for used in (0.0, 0.01, 0.5, 1.0)]
    [1000, 1000, 2000, 4000]
    """
    return round(start * growth ** (int(GROWTH_STAGES * used) / GROWTH_STAGES))


@dataclass(frozen=True, kw_only=True)
class Budget:
    """An end in seconds or in steps. Only steps make a run repeatable.

    Attributes:
        seconds: time to train; ignored where `steps` is given.
        steps: number of steps, or None.

    Example:
        >>> Budget(steps=1000).steps
        1000
        >>> Budget(seconds=-1.0)
        Traceback (most recent call last):
        acutance.errors.InputError: A budget must be positive; got -1 seconds.
    """

    seconds: float = 10.0
    steps: int | None = None

    def __post_init__(self) -> None:
        if not self.seconds > 0 or (self.steps is not None and self.steps < 1):
            raise InputError(
                f"A budget must be positive; got {self.seconds:g} seconds."
                if self.steps is None
                else f"A budget must be positive; got {self.steps} steps."
            )

    def after(self, used: float, whole: "Budget") -> "Budget":
        """What is left of it when a share is used, but no less than `LEAST_LEFT` of the whole.

        Example:
            >>> whole = Budget(seconds=60.0)
            >>> whole.after(0.5, whole).seconds, whole.after(0.99, whole).seconds
            (30.0, 15.0)
        """
        if self.steps is None or whole.steps is None:
            return Budget(seconds=max((1 - used) * self.seconds, LEAST_LEFT * whole.seconds))
        return Budget(steps=max(1, round((1 - used) * self.steps), round(LEAST_LEFT * whole.steps)))


@dataclass
class Clock:
    """The used part of a budget.

    Example:
        >>> Clock(Budget(steps=200)).used(step=50)
        0.25
    """

    budget: Budget
    start: float = field(default_factory=time.perf_counter)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The clock stands still inside the block, however that ends."""
        before = time.perf_counter()
        try:
            yield
        finally:
            self.start += time.perf_counter() - before

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.start

    def used(self, step: int) -> float:
        """Fraction of the budget used before this step, 0 to 1 (at the end)."""
        if self.budget.steps is not None:
            return min(1.0, step / self.budget.steps)
        return min(1.0, self.seconds() / self.budget.seconds)


@dataclass
class Cursor:
    """Walks through a pool in contiguous slices, and starts again at its end.

    Attributes:
        size: number of samples in the pool.
        place: where the next slice begins.
        taken: samples taken so far.

    Example:
        >>> cursor = Cursor(size=10)
        >>> [cursor.take(4) for _ in range(3)]
        [slice(0, 4, None), slice(4, 8, None), slice(0, 4, None)]
    """

    size: int
    place: int = 0
    taken: int = 0

    def take(self, count: int) -> slice:
        """The next slice of `count` samples, or of all there are."""
        count = min(count, self.size)
        start = self.place if self.place + count <= self.size else 0
        self.place = start + count
        self.taken += count
        return slice(start, start + count)


@runtime_checkable
class Decay(Protocol):
    """Learning rates over a run, as a factor of the peak. See `part_of` for one of your own.

    Example:
        >>> isinstance(StepDecay(), Decay)
        True
    """

    def __call__(self, used: float) -> float:
        """The factor when a share of the budget is used, 0 to 1."""
        ...


@part_of(Decay)
@dataclass(frozen=True, kw_only=True)
class ExponentialDecay:
    """From 1 to a last factor, by equal ratios.

    Attributes:
        last: the factor at the end, in (0, 1].

    Example:
        >>> [round(ExponentialDecay(last=0.01)(used), 3) for used in (0.0, 0.5, 1.0)]
        [1.0, 0.1, 0.01]
    """

    last: float = 0.02

    def __post_init__(self) -> None:
        if not 0 < self.last <= 1:
            raise ValueError(f"last must lie in (0, 1], got {self.last}")

    def __call__(self, used: float) -> float:
        """The factor when a share of the budget is used, 0 to 1."""
        return float(self.last**used)


@part_of(Decay)
@dataclass(frozen=True, kw_only=True)
class StepDecay:
    """Halved (or another factor) at equal intervals, as in DeepSDF's specs files.

    Attributes:
        factor: what each step multiplies by.
        steps: number of steps in a run; 2,000 epochs with one every 500 make 4 intervals.

    Example:
        >>> [StepDecay(factor=0.5, steps=3)(used) for used in (0.0, 0.3, 0.6, 1.0)]
        [1.0, 0.5, 0.25, 0.125]
    """

    factor: float = 0.5
    steps: int = 3

    def __call__(self, used: float) -> float:
        """The factor when a share of the budget is used, 0 to 1."""
        return float(self.factor ** min(self.steps, int(used * (self.steps + 1))))


def learning_rate(peak: float, final_ratio: float, used: float, step: int, warm_up: int) -> float:
    """Linear warm-up over `warm_up` steps, then exponential decay from `peak` to its fraction.

    Args:
        peak: learning rate at the start of the decay.
        final_ratio: the last learning rate, as a fraction of the peak.
        used: fraction of the budget that is used, 0 to 1.
        step: number of this step, from 0.
        warm_up: steps of the warm-up.

    Example:
        >>> [learning_rate(1.0, 0.01, used=0.0, step=step, warm_up=4) for step in (0, 1, 3)]
        [0.25, 0.5, 1.0]
    """
    return float(peak * final_ratio**used * min(1.0, (step + 1) / warm_up))
