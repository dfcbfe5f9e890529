"""Train a space of shapes: a store of samples becomes one decoder and a code for every shape."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from acutance.data.batches import Batches
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.listener import Listener
from acutance.jobs.watch import CHECKPOINT, Watch, forget_after
from acutance.machine.devices import choose_device
from acutance.machine.files import write_json
from acutance.model.configuration import difference, from_plain, to_plain
from acutance.model.space.shape_space import ShapeSpace
from acutance.training.schedule import Budget
from acutance.training.space.checkpoint import read_checkpoint
from acutance.training.space.loop import Collapsed, Course, run_space
from acutance.training.space.presets import (
    SPACE_PRESETS,
    SpacePreset,
    preset_of,
    with_film,
    with_normals,
)
from acutance.training.space.trainer import SpaceTrainer

SETTINGS, MODEL = "run.json", "model"
"""What a run's folder holds, beside what is written as training goes on."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a space is trained.

    Attributes:
        preset: decoder and its settings: a name in `SPACE_PRESETS`, or a preset of your own.
        film: codes scale and shift every layer, instead of joining the first one's input.
        normals: τ of the normal term; 0 leaves it out.
        budget: how long to train.
        epochs: rounds in which every shape comes up once, instead of a budget; or None.
        split: the shapes that are learned.
        categories: only shapes of these; none for all.
        pictures: how often the quality is noted and a picture of some shapes is made.
        gallery: whether there are pictures at all.
        device: `auto`, `cpu`, `cuda`, ...
        seed: of the initial weights, codes and the order of the shapes.
    """

    preset: str | SpacePreset = "best"
    film: bool = False
    normals: float = 0.0
    budget: Budget = field(default_factory=lambda: Budget(seconds=600.0))
    epochs: int | None = None
    split: str = "train"
    categories: tuple[str, ...] = ()
    pictures: int = 5
    gallery: bool = True
    device: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.preset, str) and self.preset not in SPACE_PRESETS:
            raise InputError(
                f"There is no preset {self.preset!r}; choose one of {', '.join(SPACE_PRESETS)}."
            )
        if self.normals < 0 or self.pictures < 0 or self.seed < 0:
            raise InputError("normals, pictures and seed must not be negative.")
        if self.epochs is not None and self.epochs < 1:
            raise InputError(f"epochs must be 1 or more; got {self.epochs}.")

    def chosen(self, shapes: int) -> SpacePreset:
        """The preset with its options, for a number of shapes.

        Raises:
            InputError: the options do not fit the preset.
        """
        preset = preset_of(self.preset, shapes) if isinstance(self.preset, str) else self.preset
        try:
            preset = with_film(preset) if self.film else preset
        except ValueError as error:
            raise InputError(f"{error}.") from error
        preset = with_normals(preset, self.normals) if self.normals else preset
        return replace(preset, fitting=replace(preset.fitting, seed=self.seed))


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained space.

    Attributes:
        space: decoder and codes.
        preset: what was trained, and how.
        course: how it went.
        folder: where it was written.
        messages: what the user should know.
    """

    space: ShapeSpace
    preset: SpacePreset
    course: Course
    folder: Path
    messages: tuple[str, ...] = ()


def train(
    store: SampleStore,
    folder: Path,
    config: TrainConfig,
    *,
    resume: bool = False,
    listener: Listener | None = None,
) -> Trained:
    """Train a space of the shapes of a store, and write it into a folder as it goes on.

    Args:
        store: samples of the shapes.
        folder: the run; `model/` in it is the space.
        config: how.
        resume: go on from the checkpoint in the folder, with the same settings.
        listener: told how it goes on.

    Raises:
        InputError: the store is damaged or has no such shapes; the folder holds another run; there
            is nothing to resume; or the training collapsed, with what to change.
    """
    listener = listener or Listener()
    listener.stage("checking the store")
    store.check()
    keys = _chosen(store, config)
    preset, device = config.chosen(len(keys)), choose_device(config.device)
    if preset.fitting.objective.normal_weight:
        _check_normals(store, keys)
    _claim(folder, config, preset, keys, store, resume=resume)
    batches = Batches(store, keys, seed=config.seed)
    trainer = SpaceTrainer(preset.decoder, preset.fitting, batches, device)
    # A run that was killed before its first checkpoint begins anew.
    goes_on = resume and (folder / CHECKPOINT).exists()
    spent = read_checkpoint(folder / CHECKPOINT, trainer) if goes_on else 0.0
    before = trainer.step
    forget_after(folder, before)
    watch = Watch(folder, store, keys, listener, gallery=config.gallery)
    listener.stage("training")
    try:
        course = run_space(
            trainer, _budget(config, preset, len(keys)), watch, spent=spent, looks=config.pictures
        )
    except Collapsed as reason:
        raise InputError(str(reason)) from reason
    space = watch.space(trainer)
    space.save(folder / MODEL)
    messages = tuple(_remarks(course, goes_on=goes_on, steps=trainer.step - before))
    return Trained(space=space, preset=preset, course=course, folder=folder, messages=messages)


def _remarks(course: Course, *, goes_on: bool, steps: int) -> Iterator[str]:
    """What the user should know of a training."""
    if course.interrupted:
        yield "Training was interrupted; `--resume` goes on from here."
    elif goes_on and not steps:
        yield (
            "Nothing was left to train: the whole budget had been used. More --seconds, --steps or "
            "--epochs than before go on from here."
        )


def open_space(folder: Path, device: str = "auto") -> ShapeSpace:
    """The space of a run's folder, or of `model/` in it.

    Raises:
        InputError: there is none, or it is damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give what `acutance train` wrote.")
    model = folder / MODEL
    if SampleStore.is_store(folder):
        raise InputError(f"{folder} is a store of samples; give what `acutance train` made of it.")
    if not model.is_dir() and (folder / SETTINGS).exists():
        raise InputError(f"The training in {folder} is unfinished; resume it with --resume.")
    return ShapeSpace.load(model if model.is_dir() else folder, choose_device(device))


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


def _claim(
    folder: Path,
    config: TrainConfig,
    preset: SpacePreset,
    keys: list[str],
    store: SampleStore,
    *,
    resume: bool,
) -> None:
    """Write what is trained into a fresh folder, or see that the same is resumed."""
    wanted = {
        "config": to_plain(config),
        "decoder": to_plain(preset.decoder),
        "fitting": to_plain(preset.fitting),
        "shapes": keys,
        "store": str(store.folder.resolve()),
    }
    path = folder / SETTINGS
    if not resume:
        # A run that was stopped before its first checkpoint left nothing to lose.
        if path.exists() and any((folder / name).exists() for name in (CHECKPOINT, MODEL)):
            raise InputError(
                f"{folder} holds a training already; go on with it by --resume, or choose another "
                "folder."
            )
    else:
        found = read_settings(folder)
        if "config" in found:
            _check_not_shorter(folder, config)
        for name in ("decoder", "fitting", "shapes"):
            asked = json.loads(json.dumps(wanted[name]))
            if differs := difference(found.get(name), asked, name):
                raise InputError(
                    f"The training in {folder} was started with {differs}; resume with the "
                    f"settings of {path}, or train anew in another folder."
                )
    write_json(path, wanted)


def _check_not_shorter(folder: Path, config: TrainConfig) -> None:
    """Refuse to cut the budget of a training, which counts from its beginning."""
    before = started_with(folder)
    for name, had, now in (
        ("--epochs", before.epochs, config.epochs),
        ("--steps", before.budget.steps, config.budget.steps),
        ("--seconds", before.budget.seconds, config.budget.seconds),
    ):
        if had is None and now is None:
            continue
        if had is not None and now is not None and now < had:
            raise InputError(
                f"The training in {folder} was started with {name} {had:g}, and {now:g} is "
                f"less; they count from its beginning: give more, or none to go on to {had:g}."
            )
        return


def started_with(folder: Path) -> TrainConfig:
    """The settings of the training in a folder; the usual ones where an older run kept none.

    Raises:
        InputError: the folder holds no run, or its settings are damaged.
    """
    found = read_settings(folder)
    if "config" not in found:
        return TrainConfig()
    try:
        config: TrainConfig = from_plain(TrainConfig, found["config"])
    except InputError as error:
        raise InputError(f"{folder / SETTINGS} cannot be used: {error}") from error
    return config


def read_settings(folder: Path) -> dict[str, Any]:
    """What a run was started with.

    Raises:
        InputError: the folder holds no run, or its settings are damaged.
    """
    path = folder / SETTINGS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{folder} holds no training; `acutance train` makes one.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read; restore the file or start anew.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} is damaged; restore the file or start anew.")
    return found
