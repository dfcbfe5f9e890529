"""Where an open surface ends: a closed result must differ there, and that is no error of its own.

A point of the result whose nearest point of the reference lies on the rim of a hole lies over the
hole (or beyond the edge of a sheet): nothing of the reference says where it should be.
"""

import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.types import PointArray

RIM_WIDTH = 1e-5
"""How near to a rim a nearest point counts as lying on it, in radii of the reference: above the
rounding of float32 (1e-7), far below any distance that is reported."""


def boundary(mesh: TriangleMesh) -> Bool[np.ndarray, "faces 3"]:
    """For the edges 0→1, 1→2, 2→0 of every face, whether no other face has that edge."""
    ends = np.sort(mesh.edges.astype(np.int64), axis=1)
    _, edge, uses = np.unique(
        ends[:, 0] * len(mesh.vertices) + ends[:, 1], return_inverse=True, return_counts=True
    )
    return (uses == 1)[edge].reshape(-1, 3)


def on_boundary(
    open_edges: Bool[np.ndarray, "faces 3"],
    mesh: TriangleMesh,
    points: PointArray,
    faces: Int[np.ndarray, " points"],
) -> Bool[np.ndarray, " points"]:
    """Whether points of the surface lie on the rim of a hole.

    Args:
        open_edges: the mesh's boundary, from `boundary`.
        mesh: the mesh, in the frame where the reference has radius 1.
        points: points on its faces.
        faces: the face of each point.
    """
    result = np.zeros(len(points), dtype=bool)
    if not open_edges.any():
        return result
    at_rim = np.zeros(len(mesh.vertices), dtype=bool)
    at_rim[mesh.edges[open_edges.ravel()]] = True
    # A face that only touches the rim with a corner has no open edge, but may be the one found.
    near = np.flatnonzero(at_rim[mesh.faces[faces]].any(axis=1))
    corners = mesh.triangles[faces[near]]
    place = points[near]
    for corner in range(3):
        start, end = corners[:, corner], corners[:, (corner + 1) % 3]
        at_corner = at_rim[mesh.faces[faces[near], corner]]
        result[near] |= at_corner & (np.linalg.norm(place - start, axis=1) < RIM_WIDTH)
        along = open_edges[faces[near], corner]
        result[near] |= along & (_to_segment(place, start, end) < RIM_WIDTH)
    return result


def _to_segment(
    points: Float[np.ndarray, "points 3"],
    starts: Float[np.ndarray, "points 3"],
    ends: Float[np.ndarray, "points 3"],
) -> Float[np.ndarray, " points"]:
    """Distance of each point to its own segment."""
    direction = ends - starts
    squared = np.maximum(np.einsum("ij,ij->i", direction, direction), 1e-300)
    place = np.clip(np.einsum("ij,ij->i", points - starts, direction) / squared, 0.0, 1.0)
    return np.linalg.norm(points - starts - place[:, None] * direction, axis=1)
