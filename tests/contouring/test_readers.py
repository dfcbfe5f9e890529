"""What is written is closed for whoever reads it, in every format and unit."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import manifold3d
import numpy as np
import pytest
import trimesh
from test_apart import LOWER, TOUCHING, UPPER

from acutance.contouring.contour import Contouring, extract
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.topology import topology
from acutance.mesh.weld import weld

FORMATS = ["ply", "stl", "obj", "glb", "3mf", "off"]


def by_trimesh(path: Path) -> TriangleMesh:
    read = trimesh.load(path, force="mesh")
    return TriangleMesh(np.array(read.vertices, np.float64), np.array(read.faces, np.int32))


def by_manifold3d(path: Path) -> TriangleMesh:
    """As its users do: the triangles of a file in 32 bits, merged by manifold3d itself."""
    read = trimesh.load(path, force="mesh", process=False)
    mesh = manifold3d.Mesh(read.vertices.astype(np.float32), read.faces.astype(np.uint32))
    mesh.merge()
    solid = manifold3d.Manifold(mesh)
    assert solid.status() == manifold3d.Error.NoError
    assert solid.volume() > 0
    return weld(TriangleMesh(np.array(read.vertices, np.float64), np.array(read.faces, np.int32)))


def by_pymeshlab(path: Path) -> TriangleMesh:
    pymeshlab = pytest.importorskip("pymeshlab")
    meshes = pymeshlab.MeshSet()
    meshes.load_new_mesh(str(path))
    read = meshes.current_mesh()
    vertices = np.array(read.vertex_matrix(), np.float64)
    return weld(TriangleMesh(vertices, np.array(read.face_matrix(), np.int32)))


def by_open3d(path: Path) -> TriangleMesh:
    open3d = pytest.importorskip("open3d")
    read = open3d.io.read_triangle_mesh(str(path))
    read.remove_duplicated_vertices()
    read.remove_degenerate_triangles()
    return TriangleMesh(np.array(read.vertices), np.array(read.triangles, np.int32))


def by_meshio(path: Path) -> TriangleMesh:
    meshio = pytest.importorskip("meshio")
    read = meshio.read(path)
    faces = np.concatenate([cells.data for cells in read.cells]).astype(np.int32)
    return weld(TriangleMesh(np.array(read.points, np.float64), faces))


READERS: dict[Callable[[Path], TriangleMesh], list[str]] = {
    by_trimesh: FORMATS,
    by_manifold3d: FORMATS,
    by_pymeshlab: ["ply", "stl", "obj", "glb", "3mf", "off"],
    by_open3d: ["ply", "stl", "obj", "glb", "off"],
    by_meshio: ["ply", "stl", "obj", "off"],
}
"""Which formats each of them reads."""


@cache
def made(scale: float, centre: float) -> TriangleMesh:
    """Two cubes that touch at an edge, in a unit and a place."""
    config = Contouring(resolution=24, simplify=0.01)
    result = extract(TOUCHING["at an edge"], LOWER, UPPER, config)
    return result.moved(Similarity(scale=scale, centre=(centre, -centre, centre))).mesh


@pytest.mark.parametrize(
    ("scale", "centre"), [(1.0, 0.0), (4e-4, 0.0), (4e-4, 0.003), (250.0, 1e3), (1e-2, 0.5)]
)
@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_finds_the_closed_manifold_that_was_written(
    reader: Callable[[Path], TriangleMesh],
    ending: str,
    scale: float,
    centre: float,
    tmp_path: Path,
):
    if ending not in READERS[reader]:
        pytest.skip("it does not read this format")
    mesh, path = made(scale, centre), tmp_path / f"mesh.{ending}"
    save_mesh(mesh, path)
    read = reader(path)
    assert topology(read).manifold
    assert len(read.vertices) == len(mesh.vertices)
    assert trimesh.Trimesh(read.vertices, read.faces).is_watertight
