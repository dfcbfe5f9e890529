"""The loop of a space: until its budget is used, watched, and saved on the way."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import torch

from acutance.machine.interrupts import undisturbed, uninterrupted
from acutance.machine.tuning import Team, Tuning, fastest_tuning, repeatable
from acutance.progress import SILENT, Progress, TrainingHistory, TrainingRecord
from acutance.training.guard import Guard
from acutance.training.schedule import Budget, Clock
from acutance.training.space.trainer import SpaceTrainer

CHECKPOINT_SECONDS = 30.0
"""Time between two checkpoints: what a killed run loses at most."""

COLLAPSED = 1e-3
"""Codes that differ by less than this part of their size at the start are one code."""


class Collapsed(Exception):  # noqa: N818  (an outcome, not a mistake of the caller)
    """A training that cannot end well; the message says why, and what to change."""


Save: TypeAlias = Callable[[SpaceTrainer, float], None]
"""Keeps the state of a training, after so many seconds."""

Inspect: TypeAlias = Callable[[SpaceTrainer, float, float], None]
"""Looks at a training when a share of the budget is used, after so many seconds."""


def _nothing_to_save(trainer: SpaceTrainer, seconds: float) -> None:
    """Keeps no state."""


def _nothing_to_inspect(trainer: SpaceTrainer, used: float, seconds: float) -> None:
    """Looks at nothing."""


@dataclass
class SpaceRun:
    """A finished training of a space.

    Attributes:
        records: some moments of it.
        seconds: time of the training itself, that before a resumption included.
        interrupted: whether the user stopped it.
    """

    records: list[TrainingRecord] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False


def run_space(
    trainer: SpaceTrainer,
    budget: Budget,
    progress: Progress = SILENT,
    *,
    save: Save = _nothing_to_save,
    inspect: Inspect = _nothing_to_inspect,
    inspections: int = 5,
    spent: float = 0.0,
) -> SpaceRun:
    """Train until the budget is used; an interrupt (Ctrl-C) ends it and keeps what there is.

    Args:
        trainer: fresh, or restored from a checkpoint.
        budget: of the whole training, also the part before a resumption.
        progress: receives the state some times a second.
        save: called every `CHECKPOINT_SECONDS`, between two steps, and at the end.
        inspect: called so many times, evenly over the run, and at its end, with the clock stopped.
        inspections: how often that is; 0 for never.
        spent: seconds used before a resumption.

    Raises:
        Collapsed: the loss is not finite, rises, or does not fall; or all codes became equal.
    """
    tuning = repeatable() if budget.steps else _tuned(trainer)
    clock = Clock(budget)
    clock.start -= spent
    history, saved, interrupted = TrainingHistory(progress), spent, False
    inspected = int(clock.used(trainer.step) * inspections)
    guard = Guard(_trivial_loss(trainer))
    with tuning.team():
        try:
            while (used := clock.used(trainer.step)) < 1.0:
                with uninterrupted():  # a checkpoint between steps is one that can be gone on from
                    losses = trainer.advance(used, tuning.precision(used, trainer.device))
                if trainer.step % 10 == 0:
                    loss = losses.mean().item()  # waits for a GPU, so not after every step
                    _judge(trainer, guard, loss, used)
                    history.note(trainer.step, clock.seconds(), loss, used, trainer.taken)
                    # What was just judged: a state that is lost takes no place of a good one.
                    if clock.seconds() - saved > CHECKPOINT_SECONDS:
                        saved = clock.seconds()
                        save(trainer, saved)
                if int(used * inspections) > inspected:
                    inspected = int(used * inspections)
                    now = clock.seconds()
                    with clock.stopped():
                        inspect(trainer, used, now)
        except KeyboardInterrupt:
            interrupted = True
    seconds = clock.seconds()
    with undisturbed():  # an impatient second Ctrl-C
        save(trainer, seconds)
    if inspections and not interrupted:
        with suppress(KeyboardInterrupt):  # only a last look is lost
            inspect(trainer, 1.0, seconds)
    return SpaceRun(history.records, seconds, interrupted)


def _judge(trainer: SpaceTrainer, guard: Guard, loss: float, used: float) -> None:
    """Stop a training that cannot end well."""
    rate = trainer.fitting.learning_rate
    if complaint := guard.complaint(loss, used):
        raise Collapsed(
            f"Training cannot go on: {complaint}. Try a lower learning rate than {rate:g}, or more "
            "shapes a step."
        )
    codes = trainer.codes.detach()
    size = trainer.fitting.code_deviation * codes.shape[1] ** 0.5
    # One shape has nothing to differ from.
    if len(codes) > 1 and codes.std(dim=0).norm() < COLLAPSED * size:
        raise Collapsed(
            "All codes have become equal, so that every shape would be the same; lower the code "
            f"penalty ({trainer.fitting.code_penalty:g}) or the learning rate ({rate:g})."
        )


def _trivial_loss(trainer: SpaceTrainer) -> float:
    """Loss of the trivial answer, a field that is zero everywhere, over some shapes."""
    sdf = trainer.batches.peek()
    return float(trainer.fitting.objective.distance(torch.zeros_like(sdf), sdf).mean())


def _tuned(trainer: SpaceTrainer) -> Tuning:
    """The fastest threads and precision, measured on steps that are taken back."""
    tensors, plain = trainer.state()
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}

    def prepare(team: Team) -> Callable[[], object]:
        precision = team.tuning.precision(0.0, trainer.device)
        return lambda: trainer.advance(0.0, precision).sum().item()

    best = fastest_tuning(prepare, trainer.device)
    trainer.restore(tensors, plain)
    return best
