"""Fewer triangles where a surface is flat."""

import numpy as np
from manifold3d import Manifold, Mesh64

from acutance.mesh.mesh import TriangleMesh

SEPARATION_STEP, SEPARATION_ROUNDS = 0.01, 10
"""How far vertices at one place are moved towards the mean of their faces, as a share of the way,
and how often at most."""


def simplified(mesh: TriangleMesh, tolerance: float) -> TriangleMesh:
    """The mesh with edges collapsed wherever the surface moves by less than the tolerance.

    By manifold3d, whose result is a closed, oriented 2-manifold again; its vertices are some of
    the mesh's, so that creases stay where they are.

    Args:
        mesh: closed, oriented, 2-manifold.
        tolerance: a length, in the unit of the mesh.

    Example:
        >>> from acutance.contouring.contour import Contouring, extract
        >>> from acutance.shapes.analytic import Box
        >>> box = Box(half=(0.5, 0.5, 0.5))
        >>> mesh = extract(box, [-1.0] * 3, [1.0] * 3, Contouring(resolution=16)).mesh
        >>> len(simplified(mesh, 1e-3).faces) < 0.1 * len(mesh.faces)
        True
    """
    solid = Manifold(Mesh64(mesh.vertices, mesh.faces.astype(np.uint64))).simplify(tolerance)
    result = solid.to_mesh64()
    vertices = np.array(result.vert_properties[:, :3], dtype=np.float64)
    return _vertices_apart(TriangleMesh(vertices, np.array(result.tri_verts, dtype=np.int32)))


def _vertices_apart(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh with vertices that share a place moved a little apart, each towards its neighbours.

    Where a surface touches itself it is cut there; readers that weld would join it again.
    """
    vertices = mesh.vertices.copy()
    for _ in range(SEPARATION_ROUNDS):
        _, place, count = np.unique(vertices, axis=0, return_inverse=True, return_counts=True)
        shared = count[place.ravel()] > 1
        if not shared.any():
            break
        # There are few: a vertex at a time.
        for vertex in np.flatnonzero(shared):
            around = mesh.faces[(mesh.faces == vertex).any(axis=1)]
            way = vertices[around].mean(axis=(0, 1)) - vertices[vertex]
            vertices[vertex] += SEPARATION_STEP * way
    return TriangleMesh(vertices, mesh.faces)
