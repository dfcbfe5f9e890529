"""How sharp creases come out, of exact and of learned fields, by each way of contouring.

    python -m benchmarks.creases [mesh ...] [--resolution 128] [--seconds 12]

Closed meshes; none for the package's own part. The exact distance of each is contoured by dual
contouring, marching cubes and `isomesh` (where it is installed), a network that learned it for some
seconds by the first two, and by dual contouring without what treats the unrest of a learned field.
Distances are ·10³ of the bounding sphere's radius, both ways, point to surface. `lost` is the
distance from the input's crease lines to the result's, `false` that from the result's to the
input's, both point to line (see `acutance.metrics.creases`).
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from unittest import mock

import numpy as np
import tyro
from rich.console import Console

from acutance.contouring.contour import Contouring, extract
from acutance.contouring.dual import vertices as dual
from acutance.contouring.exact import ExactField
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.machine.description import machine_line
from acutance.mesh.io.load import load
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS, normalizing
from acutance.mesh.topology import topology
from acutance.metrics.creases import crease_distance
from acutance.metrics.measure import measure
from acutance.model.neural_sdf import NeuralSDF
from acutance.shapes.part import part
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.solid import Solid
from acutance.training.schedule import Budget
from benchmarks.peers import isomesh

WAYS: tuple[Literal["dual", "marching"], ...] = ("dual", "marching")

HEAD = (
    "field",
    "method",
    "s",
    "evaluated",
    "faces",
    "mean",
    "99 %",
    "normals",
    "lost",
    "false",
    "cut",
    "closed",
)


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    meshes: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Closed meshes; none for the package's own part."""
    resolution: int = 128
    """Cells along the longest side; `isomesh` takes the next power of two."""
    seconds: float = 12.0
    """Time to learn each shape; 0 leaves the learned field out."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A mesh in the input frame, and what it took."""

    field: str
    method: str
    seconds: float
    evaluations: int
    mesh: TriangleMesh


def outcomes(source: TriangleMesh, arguments: Arguments) -> Iterator[Outcome]:
    """Every field by every method."""
    solid = Solid.of(source)
    frame = solid.transform
    for way in WAYS:
        start = time.perf_counter()
        config = Contouring(resolution=arguments.resolution, method=way)
        found = extract(ExactField(solid), *solid.bounds, config)
        spent = time.perf_counter() - start
        mesh = frame.mesh_to_input(found.mesh)
        yield Outcome(
            field="exact", method=way, seconds=spent, evaluations=found.evaluations, mesh=mesh
        )
    try:
        start = time.perf_counter()
        mesh, count = isomesh(solid, arguments.resolution)
        spent = time.perf_counter() - start
        mesh = frame.mesh_to_input(mesh)
        yield Outcome(field="exact", method="isomesh", seconds=spent, evaluations=count, mesh=mesh)
    except ImportError:
        pass
    if not arguments.seconds:
        return
    shape = fit_shape(source, FitConfig(budget=Budget(seconds=arguments.seconds))).shape
    yield from (learned(shape, way, way, arguments) for way in WAYS)
    with mock.patch.object(dual, "EXACT_NOISE", math.inf):
        yield learned(shape, "dual", "dual, planes believed", arguments)


def learned(
    shape: NeuralSDF, way: Literal["dual", "marching"], name: str, arguments: Arguments
) -> Outcome:
    """A learned field by a method."""
    start = time.perf_counter()
    found = shape.extract(Contouring(resolution=arguments.resolution, method=way))
    return Outcome(
        field="learned",
        method=name,
        seconds=time.perf_counter() - start,
        evaluations=found.evaluations,
        mesh=found.mesh,
    )


def row(outcome: Outcome, source: TriangleMesh) -> list[str]:
    """The table's row."""
    metrics = measure(outcome.mesh, source)
    unit = normalizing(source.vertices)
    creases = crease_distance(
        unit.mesh_to_unit(outcome.mesh), unit.mesh_to_unit(source), np.random.default_rng(0)
    )
    lines = (creases.to_result, creases.to_reference) if creases else ()
    return [
        outcome.field,
        outcome.method,
        f"{outcome.seconds:.1f}",
        f"{outcome.evaluations:,}",
        f"{len(outcome.mesh.faces):,}",
        f"{1e3 * metrics.surface.mean:.4f}",
        f"{1e3 * metrics.surface.p99:.3f}",
        f"{metrics.normal_consistency:.5f}",
        *([f"{1e3 * line.mean / UNIT_RADIUS:.3f}" for line in lines] or ["–", "–"]),
        f"{len(intersecting_faces(outcome.mesh))}",
        "yes" if topology(outcome.mesh).manifold else "no",
    ]


def main(arguments: Arguments) -> None:
    """Print a table a shape."""
    console = Console(width=160)
    console.print(machine_line(), markup=False)
    sources = {path.stem: load(path) for path in arguments.meshes} or {"part": part()}
    for name, source in sources.items():
        assert isinstance(source, TriangleMesh)
        console.print(f"\n{name}, resolution {arguments.resolution}\n| " + " | ".join(HEAD) + " |")
        console.print("| " + " | ".join("---" for _ in HEAD) + " |")
        for outcome in outcomes(source, arguments):
            console.print("| " + " | ".join(row(outcome, source)) + " |", markup=False)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
