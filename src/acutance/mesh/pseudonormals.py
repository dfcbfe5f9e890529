"""Angle-weighted pseudonormals: what tells inside from outside at edges and corners."""

import numpy as np
from jaxtyping import Float, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.weld import coincident


def pseudonormals(mesh: TriangleMesh) -> Float[np.ndarray, "faces 7 3"]:
    """Pseudonormals (not of unit length) of all features of every face.

    For each face: its corners 0, 1, 2 (Σ αᵢ nᵢ over the faces around, αᵢ their angles there), its
    edges 01, 12, 20 (sum of the normals of the faces that share it), itself.
    If c is the point of a closed, oriented surface that is closest to x, then x is outside exactly
    if (x − c)·n > 0 with n of the feature that holds c (Bærentzen and Aanæs 2005, "Signed Distance
    Computation Using the Angle Weighted Pseudonormal", theorem 1).
    Vertices that lie at exactly the same place count as one, so that loose triangles work too.

    Returns:
        (face, feature, xyz), the features in the order above; outward where the faces are.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> vectors = pseudonormals(Box(half=(1, 1, 1)).mesh())
        >>> vectors.shape
        (12, 7, 3)
        >>> (np.sign(vectors[0, 0]) + 0.0).tolist()  # at the corner (-1, -1, -1)
        [-1.0, -1.0, -1.0]
    """
    corners = coincident(mesh.vertices)[mesh.faces]
    normals = mesh.face_normals
    at_vertex = _sum_by(corners.ravel(), (_angles(mesh)[:, :, None] * normals[:, None]))
    ends = np.sort(np.stack([corners, np.roll(corners, -1, axis=1)], axis=2), axis=2)
    _, edge = np.unique(ends[..., 0] * len(mesh.vertices) + ends[..., 1], return_inverse=True)
    at_edge = _sum_by(edge.ravel(), np.repeat(normals, 3, axis=0))
    return np.concatenate(
        [at_vertex[corners], at_edge[edge.reshape(-1, 3)], normals[:, None]], axis=1
    )


def _angles(mesh: TriangleMesh) -> Float[np.ndarray, "faces 3"]:
    """Angle at every corner of every face, in radians."""
    ahead = np.roll(mesh.triangles, -1, axis=1) - mesh.triangles
    behind = np.roll(mesh.triangles, 1, axis=1) - mesh.triangles
    sine = np.linalg.norm(np.cross(ahead, behind), axis=2)
    return np.arctan2(sine, np.einsum("fcx,fcx->fc", ahead, behind))


def _sum_by(
    index: Int[np.ndarray, " items"], vectors: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "groups 3"]:
    """Sum of the vectors that share an index."""
    columns = vectors.reshape(-1, 3).T
    return np.stack([np.bincount(index, weights=column) for column in columns], axis=1)
