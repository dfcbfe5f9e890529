"""Neighbours of points, and fewer points where there are very many."""

import numpy as np
from jaxtyping import Float32, Int, Int32
from scipy.spatial import cKDTree

from acutance.types import PointArray

CHUNK = 1 << 16
"""Points looked up at once, so that the arrays of a lookup stay below 100 MB."""


def nearest(
    tree: cKDTree, points: PointArray, count: int
) -> tuple[Float32[np.ndarray, "points neighbours"], Int32[np.ndarray, "points neighbours"]]:
    """Distances and indices of the nearest points of the tree, in 32 bits, nearest first."""
    distance = np.empty((len(points), count), np.float32)
    index = np.empty((len(points), count), np.int32)
    for start in range(0, len(points), CHUNK):
        part = slice(start, start + CHUNK)
        found = tree.query(points[part], k=np.arange(1, count + 1), workers=-1)
        distance[part], index[part] = found
    return distance, index


def thinned(points: PointArray, most: int) -> Int[np.ndarray, " kept"]:
    """Indices of points, one in each cell of a grid that at most `most` cells of hold any.

    Nothing is averaged: what is kept is as exact as it was, and both sides of a thin plate stay
    apart.

    Example:
        >>> points = np.random.default_rng(0).random((1000, 3))
        >>> 100 < len(thinned(points, 200)) <= 200, len(thinned(points, 2000))
        (True, 1000)
    """
    if len(points) <= most:
        return np.arange(len(points))
    return np.sort(np.unique(in_cells(points, most), return_index=True)[1])


def in_cells(
    points: PointArray, most: int, kind: Int[np.ndarray, " points"] | int = 0
) -> Int[np.ndarray, " points"]:
    """A number for every point, the same for points in one cell of a grid and of one kind.

    The cells are as small as they can be for at most `most` numbers. There are at most 8 kinds.
    """
    # Not of all points: some may be far away.
    low, high = np.percentile(points[:: max(1, len(points) // 10_000)], [1, 99], axis=0)
    cell = 0.5 * float((high - low).max() or np.ptp(points)) / most**0.5  # of a surface
    while True:
        x, y, z = ((points[:, i] - low[i]) / cell for i in range(3))
        corner = (np.floor(axis).astype(np.int64) for axis in (x, y, z))
        key = sum(c << shift for c, shift in zip(corner, (43, 23, 3), strict=True)) | kind
        found, number = np.unique(key, return_inverse=True)
        if len(found) <= most:
            return number
        cell *= max(1.05, (len(found) / most) ** 0.5)
