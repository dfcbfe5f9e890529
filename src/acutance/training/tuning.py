"""Settings of the machine, found by a measurement of a fraction of a second.

Machines differ too much to assume anything: bfloat16 doubles the speed of a wide network on one
processor and divides it by 25 on another, and a small network is slower on 32 threads than on 4.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from acutance.geometry.distance import cores

REPEATS = 3
"""Steps a candidate; the fastest counts, since a disturbed step only ever looks slower."""

GAIN = 1.2
"""Bfloat16 must be this much faster: it also learns a little less a step."""


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How to compute on this machine.

    Attributes:
        threads: PyTorch's threads.
        bfloat16: train the first part of a run in mixed precision.
    """

    threads: int
    bfloat16: bool = False

    @contextmanager
    def threads_set(self) -> Iterator[None]:
        """PyTorch runs on these threads inside the block."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def precision(self, used: float, device: torch.device) -> torch.autocast:
        """Autocast to bfloat16 in the first half of the budget, if it is worth it here.

        The second half is float32: the eight bits of bfloat16 place a surface to some 1e-3.
        """
        return torch.autocast(
            device.type, dtype=torch.bfloat16, enabled=self.bfloat16 and used < 0.5
        )


def repeatable() -> Tuning:
    """Settings that do not depend on a measurement: float32 on all cores."""
    return Tuning(threads=cores())


def measure(step: Callable[[Tuning], object], device: torch.device) -> Tuning:
    """The fastest settings for a training step.

    Args:
        step: takes one step under the given settings.
        device: where it computes.
    """
    best = min(_thread_counts(), key=lambda threads: _seconds(step, Tuning(threads=threads)))
    mixed = Tuning(threads=best, bfloat16=True)
    plain_seconds = _seconds(step, Tuning(threads=best))
    worth = _supports_bfloat16(device) and GAIN * _seconds(step, mixed) < plain_seconds
    return mixed if worth else Tuning(threads=best)


def _thread_counts() -> list[int]:
    """All cores, half of them, a quarter, ... down to one."""
    return [max(1, cores() >> shift) for shift in range(cores().bit_length())]


def _seconds(step: Callable[[Tuning], object], tuning: Tuning) -> float:
    """Shortest time of a step, after one to warm up."""
    times = []
    with tuning.threads_set():
        for _ in range(1 + REPEATS):
            start = time.perf_counter()
            step(tuning)
            times.append(time.perf_counter() - start)
    return min(times[1:])


def _supports_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 at all."""
    return device.type == "cpu" or torch.cuda.is_bf16_supported()
