"""Points of a cloud that belong to no surface."""

import numpy as np
from jaxtyping import Bool, Float32, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from acutance.solid.points.neighbours import nearest
from acutance.solid.points.planes import fit_planes
from acutance.types import PointArray

NEIGHBOURS = 8
"""Neighbours that a point may hang together with."""

STEP = 2.0
"""Longest step between points that hang together, in the local spacing: in random points of a
surface the farthest of eight neighbours is at most 1.6 times as far as usual."""

FEW = 0.005
"""Parts with fewer points than this share of the largest are no objects of their own."""

MANY = 0.2
"""Parts with more points than this share of the largest are kept, whatever they look like."""

FLAT = 0.1
"""Median variance across the planes of neighbours, relative to that along, of a part that is a
surface; of points that fill space it is about 0.3."""


def belonging(points: PointArray) -> Bool[np.ndarray, " points"]:
    """Which points belong to the surface of an object; the others are outliers.

    Points hang together with their neighbours if those are no farther than twice the local spacing.
    The largest part belongs, and so do others that have many points, or some and look like a
    surface: a second object, or a region that was scanned with fewer points.

    Args:
        points: (N, 3) in any unit.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> ball = rng.normal(size=(2000, 3))
        >>> ball /= np.linalg.norm(ball, axis=1, keepdims=True)
        >>> far = np.array([[50.0, 0.0, 0.0], [0.0, 3.0, 0.0]])
        >>> np.flatnonzero(~belonging(np.concatenate([ball, far]))).tolist()
        [2000, 2001]
    """
    distinct, inverse = np.unique(points, axis=0, return_inverse=True)
    if len(distinct) <= 2 * NEIGHBOURS:
        return np.ones(len(points), bool)
    distance, index = nearest(cKDTree(distinct), distinct, NEIGHBOURS + 1)
    part = _parts(distance, index)
    size = np.bincount(part)
    largest = size.max()
    kept = size > MANY * largest
    unsure = np.flatnonzero(~kept & (size >= max(2 * NEIGHBOURS, FEW * largest)))
    if len(unsure):
        rough = fit_planes(distinct, index).rough
        for number in unsure:
            kept[number] = np.median(rough[part == number]) < FLAT
    return kept[part][inverse.ravel()]


def _parts(
    distance: Float32[np.ndarray, "points neighbours"], index: Int[np.ndarray, "points neighbours"]
) -> Int[np.ndarray, " points"]:
    """The part of each point that hangs together."""
    count = len(index)
    spacing = distance[:, -1]
    # The spacing of the neighbours: that of an outlier itself is its distance from the surface.
    local = np.median(spacing[index[:, 1:]], axis=1)
    near = distance[:, 1:] <= STEP * np.minimum(local[:, None], local[index[:, 1:]])
    start = np.broadcast_to(np.arange(count, dtype=np.int32)[:, None], near.shape)[near]
    links = (np.ones(len(start), bool), (start, index[:, 1:][near]))
    graph = coo_array(links, shape=(count, count)).tocsr()
    return connected_components(graph, directed=False)[1]
