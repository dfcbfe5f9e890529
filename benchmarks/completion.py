"""Scans of one side, completed: by the code of a space, the nearest known shape, and Poisson.

    python -m benchmarks.completion RUN [--limit 10] [--views 2] [--penalties 1e-5 1e-4]

A scan is what a camera sees of an unseen shape: at most 20,000 points with normals, and where the
camera stood. Errors are mean distances (·10³ of the bounding sphere's radius) from points of the
whole shape's surface to the result, apart for what the scan shows and for what it does not, and
from the result to the whole shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Annotated

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table
from scipy.spatial import KDTree
from torch import Tensor

from acutance.contouring.contour import Contouring
from acutance.data.datasets.procedural import load_recorded_source
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.observe import Frame, observe_partial
from acutance.jobs.space.open import open_space
from acutance.jobs.space.run_folder import read_settings
from acutance.machine.description import machine_line
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS, Similarity
from acutance.mesh.reading import Reading
from acutance.mesh.surface import sample_surface
from acutance.model.space.shape_space import ShapeSpace
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.training.space.infer import Inference, infer_code
from benchmarks.inference import scan_of
from benchmarks.peers import poisson_mesh

VIEWS = ((1.5, 1.2, 2.2), (-2.2, 0.6, 1.5), (0.4, 1.8, -2.2), (2.6, 0.3, -0.8))
"""Where scans are taken from, in the unit frame."""

SEEN = 0.02
"""A point of the surface is seen that is closer to the scan, in radii."""

POINTS = 30_000
"""Points of each surface."""


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    run: Annotated[Path, tyro.conf.Positional]
    """A space that was trained on a store with shapes kept aside."""
    limit: int | None = None
    """Only so many unseen shapes."""
    views: int = 2
    """Scans of each."""
    resolution: int = 128
    """Cells along the longest side of the meshes."""
    penalties: tuple[float, ...] = (Inference().penalty,)
    """How firmly codes are held near that of the nearest known shape: a row for each."""


def ways(
    space: ShapeSpace,
    scan: PointCloud,
    frame: Similarity,
    camera: np.ndarray,
    arguments: Arguments,
) -> Iterator[tuple[str, TriangleMesh]]:
    """The completions of a scan, in its coordinates."""
    radius = frame.scale * UNIT_RADIUS
    whole = Frame(centre=frame.centre, radius=radius)
    observed = observe_partial(Reading.of(scan), whole, tuple(camera.tolist()), seed=0)
    contouring = Contouring(resolution=arguments.resolution)
    codes = dict[str, Tensor]()
    for penalty in arguments.penalties:
        found = infer_code(space, observed.observation, Inference(penalty=penalty))
        codes["nearest known shape"] = space.codes[space.index(found.start)]
        codes[f"code, penalty {penalty:g}"] = found.code
    for name, code in codes.items():
        yield name, space.with_code(code, observed.transform).extract(contouring).mesh
    if (poisson := poisson_mesh(scan.points, scan.normals, depth=8)) is not None:
        yield "screened Poisson", poisson


def errors(mesh: TriangleMesh, whole: TriangleMesh, scan: PointCloud, radius: float) -> list[float]:
    """Mean distances ·10³: what was seen, what was not, and from the result to the whole."""
    rng = np.random.default_rng(0)
    points = sample_surface(whole, POINTS, rng).points
    seen = KDTree(scan.points).query(points)[0] < SEEN * radius
    there = SurfaceDistance(mesh).unsigned(points) / radius
    back = SurfaceDistance(whole).unsigned(sample_surface(mesh, POINTS, rng).points) / radius
    return [1e3 * float(np.mean(part)) for part in (there[seen], there[~seen], back)]


def main(arguments: Arguments) -> None:
    """Complete scans of every unseen shape each way and print the table."""
    console = Console(width=120)
    console.print(machine_line(), markup=False)
    space = open_space(arguments.run)
    store = SampleStore.open(str(read_settings(arguments.run)["store"]))
    known = {entry.category for entry in space.entries}
    unseen = [key for key in store.split("test") if store.record(key).category in known]
    found: dict[str, list[list[float]]] = {}
    for key in unseen[: arguments.limit]:
        frame = store.record(key).transform
        whole = load_recorded_source(store.record(key).source)
        if not isinstance(whole, TriangleMesh):
            raise InputError(f"{key} is no mesh, of which a camera could see a side.")
        for view in VIEWS[: arguments.views]:
            camera = frame.to_input(np.array([view]))[0]
            scan = scan_of(whole, camera)
            for name, mesh in ways(space, scan, frame, camera, arguments):
                row = errors(mesh, whole, scan, frame.scale * UNIT_RADIUS)
                found.setdefault(name, []).append(row)
    table = Table(
        "way", "seen: mean", "median", "unseen: mean", "median", "to whole: mean", "median"
    )
    for name, rows in found.items():
        columns = list(zip(*rows, strict=True))
        table.add_row(name, *(f"{of(c):.2f}" for c in columns for of in (fmean, median)))
    scans = len(next(iter(found.values()), []))
    console.print(f"{scans} scans, {len(space.keys)} known shapes")
    console.print(table)


if __name__ == "__main__":
    main(tyro.cli(Arguments, config=(tyro.conf.OmitArgPrefixes,)))
