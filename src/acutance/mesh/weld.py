"""Vertices at the same place become one vertex."""

import numpy as np
from jaxtyping import Float, Int

from acutance.mesh.mesh import TriangleMesh


def weld(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh with vertices at exactly the same place merged and unused ones dropped.

    STL has no shared vertices, and OBJ and glTF split them where texture or normals change; exact
    equality closes the surface again and merges nothing that the file kept apart. The
    order of vertices and faces is kept, the first of equal vertices stays. Faces that then repeat
    a vertex are dropped: the two edges left of such a face are one edge in both directions, so a
    closed mesh stays closed. Faces of no area between three distinct vertices stay: dropping one
    would open a closed mesh.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> corners = box.vertices[box.faces].reshape(-1, 3)
        >>> loose = TriangleMesh(corners, np.arange(36).reshape(12, 3))
        >>> len(loose.vertices), len(weld(loose).vertices)
        (36, 8)
    """
    first = coincident(mesh.vertices)
    faces = first[mesh.faces]
    return mesh.with_faces(faces[np.all(faces != np.roll(faces, 1, axis=1), axis=1)])


def coincident(points: Float[np.ndarray, "points 3"]) -> Int[np.ndarray, " points"]:
    """For every point the index of the first point at exactly the same place.

    Example:
        >>> coincident(np.array([[0.0, 0, 0], [1, 0, 0], [0, 0, 0]]))
        array([0, 1, 0])
    """
    order = np.lexsort(points.T)  # stable: equal points stay in their order; −0 equals 0
    new = np.ones(len(points), dtype=bool)
    new[1:] = np.any(points[order][1:] != points[order][:-1], axis=1)
    first = np.empty(len(points), dtype=np.int64)
    first[order] = order[new][np.cumsum(new) - 1]
    return first
