"""Fewer triangles where a surface is flat."""

import numpy as np
from manifold3d import Manifold, Mesh64

from acutance.geometry.mesh import TriangleMesh


def simplified(mesh: TriangleMesh, tolerance: float) -> TriangleMesh:
    """The mesh with edges collapsed wherever the surface moves by less than the tolerance.

    By manifold3d, whose result is a closed, oriented 2-manifold again; its vertices are some of
    the mesh's, so that creases stay where they are.

    Args:
        mesh: closed, oriented, 2-manifold.
        tolerance: a length, in the unit of the mesh.
    """
    solid = Manifold(Mesh64(mesh.vertices, mesh.faces.astype(np.uint64))).simplify(tolerance)
    result = solid.to_mesh64()
    vertices = np.array(result.vert_properties[:, :3], dtype=np.float64)
    return TriangleMesh(vertices, np.array(result.tri_verts, dtype=np.int32))
