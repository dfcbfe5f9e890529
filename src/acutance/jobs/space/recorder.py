"""What a training writes into its folder as it goes on, and what is read from there."""

import json
import time
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from acutance.contouring.contour import Contouring
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.listener import Listener
from acutance.machine.files import write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry
from acutance.progress import Record
from acutance.report.gallery import gallery as picture_of
from acutance.training.space.checkpoint import write_checkpoint
from acutance.training.space.loop import Collapsed
from acutance.training.space.trainer import SpaceTrainer

CHECKPOINT = "checkpoint.safetensors"
CURVES, QUALITY, PICTURES = "curves.jsonl", "quality.jsonl", "pictures"
"""What is written."""

PROBED, PROBES = 12, 4096
"""Shapes, and surface points of each, by which the quality is told while training goes on."""

SHOWN = 6
"""Shapes in the picture that is made as training goes on."""

SHOWN_MESH = Contouring(resolution=96, crowd=40.0)
"""How its meshes are made: a field that is noise still is noticed early."""

LOOK_SECONDS = 5.0
"""No further shape is meshed for a picture after this, and no further picture made: a large
network, or a field that is none yet, takes a minute for each."""

SHOWN_COST = 10
"""A mesh for a picture takes at least so many times as long as noting the quality."""

LATE = 0.9
"""Share of the budget after which shapes must have a surface."""


class Watch:
    """Writes a training into its folder while it goes on."""

    def __init__(
        self,
        folder: Path,
        store: SampleStore,
        keys: list[str],
        listener: Listener,
        *,
        gallery: bool,
    ) -> None:
        """Watch over the training of these shapes of a store.

        Args:
            folder: the run's.
            store: where the shapes are.
            keys: the shapes that are learned, in the order of their codes.
            listener: told how it goes on.
            gallery: whether pictures are made.
        """
        self.folder, self.store, self.keys, self.listener = folder, store, keys, listener
        self._board, self._slow = _tensorboard(folder), not gallery

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
        start = time.perf_counter()
        error = self._error(trainer)
        costly = SHOWN_COST * (time.perf_counter() - start) > LOOK_SECONDS
        with (self.folder / QUALITY).open("a", encoding="utf-8") as file:
            line = {"step": trainer.step, "seconds": seconds, "error": error}
            file.write(json.dumps(line) + "\n")
        if self._board is not None:
            self._board.add_scalar("mean |f| at the surface", error, trainer.step)
        if self._slow or (costly and used < LATE):
            return
        meshes = self._shown(self.space(trainer))
        if all(mesh is None for mesh in meshes) and used > LATE:
            raise Collapsed(
                "None of the shapes looked at has a surface, and the training is nearly over; "
                "train longer, or with a higher learning rate or a faster preset."
            )
        write_file(self.folder / PICTURES / f"{trainer.step:07d}.png", picture_of([meshes]))

    def _shown(self, space: ShapeSpace) -> list[TriangleMesh | None]:
        """Meshes of some shapes; None where there is no surface yet, or no time for it."""
        step, start = max(1, len(self.keys) // SHOWN), time.perf_counter()
        meshes: list[TriangleMesh | None] = []
        for key in self.keys[::step][:SHOWN]:
            mesh = None
            if time.perf_counter() - start < LOOK_SECONDS:
                with suppress(InputError):
                    mesh = space.shape(key).extract(SHOWN_MESH).mesh
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


def read_curves(folder: Path) -> list[Record]:
    """The course of a run; empty where nothing was written yet."""
    return [Record(**line) for line in _lines(folder / CURVES)]


def read_quality(folder: Path) -> list[tuple[float, float]]:
    """Seconds and mean |f| at the surface, as training went on."""
    return [(float(line["seconds"]), float(line["error"])) for line in _lines(folder / QUALITY)]


def forget_after(folder: Path, step: int) -> None:
    """Drop what was noted after the step that a training goes on from."""
    for path in (folder / CURVES, folder / QUALITY):
        if path.exists():
            kept = [line for line in _lines(path) if line["step"] <= step]
            write_file(path, "".join(json.dumps(line) + "\n" for line in kept))


def _tensorboard(folder: Path) -> Any:
    """A writer of TensorBoard's event files, or None where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "tensorboard"))


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a file of JSON lines; one that was cut off by an interruption is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]
