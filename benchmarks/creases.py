"""How sharp creases come out, of exact and of learned fields, by each way of contouring.

    python -m benchmarks.creases [mesh ...] [--resolution 128] [--seconds 12]

Closed meshes; none for the package's own part. The exact distance of each is contoured by dual
contouring, marching cubes and `isomesh` (where it is installed), a network that learned it for some
seconds by the first two. Distances are ·10³ of the bounding sphere's radius, both ways, point to
surface; the sharp-edge Chamfer distance has a floor, the same between two samplings of the input.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console

from acutance.contouring.contour import Contouring, extract
from acutance.contouring.exact import ExactField
from acutance.evaluation.measure import measure
from acutance.geometry.intersections import intersecting_faces
from acutance.geometry.load import load
from acutance.geometry.mesh import TriangleMesh
from acutance.geometry.solid import Solid
from acutance.geometry.topology import topology
from acutance.jobs.fit import FitConfig, fit_shape
from acutance.jobs.machine import machine_line
from acutance.samples.procedural import part
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
    "sharp edges",
    "floor",
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
    fitted = fit_shape(source, FitConfig(budget=Budget(seconds=arguments.seconds)))
    for way in WAYS:
        start = time.perf_counter()
        found = fitted.shape.extract(Contouring(resolution=arguments.resolution, method=way))
        spent = time.perf_counter() - start
        count = found.evaluations
        yield Outcome(
            field="learned", method=way, seconds=spent, evaluations=count, mesh=found.mesh
        )


def row(outcome: Outcome, source: TriangleMesh) -> list[str]:
    """The table's row."""
    metrics = measure(outcome.mesh, source)
    sharp = metrics.sharp_chamfer
    return [
        outcome.field,
        outcome.method,
        f"{outcome.seconds:.1f}",
        f"{outcome.evaluations:,}",
        f"{len(outcome.mesh.faces):,}",
        f"{1e3 * metrics.surface.mean:.4f}",
        f"{1e3 * metrics.surface.p99:.3f}",
        f"{metrics.normal_consistency:.5f}",
        "–" if sharp is None else f"{sharp.value:.3f}",
        "–" if sharp is None else f"{sharp.floor:.3f}",
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
