"""Meshes from and to 3MF files (3D Manufacturing Format), by trimesh."""

import trimesh

from acutance.mesh.io.scene import read_scene, to_trimesh
from acutance.mesh.mesh import PointCloud, TriangleMesh


def read_3mf(data: bytes) -> TriangleMesh | PointCloud:
    """All triangles of the items that a 3MF file would print, in the unit of the file.

    Raises:
        ValueError: the file is damaged.
    """
    return read_scene(data, "3mf")


def write_3mf(mesh: TriangleMesh) -> bytes:
    """The mesh as the one item of a 3MF file, its coordinates in full."""
    return trimesh.Scene(to_trimesh(mesh.vertices, mesh)).export(file_type="3mf")
