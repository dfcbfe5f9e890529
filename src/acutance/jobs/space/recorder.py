"""Writes curves, checkpoints, quality and pictures of a training into its folder."""

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
from acutance.jobs.space.run_folder import CHECKPOINT, CURVES, PICTURES, QUALITY
from acutance.machine.files import explaining, write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry
from acutance.progress import Progress, TrainingRecord
from acutance.report.gallery import gallery as picture_of
from acutance.training.space.checkpoint import write_checkpoint
from acutance.training.space.loop import Collapsed
from acutance.training.space.trainer import SpaceTrainer

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


class RunRecorder(Progress):
    """Writes a training into its folder while it goes on, and passes its progress on.

    Attributes:
        seconds: time of the training when it was last told.
    """

    def __init__(
        self,
        folder: Path,
        store: SampleStore,
        keys: list[str],
        progress: Progress,
        *,
        gallery: bool,
    ) -> None:
        """Record the training of these shapes of a store.

        Args:
            folder: the run's.
            store: where the shapes are.
            keys: the shapes that are learned, in the order of their codes.
            progress: receives the stages and how they go on.
            gallery: whether pictures are made.
        """
        self.folder, self.store, self.keys, self._progress = folder, store, keys, progress
        self._board, self._slow = _tensorboard(folder), not gallery
        self.seconds = 0.0

    def trained(self, record: TrainingRecord) -> None:
        """Append to the curves."""
        self.seconds = record.seconds
        _append(self.folder / CURVES, asdict(record))
        if self._board is not None:
            with explaining(self.folder):
                self._board.add_scalar("loss", record.loss, record.step)
                self._board.add_scalar("samples a second", record.rate, record.step)
        self._progress.trained(record)

    def save(self, trainer: SpaceTrainer, seconds: float) -> None:
        """Write the complete state."""
        write_checkpoint(self.folder / CHECKPOINT, trainer, seconds)

    def inspect(self, trainer: SpaceTrainer, used: float, seconds: float) -> None:
        """Note the quality at some shapes, and make a picture of some."""
        start = time.perf_counter()
        error = self._error(trainer)
        costly = SHOWN_COST * (time.perf_counter() - start) > LOOK_SECONDS
        line = {"step": trainer.step, "seconds": seconds, "error": error}
        _append(self.folder / QUALITY, line)
        if self._board is not None:
            with explaining(self.folder):
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


def _append(path: Path, values: dict[str, Any]) -> None:
    """Add a line of JSON to a file.

    Raises:
        InputError: it cannot be written.
    """
    with explaining(path), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(values) + "\n")


def _tensorboard(folder: Path) -> Any:
    """A writer of TensorBoard's event files, or None where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "tensorboard"))
