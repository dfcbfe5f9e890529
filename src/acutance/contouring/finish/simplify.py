"""Fewer triangles where a surface is flat."""

import numpy as np
from manifold3d import Error, Manifold, Mesh64

from acutance.mesh.mesh import TriangleMesh


def simplified(mesh: TriangleMesh, tolerance: float) -> TriangleMesh:
    """The mesh with edges collapsed wherever the surface moves by less than the tolerance.

    By manifold3d, whose result is a closed, oriented 2-manifold again; its vertices are some of
    the mesh's, so that creases stay where they are. Vertices may share a place where the surface
    touches itself, and faces cut others (see `kept_apart`).

    Args:
        mesh: closed, oriented, 2-manifold; any other mesh stays as it is.
        tolerance: a length, in the unit of the mesh.

    Example:
        >>> from acutance.contouring.contour import Contouring, extract
        >>> from acutance.shapes.analytic import Box
        >>> box = Box(half=(0.5, 0.5, 0.5))
        >>> mesh = extract(box, [-1.0] * 3, [1.0] * 3, Contouring(resolution=16)).mesh
        >>> len(simplified(mesh, 1e-3).faces) < 0.1 * len(mesh.faces)
        True
    """
    solid = Manifold(Mesh64(mesh.vertices, mesh.faces.astype(np.uint64)))
    if solid.status() != Error.NoError:
        return mesh
    result = solid.simplify(tolerance).to_mesh64()
    vertices = np.array(result.vert_properties[:, :3], dtype=np.float64)
    return TriangleMesh(vertices, np.array(result.tri_verts, dtype=np.int32))
