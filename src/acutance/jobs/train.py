"""Train a space of shapes: a store of samples becomes one decoder and a code for every shape."""

import json
import time
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from acutance.errors import InputError
from acutance.evaluation.gallery import gallery
from acutance.files import atomically
from acutance.geometry.mesh import TriangleMesh
from acutance.jobs.device import choose_device
from acutance.jobs.listener import Listener
from acutance.model.configuration import difference, to_plain
from acutance.model.shape_space import ShapeSpace, SpaceEntry
from acutance.samples.batches import Batches
from acutance.samples.store import SampleStore
from acutance.training.checkpoint import read_checkpoint, write_checkpoint
from acutance.training.journal import Record
from acutance.training.schedule import Budget
from acutance.training.space import SpaceTrainer
from acutance.training.space_loop import Collapsed, Course, run_space
from acutance.training.space_presets import (
    SPACE_PRESETS,
    SpacePreset,
    preset_of,
    with_film,
    with_normals,
)

SETTINGS, CHECKPOINT, MODEL = "run.json", "checkpoint.safetensors", "model"
CURVES, QUALITY, PICTURES = "curves.jsonl", "quality.jsonl", "pictures"
"""What a run's folder holds."""

PROBED, PROBES = 12, 4096
"""Shapes, and surface points of each, by which the quality is told while training goes on."""

SHOWN = 6
"""Shapes in the picture that is made as training goes on."""

SHOWN_RESOLUTION = 96
"""Cells of its meshes."""

LOOK_SECONDS = 5.0
"""No further shape is meshed for a picture after this, and no further picture made: a large
network, or a field that is none yet, takes a minute for each."""

LATE = 0.9
"""Share of the budget after which shapes must have a surface."""


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
        pictures: how often a picture of some shapes is made.
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
    _claim(folder, preset, keys, store, resume=resume)
    batches = Batches(store, keys, seed=config.seed)
    trainer = SpaceTrainer(preset.decoder, preset.fitting, batches, device)
    # A run that was killed before its first checkpoint begins anew.
    goes_on = resume and (folder / CHECKPOINT).exists()
    spent = read_checkpoint(folder / CHECKPOINT, trainer) if goes_on else 0.0
    _forget_after(folder, trainer.step)
    run = _Run(folder, store, keys, listener)
    listener.stage("training")
    try:
        course = run_space(
            trainer, _budget(config, preset, len(keys)), run, spent=spent, looks=config.pictures
        )
    except Collapsed as reason:
        raise InputError(str(reason)) from reason
    space = run.space(trainer)
    space.save(folder / MODEL)
    messages = (
        ("Training was interrupted; `--resume` goes on from here.",) if course.interrupted else ()
    )
    return Trained(space=space, preset=preset, course=course, folder=folder, messages=messages)


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


class _Run:
    """Writes a training into its folder while it goes on."""

    def __init__(
        self, folder: Path, store: SampleStore, keys: list[str], listener: Listener
    ) -> None:
        self.folder, self.store, self.keys, self.listener = folder, store, keys, listener
        self._board, self._slow = _tensorboard(folder), False

    def progress(self, record: Record) -> None:
        """Curves, and what the listener shows."""
        with (self.folder / CURVES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record)) + "\n")
        if self._board is not None:
            self._board.add_scalar("loss", record.loss, record.step)
            self._board.add_scalar("samples a second", record.rate, record.step)
        self.listener.training(record)

    def checkpoint(self, trainer: SpaceTrainer, seconds: float) -> None:
        """The state, complete."""
        write_checkpoint(self.folder / CHECKPOINT, trainer, seconds)

    def look(self, trainer: SpaceTrainer, used: float, seconds: float) -> None:
        """The quality at some shapes, and a picture of some."""
        error = self._error(trainer)
        with (self.folder / QUALITY).open("a", encoding="utf-8") as file:
            line = {"step": trainer.step, "seconds": seconds, "error": error}
            file.write(json.dumps(line) + "\n")
        if self._board is not None:
            self._board.add_scalar("mean |f| at the surface", error, trainer.step)
        if self._slow:
            return
        meshes = self._shown(self.space(trainer))
        if all(mesh is None for mesh in meshes) and used > LATE:
            raise Collapsed(
                "None of the shapes looked at has a surface, and the training is nearly over; "
                "train longer, or with a higher learning rate or a faster preset."
            )
        with atomically(self.folder / PICTURES / f"{trainer.step:07d}.png") as temporary:
            temporary.write_bytes(gallery([meshes]))

    def _shown(self, space: ShapeSpace) -> list[TriangleMesh | None]:
        """Meshes of some shapes; None where there is no surface yet, or no time for it."""
        step, start = max(1, len(self.keys) // SHOWN), time.perf_counter()
        meshes: list[TriangleMesh | None] = []
        for key in self.keys[::step][:SHOWN]:
            mesh = None
            if time.perf_counter() - start < LOOK_SECONDS:
                with suppress(InputError):
                    mesh = space.shape(key).mesh(SHOWN_RESOLUTION)
            meshes.append(mesh)
        self._slow = time.perf_counter() - start > LOOK_SECONDS
        return meshes

    def _error(self, trainer: SpaceTrainer) -> float:
        """Mean |f| at surface points of some shapes; at samples, |f − d|, where there are none."""
        trainer.decoder.eval()
        errors = []
        every = max(1, len(self.keys) // PROBED)
        with torch.no_grad():
            for index in range(0, len(self.keys), every):
                pool = self.store.pool(self.keys[index]).to(trainer.device)
                points, sdf = pool.points[:PROBES], pool.sdf[:PROBES]
                if len(pool.surface_points):
                    points, sdf = pool.surface_points[:PROBES], torch.zeros_like(sdf)
                values = trainer.decoder(points[None], trainer.codes[index][None])[0]
                errors.append((values - sdf[: len(points)]).abs().mean().item())
        trainer.decoder.train()
        return sum(errors) / len(errors)

    def space(self, trainer: SpaceTrainer) -> ShapeSpace:
        """What was learned so far."""
        records = [self.store.record(key) for key in self.keys]
        entries = tuple(
            SpaceEntry(key=r.key, transform=r.transform, bounds=r.bounds) for r in records
        )
        return ShapeSpace(deepcopy(trainer.decoder), trainer.codes, entries)


def _tensorboard(folder: Path) -> Any:
    """A writer of TensorBoard's event files, or None where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "tensorboard"))


def _budget(config: TrainConfig, preset: SpacePreset, shapes: int) -> Budget:
    """The budget, or the steps of so many epochs."""
    if config.epochs is None:
        return config.budget
    return Budget(steps=max(1, round(config.epochs * shapes / preset.fitting.shapes)))


def _forget_after(folder: Path, step: int) -> None:
    """Drop what was noted after the step that a training goes on from."""
    for path in (folder / CURVES, folder / QUALITY):
        if path.exists():
            kept = [line for line in _lines(path) if line["step"] <= step]
            with atomically(path) as temporary:
                text = "".join(json.dumps(line) + "\n" for line in kept)
                temporary.write_text(text, encoding="utf-8")


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a file of JSON lines; one that was cut off by an interruption is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]


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
    folder: Path, preset: SpacePreset, keys: list[str], store: SampleStore, *, resume: bool
) -> None:
    """Write what is trained into a fresh folder, or see that the same is resumed."""
    wanted = {
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
        with atomically(path) as temporary:
            temporary.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        return
    found = read_settings(folder)
    for name in ("decoder", "fitting", "shapes"):
        asked = json.loads(json.dumps(wanted[name]))
        if differs := difference(found.get(name), asked, name):
            raise InputError(
                f"The training in {folder} was started with {differs}; resume with the settings "
                f"of {path}, or train anew in another folder."
            )


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


def read_curves(folder: Path) -> list[Record]:
    """The course of a run; empty where nothing was written yet."""
    return [Record(**line) for line in _lines(folder / CURVES)]


def read_quality(folder: Path) -> list[tuple[float, float]]:
    """Seconds and mean |f| at the surface, as training went on."""
    return [(float(line["seconds"]), float(line["error"])) for line in _lines(folder / QUALITY)]
