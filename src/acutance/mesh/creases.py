"""Creases: the sharp edges of a mesh, and random points on them."""

import numpy as np
from jaxtyping import Float

from acutance.mesh.mesh import TriangleMesh

CREASE_ANGLE = 30.0
"""Angle in degrees between the normals of two faces above which their edge is a crease.

The package has this one definition: training samples are drawn about these edges, and the crease
metrics are measured at them, so that a network is judged by what it was shown. With 30° the facets
of a cylinder are smooth from 13 sides on, and chamfers of 45° are sharp. Published numbers hold for
this angle only: another one would need new measurements.
"""


def crease_lines(mesh: TriangleMesh, angle: float = CREASE_ANGLE) -> Float[np.ndarray, "lines 2 3"]:
    """The creases of a mesh: edges between two faces whose normals differ by more than an angle.

    Edges of one face, or of more than two, are no creases, and neither are those of faces without
    area, which have no normal.

    Args:
        mesh: a welded mesh; vertices at the same place are different vertices.
        angle: in degrees.

    Returns:
        The ends of every crease, (crease, end, xyz), in the frame of the mesh; there may be none.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> lines = crease_lines(Box(half=(1, 1, 1)).mesh())
        >>> lines.shape  # the diagonals of the faces are no creases
        (12, 2, 3)
    """
    faces = mesh.faces.astype(np.int64)
    ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    owner = np.tile(np.arange(len(faces)), 3)
    order = np.lexsort(ends.T[::-1])
    ends, owner = ends[order], owner[order]
    _, first, count = np.unique(ends, axis=0, return_index=True, return_counts=True)
    first = first[count == 2]
    sides = mesh.face_normals[owner[first]], mesh.face_normals[owner[first + 1]]
    sharp = np.einsum("ex,ex->e", *sides) < np.cos(np.deg2rad(angle))
    sharp &= np.all([side.any(axis=1) for side in sides], axis=0)
    return mesh.vertices[ends[first[sharp]]]


def sample_lines(
    lines: Float[np.ndarray, "lines 2 3"], count: int, rng: np.random.Generator
) -> Float[np.ndarray, "points 3"]:
    """Random points, uniform by length along line segments.

    Args:
        lines: the ends of the segments, (segment, end, xyz); none only if `count` is 0.
        count: number of points.
        rng: source of randomness.

    Returns:
        (count, 3), in the frame of the lines.

    Example:
        >>> lines = np.array([[[0, 0, 0], [2, 0, 0]], [[0, 1, 0], [1, 1, 0]]], dtype=float)
        >>> points = sample_lines(lines, 300, np.random.default_rng(0))
        >>> points.shape, bool(abs(np.mean(points[:, 1] == 0) - 2 / 3) < 0.1)
        ((300, 3), True)
    """
    length = np.cumsum(np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1))
    chosen = np.searchsorted(length, length[-1:].sum() * rng.random(count), side="right")
    chosen = chosen.clip(max=len(lines) - 1)
    t = rng.random((count, 1))
    return (1 - t) * lines[chosen, 0] + t * lines[chosen, 1]
