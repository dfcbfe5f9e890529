"""Unseen shapes: our way to a code beside DeepSDF's, on the same space; and with refinement.

    python -m benchmarks.inference RUN [--limit 10] [--refine-seconds 10]

DeepSDF (arXiv 1901.05103, section 4.3, and its published code) starts from a random code near zero
and takes 800 steps of Adam at 5e-3, divided by ten half-way, on 8,000 samples. Ours starts from the
known shape that fits best. Both are given the samples; the refinement is `acutance reconstruct
--refine` from the shape's file, sampling included, and so is the completion of a scan: 20,000
points with normals of what a camera in front, above and to the right sees. Errors are the mean
point-to-surface distances both ways (·10³ of the bounding sphere's radius) of the meshes.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Annotated

import numpy as np
import torch
import trimesh
import tyro
from rich.console import Console
from rich.table import Table

from acutance.contouring.contour import Contouring
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.evaluate import reference_of
from acutance.jobs.space.observe import Frame
from acutance.jobs.space.open import open_space
from acutance.jobs.space.reconstruct import ReconstructConfig, reconstruct
from acutance.jobs.space.run_folder import read_settings
from acutance.machine.description import machine_line
from acutance.mesh.io.load import load
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.mesh.surface import sample_surface
from acutance.metrics.measure import SampleCounts, measure
from acutance.model.network import Network
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.coded import Coded
from acutance.model.space.shape_space import ShapeSpace
from acutance.training.losses import ClampedL1
from acutance.training.schedule import Budget
from acutance.training.space.infer import infer_code
from acutance.training.space.observation import Observation
from acutance.training.space.refine import Refinement

CAMERA = (1.5, 1.2, 2.2)
"""Where a scan is taken from, in the unit frame."""

SCANNED = 20_000
"""Most points of a scan."""

RAYS = 1_000
"""Rays cast at once: trimesh keeps all pairs of a ray and a triangle near it."""

COUNTS = SampleCounts(surface=30_000, chamfer=30_000, volume=1_000)


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    run: Annotated[Path, tyro.conf.Positional]
    """A space that was trained on a store with shapes kept aside."""
    limit: int | None = None
    """Only so many unseen shapes."""
    refine_seconds: float = 10.0
    """Time of the refinement."""
    resolution: int = 256
    """Cells along the longest side of the meshes."""


def deepsdf_code(space: ShapeSpace, observation: Observation, steps: int = 800) -> torch.Tensor:
    """A code as DeepSDF finds it."""
    torch.manual_seed(0)
    code = torch.nn.Parameter(0.01 * torch.randn(space.decoder.code_length))
    optimizer = torch.optim.Adam([code], lr=5e-3)
    pool, term = observation.pool, ClampedL1()
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 5e-3 if step < steps // 2 else 5e-4
        chosen = torch.randint(len(pool), (8000,))
        values = space.decoder(pool.points[chosen][None], code[None])[0]
        loss = term(values, pool.sdf[chosen]).mean() + 1e-4 * code.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return code.detach()


def scan_of(mesh: TriangleMesh, camera: np.ndarray) -> PointCloud:
    """What a camera sees of a shape: points with normals of one side."""
    samples = sample_surface(mesh, 3 * SCANNED, np.random.default_rng(0))
    way = camera - samples.points
    facing = np.einsum("px,px->p", way, samples.normals) > 0
    points, normals, way = samples.points[facing], samples.normals[facing], way[facing]
    size = np.ptp(mesh.vertices, axis=0).max()
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    starts = points + 1e-4 * size * normals
    parts = np.array_split(np.arange(len(points)), 1 + len(points) // RAYS)
    hidden = np.concatenate([solid.ray.intersects_any(starts[part], way[part]) for part in parts])
    return PointCloud(points[~hidden][:SCANNED], normals[~hidden][:SCANNED])


def main(arguments: Arguments) -> None:
    """Reconstruct every unseen shape each way and print the table."""
    console = Console(width=120)
    console.print(machine_line(), markup=False)
    space = open_space(arguments.run)
    store = SampleStore.open(str(read_settings(arguments.run)["store"]))
    known = {store.record(key).category for key in space.keys}
    unseen = [key for key in store.split("test") if store.record(key).category in known]
    keys = unseen[: arguments.limit]
    if not keys:
        raise InputError(f"{store.folder} has no unseen shapes.")
    errors: dict[str, dict[str, float]] = {}
    seconds: dict[str, list[float]] = {}
    budget = Budget(seconds=arguments.refine_seconds)
    for key in keys:
        record, observation = store.record(key), Observation.complete(store.pool(key))
        reference = reference_of(store, record)

        def note(name: str, network: Network, start: float) -> None:
            seconds.setdefault(name, []).append(time.perf_counter() - start)
            found = errors.setdefault(name, {})
            shape = NeuralSDF(network, record.transform)  # noqa: B023
            try:
                mesh = shape.extract(Contouring(resolution=arguments.resolution)).mesh
                metrics = measure(mesh, reference, counts=COUNTS)  # noqa: B023
                found[key] = 1e3 * metrics.surface.mean  # noqa: B023
            except InputError as error:
                console.print(f"{name}, {key}: {error}", markup=False)  # noqa: B023

        start = time.perf_counter()
        note("DeepSDF's 800 steps", Coded(space.decoder, deepsdf_code(space, observation)), start)
        start = time.perf_counter()
        note("ours", Coded(space.decoder, infer_code(space, observation).code), start)
        source = load(record.source)
        start = time.perf_counter()
        config = ReconstructConfig(refinement=Refinement(budget=budget))
        note("ours, refined", reconstruct(space, source, config).shape.decoder, start)
        assert isinstance(source, TriangleMesh)
        frame = record.transform
        camera = frame.to_input(np.array([CAMERA]))[0]
        scan = scan_of(source, camera)
        start = time.perf_counter()
        config = ReconstructConfig(
            refinement=Refinement(budget=budget),
            partial=True,
            frame=Frame(centre=frame.centre, radius=frame.scale * UNIT_RADIUS),
            camera=tuple(camera.tolist()),
        )
        note("ours, scan of one side", reconstruct(space, scan, config).shape.decoder, start)
        latest = {name: f"{found[key]:.2f}" for name, found in errors.items() if key in found}
        console.print(f"{key}: {latest}", markup=False)
    table = Table("way", "s a shape", "no surface", "mean of the distances", "median", "worst")
    compared = [key for key in keys if all(key in found for found in errors.values())]
    for name, found in errors.items():
        values = [found[key] for key in compared] or [math.nan]
        table.add_row(
            name,
            f"{fmean(seconds[name]):.2f}",
            f"{len(keys) - len(found)}",
            f"{fmean(values):.2f}",
            f"{median(values):.2f}",
            f"{max(values):.2f}",
        )
    console.print(
        f"{len(keys)} unseen shapes, {len(space.keys)} known ones; distances of the "
        f"{len(compared)} that every way gave a surface to"
    )
    console.print(table)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
