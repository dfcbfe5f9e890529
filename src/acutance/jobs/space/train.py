"""Train a space of shapes: a store of samples becomes one decoder and a code for every shape."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from acutance.data.batches import Batches
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.recorder import RunRecorder
from acutance.jobs.space.resume import claim, resumed_preset
from acutance.jobs.space.run_folder import CHECKPOINT, MODEL, forget_after
from acutance.machine.devices import choose_device
from acutance.machine.files import check_folder
from acutance.machine.interrupts import undisturbed
from acutance.machine.locks import locked
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress
from acutance.training.schedule import Budget
from acutance.training.space.checkpoint import read_checkpoint
from acutance.training.space.loop import Collapsed, SpaceRun, run_space
from acutance.training.space.presets import SpacePreset
from acutance.training.space.trainer import SpaceTrainer


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained space.

    Attributes:
        space: decoder and codes.
        preset: what was trained, and how.
        run: how the training went.
        folder: where it was written.
        messages: what the user should know.
    """

    space: ShapeSpace
    preset: SpacePreset
    run: SpaceRun
    folder: Path
    messages: tuple[str, ...] = ()


def train(
    store: SampleStore,
    folder: Path,
    config: TrainConfig,
    *,
    resume: bool = False,
    progress: Progress = SILENT,
) -> Trained:
    """Train a space of the shapes of a store, and write it into a folder as it goes on.

    Args:
        store: samples of the shapes.
        folder: the run; `model/` in it is the space.
        config: how.
        resume: go on from the checkpoint in the folder, with the same settings.
        progress: receives the stages and how they go on.

    Raises:
        InputError: the store is damaged or has no such shapes; the folder holds another run, or
            another process trains in it; there is nothing to resume, or not from these samples; the
            training collapsed, with what to change; or the folder cannot be written.

    Example:
        >>> store = SampleStore.open(Path("store"))  # what `prepare` wrote: balls
        >>> config = TrainConfig(budget=Budget(steps=20), pictures=0)
        >>> result = train(store, Path("new-run"), config)
        >>> len(result.space.keys), result.run.interrupted
        (3, False)
    """
    progress.stage("checking the store")
    store.check()
    keys = _chosen(store, config)
    preset = resumed_preset(folder, config, len(keys)) if resume else config.chosen(len(keys))
    if preset.fitting.objective.normal_weight:
        _check_normals(store, keys)
    check_folder(folder)
    with locked(folder):
        claim(folder, config, preset, keys, store, resume=resume)
        return _trained(store, folder, config, preset, keys, resume=resume, progress=progress)


def _trained(
    store: SampleStore,
    folder: Path,
    config: TrainConfig,
    preset: SpacePreset,
    keys: list[str],
    *,
    resume: bool,
    progress: Progress,
) -> Trained:
    """The training itself, in a folder that is claimed."""
    device = choose_device(config.device)
    batches = Batches(store, keys, seed=config.seed, device=device)
    trainer = SpaceTrainer(preset.decoder, preset.fitting, batches, device)
    # A run that was killed before its first checkpoint begins anew.
    goes_on = resume and (folder / CHECKPOINT).exists()
    spent = read_checkpoint(folder / CHECKPOINT, trainer) if goes_on else 0.0
    before = trainer.step
    forget_after(folder, before)
    recorder = RunRecorder(folder, store, keys, progress, gallery=config.gallery)
    progress.stage("training")
    try:
        run = run_space(
            trainer,
            _budget(config, preset, len(keys)),
            recorder,
            save=recorder.save,
            inspect=recorder.inspect,
            inspections=config.pictures,
            spent=spent,
        )
        space = recorder.space(trainer)
        with undisturbed():  # an impatient second Ctrl-C
            space.save(folder / MODEL)
    except Collapsed as reason:
        raise InputError(str(reason)) from reason
    except InputError as error:  # something cannot be written
        with suppress(InputError):
            recorder.save(trainer, max(spent, recorder.seconds))
        raise type(error)(f"{error} {_left(folder)}") from error
    messages = tuple(_remarks(run, goes_on=goes_on, steps=trainer.step - before))
    return Trained(space=space, preset=preset, run=run, folder=folder, messages=messages)


def _left(folder: Path) -> str:
    """What there is of a training that could not be written to its end."""
    if (folder / CHECKPOINT).exists():
        return f"Its last checkpoint is in {folder}: --resume goes on from there."
    return "No checkpoint could be written."


def _remarks(run: SpaceRun, *, goes_on: bool, steps: int) -> Iterator[str]:
    """What the user should know of a training."""
    if run.interrupted:
        yield "Training was interrupted; `--resume` goes on from here."
    elif goes_on and not steps:
        yield (
            "Nothing was left to train: the whole budget had been used. More --seconds, --steps or "
            "--epochs than before go on from here."
        )


def _budget(config: TrainConfig, preset: SpacePreset, shapes: int) -> Budget:
    """The budget, or the steps of so many epochs."""
    if config.epochs is None:
        return config.budget
    return Budget(steps=max(1, round(config.epochs * shapes / preset.fitting.shapes)))


def _chosen(store: SampleStore, config: TrainConfig) -> list[str]:
    """The shapes to learn.

    Raises:
        InputError: there are none, or none of a category.
    """
    there = {record.category for record in store.records.values()}
    if missing := sorted(set(config.categories) - there):
        raise InputError(
            f"{store.folder} has no shapes of the category {missing[0]!r}; it has "
            f"{', '.join(sorted(there))}."
        )
    wanted = set(config.categories) or there
    keys = [key for key in store.split(config.split) if store.record(key).category in wanted]
    if not keys:
        raise InputError(f"{store.folder} holds no shapes of the split {config.split!r}.")
    return keys


def _check_normals(store: SampleStore, keys: list[str]) -> None:
    for key in keys:
        if not len(store.pool(key).surface_points):
            raise InputError(
                f"The normal term needs surface points, and {key} has none; prepare the store with "
                "surface points, or train without normals."
            )
