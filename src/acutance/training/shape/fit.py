"""Fit a network to the samples of one shape."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import torch

from acutance.data.pool import Pool
from acutance.errors import InputError, TrainingWarning
from acutance.machine.tuning import Team, Tuning, fastest_tuning, repeatable
from acutance.model.network import Network
from acutance.progress import SILENT, Progress, TrainingHistory, TrainingRecord
from acutance.training.guard import Guard
from acutance.training.objective import Objective
from acutance.training.schedule import Budget, Clock, Cursor, grown, learning_rate
from acutance.training.shape.step import Steps

FEW_STEPS = 600
"""Steps below which a network has seen too little; two cores take twice as many in 10 s."""

RESTARTS = 3
"""Attempts with a safer learning rate after one that failed."""

SAFER = 0.25
"""Factor of the learning rate from one attempt to the next."""


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """How one shape is fitted.

    Attributes:
        objective: what is minimised.
        learning_rate: peak learning rate of Adam.
        final_ratio: last learning rate as a fraction of the peak.
        warm_up: steps of linear warm-up.
        batch: samples a step, at the start.
        batch_growth: the last batch, in multiples of the first; larger batches average more of the
            noise when the surface is nearly in place, and run faster a sample.
        seed: seed of the initial weights.

    Example:
        >>> fitting = Fitting(batch=1000, batch_growth=4.0)
        >>> [fitting.batch_at(used) for used in (0.0, 0.5, 1.0)]
        [1000, 2000, 4000]
    """

    objective: Objective = field(default_factory=Objective)
    learning_rate: float = 1e-2
    final_ratio: float = 0.03
    warm_up: int = 20
    batch: int = 4096
    batch_growth: float = 8.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.learning_rate > 0 or not 0 < self.final_ratio <= 1:
            raise ValueError(
                "learning_rate must be positive and final_ratio in (0, 1], "
                f"got {self.learning_rate} and {self.final_ratio}"
            )
        if self.batch < 1 or self.warm_up < 1 or self.batch_growth < 1:
            raise ValueError("batch, warm_up and batch_growth must be 1 or more")

    def batch_at(self, used: float) -> int:
        """Samples a step when a share of the budget is used: growing geometrically."""
        return grown(self.batch, self.batch_growth, used)


@dataclass
class Run:
    """A finished run.

    Attributes:
        decoder: the trained network.
        records: its course, some hundred moments.
        steps: number of steps of the last attempt.
        seconds: time of all attempts.
        interrupted: whether the user stopped it.
        messages: what the user should know: restarts with their reason, an early stop.
    """

    decoder: Network
    records: list[TrainingRecord]
    steps: int
    seconds: float
    interrupted: bool
    messages: tuple[str, ...]


@runtime_checkable
class Buildable(Protocol):
    """A configuration, or whatever else makes a fresh network."""

    def build(self, generator: torch.Generator) -> Network:
        """A network with fresh weights, drawn from the generator."""
        ...


class Diverged(Exception):  # noqa: N818  (an outcome, not a mistake of the caller)
    """An attempt that cannot end well; the message says why.

    Attributes:
        used: share of its budget that was used until then.
    """

    def __init__(self, reason: str, used: float) -> None:
        """Say why, and when."""
        super().__init__(reason)
        self.used = used


def fit(
    pool: Pool,
    network: Buildable,
    fitting: Fitting,
    budget: Budget,
    progress: Progress = SILENT,
) -> Run:
    """Train a decoder on a pool of samples; a failing attempt is restarted with safer settings.

    A restart has what is left of the budget, and at least a quarter of it; it is a stage of the
    progress and a `TrainingWarning`. An interrupt (Ctrl-C) ends the training and returns what there
    is.

    Args:
        pool: samples in the unit frame, on the device to train on.
        network: makes the network: a configuration.
        fitting: how to train.
        budget: when to end.
        progress: receives the state some times a second.

    Raises:
        InputError: every attempt failed, or there are no surface points for the normal term.

    Example:
        >>> from acutance.model.decoder import DecoderConfig
        >>> from acutance.model.encodings import Fourier
        >>> points = torch.rand(5000, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
        >>> pool = Pool(points, points.norm(dim=1) - 0.5, torch.empty(0, 3), torch.empty(0, 3))
        >>> network = DecoderConfig(encoding=Fourier(frequencies=8, scale=0.3), width=32)
        >>> run = fit(pool, network, Fitting(batch=500), Budget(steps=100))
        >>> run.steps
        100
        >>> run.records[-1].loss < 0.5 * run.records[0].loss
        True
    """
    if fitting.objective.normal_weight and not len(pool.surface_points):
        raise InputError(
            "The normal term needs surface points; draw the pool with Sampling(surface=...)."
        )
    start, messages, left = time.perf_counter(), list[str](), budget
    device = pool.points.device
    shared = device.type == "cpu"
    tuning = repeatable(shared=shared) if budget.steps else tune(pool, network, fitting)
    for attempt in range(1 + RESTARTS):
        decoder = _fresh(network, fitting).to(device)
        slower = replace(fitting, learning_rate=fitting.learning_rate * SAFER**attempt)
        try:
            with tuning.team() as team:
                way = Steps.of(decoder, pool, slower.objective, team)
                records, steps, interrupted = _attempt(way, slower, left, progress)
        except Diverged as reason:
            left, safer = left.after(reason.used, budget), slower.learning_rate * SAFER
            messages.append(
                f"Training failed at learning rate {slower.learning_rate:g}: {reason}. "
                f"It was started again at {safer:g}."
            )
            if attempt < RESTARTS:
                progress.stage(f"training again at learning rate {safer:g}")
                warnings.warn(messages[-1], TrainingWarning, stacklevel=2)
            continue
        if interrupted:
            messages.append(
                f"Training was interrupted after {steps} steps; the result is unfinished."
            )
        elif budget.steps is None and steps < FEW_STEPS:
            messages.append(
                f"Only {steps} steps were trained in {left.seconds:g} s: this machine is slow or "
                "busy. Give it more time."
            )
        return Run(
            decoder, records, steps, time.perf_counter() - start, interrupted, tuple(messages)
        )
    failed = " ".join(message.partition(" It was started again")[0] for message in messages)
    raise InputError(
        f"{failed} Nothing more is tried. Try another preset: hash is the most robust."
    )


def tune(pool: Pool, network: Buildable, fitting: Fitting) -> Tuning:
    """The fastest threads and precision here, measured on a network that is thrown away."""
    device = pool.points.device
    decoder, batch = (
        _fresh(network, fitting).to(device),
        Cursor(len(pool)).take(fitting.batch_at(0.5)),
    )

    def prepare(team: Team) -> Callable[[], object]:
        steps = Steps.of(decoder, pool, fitting.objective, team)
        return lambda: steps.take(batch, rate=0.0)["distance"].item()  # waits for a GPU

    return fastest_tuning(prepare, device, shared=True)


def _fresh(network: Buildable, fitting: Fitting) -> Network:
    """The network as it starts, on the CPU: the seed gives the same weights for every device."""
    return network.build(torch.Generator().manual_seed(fitting.seed))


def _attempt(
    steps: Steps, fitting: Fitting, budget: Budget, progress: Progress
) -> tuple[list[TrainingRecord], int, bool]:
    """One training from start to end: its records, its steps, and whether it was interrupted."""
    pool = steps.pool
    clock, history, cursor = Clock(budget), TrainingHistory(progress), Cursor(len(pool))
    guard = Guard(float(fitting.objective.distance(torch.zeros_like(pool.sdf), pool.sdf).mean()))
    step, interrupted = 0, False
    try:
        while (used := clock.used(step)) < 1.0:
            rate = learning_rate(
                fitting.learning_rate, fitting.final_ratio, used, step, fitting.warm_up
            )
            terms = steps.take(cursor.take(fitting.batch_at(used)), rate, used)
            # Reading the loss waits for a GPU, so it is read every few steps only.
            if step % 10 == 0:
                loss = terms["distance"].item()
                if complaint := guard.complaint(loss, used):
                    raise Diverged(complaint, used)
                history.note(step, clock.seconds(), loss, used, cursor.taken)
            step += 1
    except KeyboardInterrupt:
        interrupted = True
    return history.records, step, interrupted
