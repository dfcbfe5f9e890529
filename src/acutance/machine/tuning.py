"""Settings of the machine, found by a measurement of a fraction of a second.

Machines differ too much to assume anything: bfloat16 doubles the speed of a wide network on one
processor and divides it by 25 on another, and a small network is slower on 32 threads than on 4.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

import torch

from acutance.machine.cores import cores
from acutance.machine.replay import WARM_UP

S = TypeVar("S")
T = TypeVar("T")

ROUNDS, REPEATS = 2, 4
"""So many times all candidates take so many steps; a candidate's fastest counts, since a disturbed
step only ever looks slower."""

ENOUGH_SECONDS = 0.5
"""After this time a candidate takes no further step, nor all of them another round: large networks
take a second a step, which is less easily disturbed."""

MOST_WORKERS = 8
"""With more of them, what none has measured, the parts of a batch become too small."""

TELLING_SECONDS, LARGEST_SIZE = 0.01, 2048
"""A matrix product tells the machine's rate when it takes so long, or has so many rows."""

GAIN = 1.2
"""Bfloat16 must be this much faster: it also learns a little less a step."""


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How to compute on this machine.

    Attributes:
        threads: PyTorch's threads for every operation.
        workers: threads that each take a step on a part of the batch. Many small operations lose
            more on several threads each than they gain; a worker keeps to its core.
        bfloat16: train the first part of a run in mixed precision.

    Example:
        >>> with Tuning(threads=1, workers=2).team() as team:
        ...     team.share(lambda part: part.stop - part.start, slice(0, 10))
        [5, 5]
    """

    threads: int
    workers: int = 1
    bfloat16: bool = False

    @contextmanager
    def team(self) -> Iterator["Team"]:
        """PyTorch runs on these threads inside the block, and the team is there to share work."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            # PyTorch's setting is one a thread: new ones take that of the last call.
            with ThreadPoolExecutor(self.workers, "training") as pool:
                yield Team(self, pool)
        finally:
            torch.set_num_threads(before)

    def precision(self, used: float, device: torch.device) -> AbstractContextManager[object]:
        """Autocast to bfloat16 in the first half of the budget, if it is worth it here.

        The second half is float32: the eight bits of bfloat16 place a surface to some 1e-3.
        """
        if not self.is_mixed(used):
            return nullcontext()
        return torch.autocast(device.type, dtype=torch.bfloat16)

    def is_mixed(self, used: float) -> bool:
        """Whether `precision` is mixed when a share of the budget is used."""
        return self.bfloat16 and used < 0.5


@dataclass(frozen=True)
class Team:
    """The workers of a tuning, while they are there."""

    tuning: Tuning
    _pool: ThreadPoolExecutor

    def share(self, work: Callable[[slice], T], batch: slice) -> list[T]:
        """What the work returns for each worker's part of the batch, in order."""
        size = batch.stop - batch.start
        workers = max(1, min(self.tuning.workers, size))
        edges = [batch.start + size * worker // workers for worker in range(workers + 1)]
        return self.each(work, [slice(*pair) for pair in pairwise(edges)])

    def each(self, work: Callable[[S], T], parts: Sequence[S]) -> list[T]:
        """What the work returns for each part, in order; the calling thread takes the first."""
        first, *others = parts
        waiting = [self._pool.submit(work, part) for part in others]
        return [work(first), *(future.result() for future in waiting)]


def repeatable(*, shared: bool = False) -> Tuning:
    """Settings that do not depend on a measurement: float32 on all cores.

    Args:
        shared: whether the step shares its work among the team.
    """
    if shared:
        return Tuning(threads=1, workers=min(cores(), MOST_WORKERS))
    return Tuning(threads=cores())


def fastest_tuning(
    prepare: Callable[[Team], Callable[[], object]], device: torch.device, *, shared: bool = False
) -> Tuning:
    """The fastest settings for a training step, measured; of threads only where a CPU computes.

    Args:
        prepare: makes what takes one step under the given settings.
        device: where it computes.
        shared: whether the step shares its work among the team.

    Example:
        >>> def prepare(team):
        ...     return lambda: sum(range(100))
        >>> fastest_tuning(prepare, torch.device("cpu")).workers
        1
    """
    candidates = _candidates(device, shared=shared)
    start, seconds = time.perf_counter(), [math.inf] * len(candidates)
    for _ in range(ROUNDS):
        times = [_seconds(prepare, tuning, device) for tuning in candidates]
        seconds = [min(pair) for pair in zip(seconds, times, strict=True)]
        if time.perf_counter() - start > ENOUGH_SECONDS * len(candidates):
            break
    plain, best = min(zip(seconds, candidates, strict=True), key=lambda pair: pair[0])
    if not _may_gain(device):
        return best
    mixed = replace(best, bfloat16=True)
    # The plain step is measured again beside it: machines are busy at one time and idle at another.
    worth = GAIN * _seconds(prepare, mixed, device) < min(plain, _seconds(prepare, best, device))
    return mixed if worth else best


def _candidates(device: torch.device, *, shared: bool) -> list[Tuning]:
    """What is worth a measurement. A GPU is given its work by one thread, whatever their number."""
    if device.type != "cpu":
        return [repeatable()]
    candidates = [Tuning(threads=count) for count in _counts()]
    if shared:
        candidates += [Tuning(threads=1, workers=count) for count in _counts()[:-1]]
    return candidates


def _counts() -> list[int]:
    """All cores, half of them, a quarter, ... down to one."""
    return [max(1, cores() >> shift) for shift in range(cores().bit_length())]


def _seconds(
    prepare: Callable[[Team], Callable[[], object]], tuning: Tuning, device: torch.device
) -> float:
    """Shortest time of a step, after some to warm up."""
    times = list[float]()
    with tuning.team() as team:
        step = prepare(team)
        for _ in range(1 if device.type == "cpu" else WARM_UP + 1):
            step()
        while len(times) < REPEATS and sum(times) < ENOUGH_SECONDS:
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
    return min(times)


def matrix_rate(dtype: torch.dtype, size: int = 256) -> float:
    """Rate of square matrix products on the CPU, in GFLOP/s.

    The matrices grow until a product takes long enough to tell: where bfloat16 is emulated, one of
    2,048 rows would take ten seconds.

    Args:
        dtype: of the matrices.
        size: rows of the smallest ones.
    """
    a = torch.ones(size, size, dtype=dtype, device="cpu")
    times = list[float]()
    for _ in range(REPEATS):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    if min(times) < TELLING_SECONDS and size < LARGEST_SIZE:
        return matrix_rate(dtype, 2 * size)
    return 2e-9 * size**3 / min(times)


def _may_gain(device: torch.device) -> bool:
    """Whether bfloat16 is worth a trial: emulated, one step of a large network takes minutes."""
    if device.type == "cpu":
        return matrix_rate(torch.bfloat16) > matrix_rate(torch.float32)
    return device.type == "cuda" and torch.cuda.is_bf16_supported()
