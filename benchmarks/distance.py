"""Signed distance to a closed mesh: rate and agreement of Acutance and its peers, in one run.

    python -m benchmarks.distance

The mesh is a machined part made here: some 70,000 triangles, creases, holes, a ball's print. The
points lie near its surface (normal, standard deviation 0.003 and 0.02 of the unit frame). Each
tool gets the same points in one call, twice; the better time counts, its tree counts apart.
Peers that cannot be imported are named and skipped.
"""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass

import igl
import manifold3d
import numpy as np
import warp as wp
from rich.console import Console
from rich.table import Table

from acutance.machine.cores import cores
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import normalizing
from acutance.mesh.surface import sample_surface
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.winding import WindingSign

POINTS = 400_000
SLOW_POINTS = 40_000
"""For peers slower than 200,000 points a second: a rate needs no more."""

Query = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Tool:
    """A way to compute distances: `build` makes the function that answers."""

    name: str
    signed: bool
    points: int
    build: Callable[[TriangleMesh], Query]


def part() -> TriangleMesh:
    """A block with a cylinder on it, holes through it and a ball cut off, in the unit frame."""
    solid = manifold3d.Manifold
    block = solid.cube((2.0, 1.4, 0.6), True) + solid.cylinder(1.0, 0.5, 0.5, 160).translate(
        (0.4, 0.0, 0.0)
    )
    holes = [
        solid.cylinder(3.0, 0.15, 0.15, 96, True).translate((x, y, 0.0))
        for x in (-0.7, -0.2)
        for y in (-0.4, 0.4)
    ]
    holes.append(solid.sphere(0.45, 160).translate((0.4, 0.0, 1.1)))
    mesh = (block - solid.batch_boolean(holes, manifold3d.OpType.Add)).refine_to_length(0.0395)
    arrays = mesh.to_mesh()
    vertices = np.asarray(arrays.vert_properties[:, :3], dtype=float)
    result = TriangleMesh(vertices, np.asarray(arrays.tri_verts, dtype=np.int32))
    return normalizing(result.vertices).mesh_to_unit(result)


def near_surface(mesh: TriangleMesh) -> np.ndarray:
    """Points around the surface, exactly as float32 knows them."""
    rng = np.random.default_rng(0)
    centres = sample_surface(mesh, POINTS, rng).points
    noise = rng.normal(size=(POINTS, 3)) * rng.choice([0.003, 0.02], size=(POINTS, 1))
    return (centres + noise).astype(np.float32).astype(float)


def ours(mesh: TriangleMesh) -> Query:
    """The pseudonormal's sign."""
    return SurfaceDistance(mesh).signed


def ours_unsigned(mesh: TriangleMesh) -> Query:
    """No sign."""
    return SurfaceDistance(mesh).unsigned


def ours_winding(mesh: TriangleMesh) -> Query:
    """The winding number's sign, for meshes with defects."""
    sign = WindingSign(SurfaceDistance(mesh))

    def query(points: np.ndarray) -> np.ndarray:
        inside, distance = sign.locate(points)
        return np.where(inside, -distance, distance)

    return query


def libigl(kind: int) -> Callable[[TriangleMesh], Query]:
    """libigl with one of its signs; it builds its tree in every call."""

    def build(mesh: TriangleMesh) -> Query:
        faces = mesh.faces.astype(np.int64)
        return lambda points: igl.signed_distance(points, mesh.vertices, faces, kind)[0]

    return build


def open3d(mesh: TriangleMesh) -> Query:
    """Embree: closest point, and parity of ray hits."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(mesh.vertices.astype(np.float32), mesh.faces.astype(np.uint32))
    return lambda points: scene.compute_signed_distance(points.astype(np.float32)).numpy()


def point_cloud_utils(mesh: TriangleMesh) -> Query:
    """Its signed distance: fast winding number."""
    import point_cloud_utils as pcu

    return lambda points: pcu.signed_distance_to_mesh(points, mesh.vertices, mesh.faces)[0]


def trimesh(mesh: TriangleMesh) -> Query:
    """Its own Python implementation; positive inside."""
    import rtree  # noqa: F401  trimesh needs it for this and says so only later
    import trimesh as tm

    query = tm.proximity.ProximityQuery(tm.Trimesh(mesh.vertices, mesh.faces, process=False))
    return lambda points: -query.signed_distance(points)


TOOLS = [
    Tool("acutance, pseudonormal", True, POINTS, ours),
    Tool("acutance, winding number", True, POINTS, ours_winding),
    Tool("acutance, unsigned", False, POINTS, ours_unsigned),
    Tool(
        "libigl, fast winding number",
        True,
        SLOW_POINTS,
        libigl(igl.SIGNED_DISTANCE_TYPE_FAST_WINDING_NUMBER),
    ),
    Tool(
        "libigl, pseudonormal",
        True,
        SLOW_POINTS,
        libigl(igl.SIGNED_DISTANCE_TYPE_PSEUDONORMAL),
    ),
    Tool("libigl, unsigned", False, POINTS, libigl(igl.SIGNED_DISTANCE_TYPE_UNSIGNED)),
    Tool("Open3D RaycastingScene", True, POINTS, open3d),
    Tool("point-cloud-utils", True, SLOW_POINTS, point_cloud_utils),
    Tool("trimesh (with rtree)", True, 2000, trimesh),
]


@dataclass(frozen=True)
class Result:
    """Seconds to build, points a second, and the distances."""

    built: float
    rate: float
    distance: np.ndarray


def measure(tool: Tool, mesh: TriangleMesh, points: np.ndarray) -> Result | None:
    """What the tool does with the points; None if it cannot be imported."""
    start = time.perf_counter()
    try:
        query = tool.build(mesh)
    except ImportError:
        return None
    query(points[:1])
    built = time.perf_counter() - start
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        distance = query(points[: tool.points])
        seconds.append(time.perf_counter() - start)
    return Result(built, tool.points / min(seconds), np.asarray(distance))


def main() -> None:
    """Print the table."""
    mesh = part()
    points = near_surface(mesh)
    truth = SurfaceDistance(mesh).signed(points)
    results = {tool: measure(tool, mesh, points) for tool in TOOLS}
    first = results[TOOLS[0]].rate
    table = Table(
        "tool", "build, s", "points/s", "ours is faster", "largest difference", "other sign"
    )
    for tool, result in results.items():
        if result is None:
            continue
        same = truth[: tool.points]
        gap = np.abs(np.abs(result.distance) - np.abs(same)).max()
        off_surface = np.abs(same) > 1e-6
        other = np.mean((result.distance < 0)[off_surface] != (same < 0)[off_surface])
        table.add_row(
            tool.name,
            f"{result.built:.2f}",
            f"{result.rate / 1e3:,.0f} k",
            f"{first / result.rate:.1f} ×",
            f"{gap:.1e}",
            f"{100 * other:.3f} %" if tool.signed else "",
        )
    console = Console(width=110)
    console.print(
        f"{len(mesh.faces):,} triangles, {POINTS:,} points near the surface; "
        f"{platform.machine()}, {cores()} cores, Warp {wp.__version__}, NumPy {np.__version__}"
    )
    console.print(table)
    absent = [tool.name for tool, result in results.items() if result is None]
    if absent:
        console.print(f"Cannot be imported here: {', '.join(absent)}.")


if __name__ == "__main__":
    main()
