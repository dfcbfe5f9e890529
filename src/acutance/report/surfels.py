"""Points as small tiles, so that a point cloud can be looked at like a mesh."""

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.types import PointArray

MOST_POINTS = 60_000
"""More points than this do not show in a picture of some hundred pixels."""

NEIGHBOURS = 9
"""Points, itself included, that give a point's spacing and, without normals, its plane."""


def surfels(cloud: PointCloud) -> TriangleMesh:
    """A square tile of two triangles for every point (Pfister et al. 2000, "Surfels").

    The tiles lie across the normals, or, without normals, in the plane of the nearest points (then
    the side that they face means nothing). Their side is twice the typical spacing, so that they
    overlap where the surface was sampled densely and show gaps where it was not.

    Args:
        cloud: at least two points; of more than `MOST_POINTS` an even choice is shown.
    """
    chosen = slice(None, None, -(-len(cloud.points) // MOST_POINTS))
    points = cloud.points[chosen]
    distance, near = cKDTree(points).query(points, min(NEIGHBOURS, len(points)), workers=-1)
    # The fourth neighbour of a square lattice lies at one spacing.
    half = float(np.median(distance[:, min(4, len(points) - 1)]))
    normals = _planes(points[near]) if cloud.normals is None else cloud.normals[chosen]
    away = np.eye(3)[np.abs(normals).argmin(axis=1)]  # the axis that is least along the normal
    across = np.cross(normals, away)
    across *= half / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300)
    along = np.cross(normals, across)
    corners = np.stack(
        [points + across, points + along, points - across, points - along], axis=1
    ).reshape(-1, 3)
    quads = np.arange(4 * len(points), dtype=np.int32).reshape(-1, 4)
    return TriangleMesh(corners, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))


def _planes(groups: Float[np.ndarray, "points neighbours 3"]) -> PointArray:
    """Unit normal of the best plane of each group: the direction of least variance."""
    offsets = groups - groups.mean(axis=1, keepdims=True)
    return np.linalg.eigh(offsets.transpose(0, 2, 1) @ offsets)[1][:, :, 0]
