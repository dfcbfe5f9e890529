"""Fit a network to the samples of one shape."""

import functools
import time
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from acutance.errors import InputError
from acutance.model.network import Network
from acutance.samples.pool import Pool
from acutance.training.guard import Guard
from acutance.training.journal import Journal, Progress, Record
from acutance.training.objective import Objective
from acutance.training.schedule import Budget, Clock, Cursor, learning_rate
from acutance.training.tuning import Team, Tuning, measure, repeatable

Gradients = tuple[Tensor | None, ...]
"""Of a loss, by every parameter that it depends on."""

FEW_STEPS = 600
"""Steps below which a network has seen too little; two cores take three times as many in 13 s."""

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
    """

    objective: Objective = field(default_factory=Objective)
    learning_rate: float = 1e-2
    final_ratio: float = 0.01
    warm_up: int = 20
    batch: int = 4096
    batch_growth: float = 4.0
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
        return round(self.batch * self.batch_growth**used)


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
    records: list[Record]
    steps: int
    seconds: float
    interrupted: bool
    messages: tuple[str, ...]


@runtime_checkable
class Buildable(Protocol):
    """A configuration, or whatever else makes a fresh network."""

    def build(self) -> Network:
        """A network with fresh weights, drawn from PyTorch's default generator."""
        ...


class Diverged(Exception):  # noqa: N818  (an outcome, not a mistake of the caller)
    """An attempt that cannot end well; the message says why."""


def fit(
    pool: Pool,
    network: Buildable,
    fitting: Fitting,
    budget: Budget,
    progress: Progress = lambda record: None,
) -> Run:
    """Train a decoder on a pool of samples; a failing attempt is restarted with safer settings.

    An interrupt (Ctrl-C) ends the training and returns what there is.

    Args:
        pool: samples in the unit frame, on the device to train on.
        network: makes the network: a configuration.
        fitting: how to train.
        budget: when to end.
        progress: told of the state some times a second.

    Raises:
        InputError: every attempt failed, or there are no surface points for the normal term.
    """
    if fitting.objective.normal_weight and not len(pool.surface_points):
        raise InputError(
            "The normal term needs surface points; draw the pool with Sampling(surface=...)."
        )
    start, messages = time.perf_counter(), list[str]()
    tuning = repeatable() if budget.steps else tune(pool, network, fitting)
    for attempt in range(1 + RESTARTS):
        torch.manual_seed(fitting.seed)
        decoder = network.build().to(pool.points.device)
        slower = replace(fitting, learning_rate=fitting.learning_rate * SAFER**attempt)
        try:
            with tuning.team() as team:
                records, steps, interrupted = _attempt(
                    decoder, pool, slower, budget, team, progress
                )
        except Diverged as reason:
            messages.append(
                f"Training failed at learning rate {slower.learning_rate:g}: {reason}. "
                f"It was started again at {slower.learning_rate * SAFER:g}."
            )
            continue
        if interrupted:
            messages.append(
                f"Training was interrupted after {steps} steps; the result is unfinished."
            )
        elif budget.steps is None and steps < FEW_STEPS:
            messages.append(
                f"Only {steps} steps were trained in {budget.seconds:g} s: this machine is slow or "
                "busy. Give it more time."
            )
        return Run(
            decoder, records, steps, time.perf_counter() - start, interrupted, tuple(messages)
        )
    raise InputError(
        f"Training failed {1 + RESTARTS} times; the last learning rate was "
        f"{slower.learning_rate:g}. Try another preset: hash is the most robust."
    )


def tune(pool: Pool, network: Buildable, fitting: Fitting) -> Tuning:
    """The fastest threads and precision here, measured on a network that is thrown away."""
    device = pool.points.device
    decoder = network.build().to(device)
    optimizer, batch = adam(decoder, 0.0), Cursor(len(pool)).take(fitting.batch_at(0.5))

    def step(team: Team) -> None:
        terms = train_step(decoder, pool, fitting.objective, optimizer, batch, team)
        terms["distance"].item()  # waits for a GPU

    return measure(step, device, shared=True)


def _attempt(
    decoder: Network,
    pool: Pool,
    fitting: Fitting,
    budget: Budget,
    team: Team,
    progress: Progress,
) -> tuple[list[Record], int, bool]:
    """One training from start to end: its records, its steps, and whether it was interrupted."""
    clock, journal, cursor = Clock(budget), Journal(progress), Cursor(len(pool))
    guard = Guard(float(fitting.objective.distance(torch.zeros_like(pool.sdf), pool.sdf).mean()))
    step, interrupted = 0, False
    optimizer = adam(decoder, fitting.learning_rate)
    try:
        while (used := clock.used(step)) < 1.0:
            rate = learning_rate(
                fitting.learning_rate, fitting.final_ratio, used, step, fitting.warm_up
            )
            for group in optimizer.param_groups:
                group["lr"] = rate
            batch = cursor.take(fitting.batch_at(used))
            terms = train_step(decoder, pool, fitting.objective, optimizer, batch, team, used)
            # Reading the loss waits for a GPU, so it is read every few steps only.
            if step % 10 == 0:
                loss = terms["distance"].item()
                if complaint := guard.complaint(loss, used):
                    raise Diverged(complaint)
                journal.note(step, clock.seconds(), loss, used, cursor.taken)
            step += 1
    except KeyboardInterrupt:
        interrupted = True
    return journal.records, step, interrupted


def adam(decoder: nn.Module, rate: float) -> torch.optim.Adam:
    """Adam as hash grids need it: a tiny ε, since most rows see small gradients (2201.05989)."""
    return torch.optim.Adam(decoder.parameters(), lr=rate, betas=(0.9, 0.99), eps=1e-15, fused=True)


def train_step(
    decoder: Network,
    pool: Pool,
    objective: Objective,
    optimizer: torch.optim.Optimizer,
    batch: slice,
    team: Team,
    used: float = 0.0,
) -> dict[str, Tensor]:
    """One step on a slice of the pool, shared among the team; the terms of its objective."""
    parameters = [parameter for parameter in decoder.parameters() if parameter.requires_grad]
    size = batch.stop - batch.start

    def take(part: slice) -> tuple[dict[str, Tensor], Gradients]:
        """The part's share of the terms, and their gradient by every parameter."""
        with team.tuning.precision(used, pool.points.device):
            terms = objective(decoder, pool, part)
        share = (part.stop - part.start) / size
        terms = {name: share * term for name, term in terms.items()}
        loss = torch.stack(list(terms.values())).sum()
        return terms, torch.autograd.grad(loss, parameters, allow_unused=True)

    shares, gradients = zip(*team.share(take, batch), strict=True)
    for parameter, *parts in zip(parameters, *gradients, strict=True):
        parameter.grad = None if parts[0] is None else functools.reduce(torch.add, parts)
    optimizer.step()
    return {name: sum(terms[name].detach() for terms in shares) for name in shares[0]}
