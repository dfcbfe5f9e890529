"""Messy meshes made clean, beside what else does that.

    ACUTANCE_DATA=… python -m benchmarks.cleaning [--source raw] [--resolution 128] [--limit N]

Every mesh of open5 (or files of your own) goes from memory to memory through `acutance clean` and
its peers: `make_mesh_watertight` of point-cloud-utils, `isomesh` on the same exact distance,
screened Poisson reconstruction of PyMeshLab from points of the same solid, and PyMeshLab's repairs
of the mesh as it is. A result counts as
accepted where manifold3d takes it unchanged. Distances are ·10³ of the bounding sphere's radius,
to and from the surface that the rule chosen by `Solid` bounds: the author's visible surface (or,
where that is flooded, a skin 1.5 outside of it). A peer that is not installed is left out.
"""

import csv
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro
from manifold3d import Error, Manifold, Mesh64
from rich.console import Console
from rich.table import Table

from acutance.contouring.contour import Contouring
from acutance.jobs.shape.clean import SIMPLIFY, CleanConfig, clean
from acutance.machine.description import machine_line
from acutance.machine.files import atomically
from acutance.mesh.io.load import load
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.solid import Solid
from benchmarks.peers import isomesh

POINTS = 20_000
"""Points a side: the means are taken over many meshes."""

PEERS = ("acutance", "watertight", "isomesh", "poisson", "repair")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    files: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Meshes of your own; none for those of open5."""
    data: Path = Path(os.environ.get("ACUTANCE_DATA", "../shared"))
    """Folder that holds open5."""
    source: Literal["raw", "watertight"] = "raw"
    """Which meshes of open5."""
    resolution: int = 128
    """Cells along the longest side; `isomesh` takes the next power of two."""
    manifold_resolution: int = 20_000
    """Resolution of `make_mesh_watertight`: number of leaves of its octree."""
    depth: int = 8
    """Depth of screened Poisson reconstruction."""
    limit: int | None = None
    """Only the first so many meshes of every category."""
    methods: tuple[str, ...] = PEERS
    """Which of them."""
    table: Path = Path("runs/cleaning.csv")
    """CSV file for a row a mesh and method, written as they come."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a method made of a mesh."""

    category: str
    name: str
    rule: str
    method: str
    seconds: float
    evaluations: int
    faces: int
    manifold: bool
    accepted: bool
    intersecting: int
    there: float
    back: float


Result = tuple[TriangleMesh, int]
"""A mesh in the unit frame, and at how many points it took the distance."""


def ours(source: TriangleMesh, solid: Solid, arguments: Arguments) -> Result:
    """`acutance clean` as it is, with its own search for inside and outside."""
    contouring = Contouring(resolution=arguments.resolution, simplify=SIMPLIFY)
    done = clean(source, CleanConfig(contouring=contouring))
    return solid.transform.mesh_to_unit(done.mesh), done.extraction.evaluations


def watertight(source: TriangleMesh, solid: Solid, arguments: Arguments) -> Result:
    """point-cloud-utils, after Huang, Su and Guibas 2018, "Robust Watertight Manifold ..."."""
    import point_cloud_utils

    mesh = solid.transform.mesh_to_unit(source)
    vertices, faces = point_cloud_utils.make_mesh_watertight(
        mesh.vertices, mesh.faces, arguments.manifold_resolution
    )
    return TriangleMesh(np.asarray(vertices, np.float64), np.asarray(faces, np.int32)), 0


def dual_contouring(source: TriangleMesh, solid: Solid, arguments: Arguments) -> Result:
    """isomesh's dual contouring of the same distance."""
    return isomesh(solid, arguments.resolution)


def poisson(source: TriangleMesh, solid: Solid, arguments: Arguments) -> Result:
    """Screened Poisson reconstruction (PyMeshLab) from points of the solid's surface."""
    import pymeshlab

    samples = solid.sample_surface(100_000, np.random.default_rng(0))
    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(vertex_matrix=samples.points, v_normals_matrix=samples.normals))
    meshes.generate_surface_reconstruction_screened_poisson(depth=arguments.depth, preclean=True)
    return _current(meshes), 0


def repair(source: TriangleMesh, solid: Solid, arguments: Arguments) -> Result:
    """PyMeshLab's repairs: duplicates, non-manifold edges and vertices, holes, orientation."""
    import pymeshlab

    mesh = solid.transform.mesh_to_unit(source)
    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(vertex_matrix=mesh.vertices, face_matrix=mesh.faces))
    filters: dict[str, dict[str, Any]] = {
        "meshing_remove_duplicate_vertices": {},
        "meshing_remove_duplicate_faces": {},
        "meshing_remove_null_faces": {},
        "meshing_repair_non_manifold_edges": {"method": "Split Vertices"},
        "meshing_repair_non_manifold_vertices": {},
        "meshing_close_holes": {"maxholesize": len(mesh.faces), "selfintersection": False},
        "meshing_re_orient_faces_by_geometry": {},
    }
    for name, options in filters.items():
        # Some refuse what the others could not repair; the mesh then stays as it is.
        with suppress(pymeshlab.PyMeshLabException):
            meshes.apply_filter(name, **options)
    return _current(meshes), 0


def _current(meshes: Any) -> TriangleMesh:
    """The result of PyMeshLab's last filter."""
    result = meshes.current_mesh()
    vertices = np.ascontiguousarray(result.vertex_matrix(), dtype=np.float64)
    return TriangleMesh(vertices, np.ascontiguousarray(result.face_matrix(), dtype=np.int32))


METHODS: dict[str, Callable[[TriangleMesh, Solid, Arguments], Result]] = {
    "acutance": ours,
    "watertight": watertight,
    "isomesh": dual_contouring,
    "poisson": poisson,
    "repair": repair,
}


def row(
    category: str, path: Path, source: TriangleMesh, solid: Solid, method: str, arguments: Arguments
) -> Row:
    """Run one method on one mesh and measure the result."""
    start = time.perf_counter()
    mesh, evaluations = METHODS[method](source, solid, arguments)
    seconds = time.perf_counter() - start
    rng = np.random.default_rng(0)
    empty = len(mesh.faces) == 0
    there = (
        np.inf if empty else np.abs(solid.distance(sample_surface(mesh, POINTS, rng).points)).mean()
    )
    surface = solid.sample_surface(POINTS, rng).points
    back = np.inf if empty else SurfaceDistance(mesh).unsigned(surface).mean()
    made = Manifold(Mesh64(mesh.vertices, mesh.faces.astype(np.uint64)))
    return Row(
        category=category,
        name=path.stem,
        rule=solid.rule,
        method=method,
        seconds=seconds,
        evaluations=evaluations,
        faces=len(mesh.faces),
        manifold=topology(mesh).manifold,
        accepted=not empty and made.status() == Error.NoError and made.volume() > 0,
        intersecting=0 if empty else len(intersecting_faces(mesh)),
        there=float(1e3 * there / UNIT_RADIUS),
        back=float(1e3 * back / UNIT_RADIUS),
    )


def chosen(arguments: Arguments) -> list[tuple[str, Path]]:
    """Categories and files."""
    if arguments.files:
        return [("", path) for path in arguments.files]
    folder = arguments.data / "open5" / arguments.source
    found: list[tuple[str, Path]] = []
    for category in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(category.glob("*.ply"))[: arguments.limit]
        found += [(category.name, path) for path in files]
    return found


def summary(rows: list[Row]) -> Table:
    """Counts and medians by method."""
    table = Table(
        "method", "meshes", "closed, manifold", "accepted", "s, all", "s, median", "faces"
    )
    for name in ("faces cut", "mesh→solid median", "worst", "solid→mesh median", "worst"):
        table.add_column(name)
    groups: dict[str, list[Row]] = defaultdict(list)
    for item in rows:
        groups[item.method].append(item)
    for method, items in groups.items():
        there, back = [i.there for i in items], [i.back for i in items]
        table.add_row(
            method,
            str(len(items)),
            str(sum(i.manifold for i in items)),
            str(sum(i.accepted for i in items)),
            f"{sum(i.seconds for i in items):.0f}",
            f"{statistics.median(i.seconds for i in items):.1f}",
            f"{statistics.median(i.faces for i in items):,.0f}",
            f"{sum(i.intersecting for i in items):,}",
            f"{statistics.median(there):.3f}",
            f"{max(there):.2f}",
            f"{statistics.median(back):.3f}",
            f"{max(back):.2f}",
        )
    return table


def main(arguments: Arguments) -> None:
    """Clean every mesh by every method."""
    console = Console(width=160)
    console.print(machine_line(), markup=False)
    rows: list[Row] = []
    with atomically(arguments.table) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f.name for f in fields(Row)])
        for category, path in chosen(arguments):
            source = load(path)
            assert isinstance(source, TriangleMesh)
            solid = Solid.of(source)
            for method in arguments.methods:
                try:
                    rows.append(row(category, path, source, solid, method, arguments))
                except ImportError as error:
                    console.print(f"{method} is left out: {error}", markup=False)
                    continue
                writer.writerow([getattr(rows[-1], f.name) for f in fields(Row)])
                file.flush()
    console.print(summary(rows))


if __name__ == "__main__":
    main(tyro.cli(Arguments))
