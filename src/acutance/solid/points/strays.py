"""Normals that agree with none of their neighbours'."""

import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.solid.points.neighbours import CHUNK
from acutance.types import PointArray

AGREE = 0.8
"""Cosine from which on normals agree."""

FEW = 3
"""Neighbours that must agree with a normal: two wrong ones may lie side by side."""

MOST = 0.8
"""Share of the neighbours whose own normals must agree with others' before one is called stray:
on a wire as thin as the spacing none agrees."""


BESIDE = 0.5
"""Cosine with the way to a neighbour below which it may lie on the same face."""

CLEAR = 0.3
"""The same from which on it lies before or behind a point's plane."""

ONE_SIDED = 0.25
"""Share of the neighbours on one side of the plane of a point on a ridge or in a groove."""


def without_strays(
    points: PointArray, normals: PointArray, index: Int[np.ndarray, "points neighbours"]
) -> tuple[PointArray, Bool[np.ndarray, " points"]]:
    """The normals, stray ones replaced by that of the face on which their point lies; and which.

    A single wrong normal would make a spike or a pit, as large as its neighbourhood. Those of
    points on ridges and in grooves, like the rim of a plate, are right though they stand alone.

    Args:
        points: (N, 3).
        normals: of length 1.
        index: the neighbours of each point, itself first.

    Example:
        >>> from scipy.spatial import cKDTree
        >>> ball = np.random.default_rng(0).normal(size=(2000, 3))
        >>> ball /= np.linalg.norm(ball, axis=1, keepdims=True)
        >>> index = cKDTree(ball).query(ball, k=16)[1]
        >>> some = np.arange(2000) % 50 == 0
        >>> mended, stray = without_strays(ball, np.where(some[:, None], -ball, ball), index)
        >>> bool((stray == some).all()), bool(np.sum(mended * ball, axis=1).min() > 0.9)
        (True, True)
    """
    agreed = np.zeros(len(points), bool)
    for start in range(0, len(points), CHUNK):
        part = slice(start, start + CHUNK)
        alike = np.einsum("px,pkx->pk", normals[part], normals[index[part, 1:]]) > AGREE
        beside = np.abs(_rise(points, normals, index[part])) < BESIDE
        agreed[part] = np.sum(alike & beside, axis=1) >= FEW
    stray = ~agreed & (agreed[index[:, 1:]].mean(axis=1) >= MOST)
    stray[stray] = ~_at_ridge_or_groove(points, normals, index[stray])
    if not stray.any():
        return normals, stray
    result, near = normals.copy(), index[stray, 1:]
    off = np.einsum("pkx,pkx->pk", normals[near], points[stray, None] - points[near])
    face = np.argmin(np.where(agreed[near], np.abs(off), np.inf), axis=1)[:, None]
    of_face = np.take_along_axis(normals[near], face[:, :, None], axis=1)
    weight = np.einsum("pkx,pjx->pk", normals[near], of_face) > AGREE
    mean = np.einsum("pk,pkx->px", weight.astype(float), normals[near])
    result[stray] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return result, stray


def _at_ridge_or_groove(
    points: PointArray, normals: PointArray, index: Int[np.ndarray, "some neighbours"]
) -> Bool[np.ndarray, " some"]:
    """Whether many neighbours lie on one side of a point's plane, and none on the other."""
    rise = _rise(points, normals, index)
    before, behind = (rise > CLEAR).mean(axis=1), (rise < -CLEAR).mean(axis=1)
    one_sided = (np.minimum(before, behind) == 0) & (np.maximum(before, behind) > ONE_SIDED)
    # On a thin plate the other side lies behind a wrong normal, too; but those beside oppose it.
    against = np.einsum("px,pkx->pk", normals[index[:, 0]], normals[index[:, 1:]]) < -AGREE
    return one_sided & ~np.any((np.abs(rise) <= CLEAR) & against, axis=1)


def _rise(
    points: PointArray, normals: PointArray, index: Int[np.ndarray, "some neighbours"]
) -> Float[np.ndarray, "some others"]:
    """Cosines of points' normals with the ways to their neighbours."""
    way = points[index[:, 1:]] - points[index[:, :1]]
    length = np.maximum(np.linalg.norm(way, axis=2), np.finfo(float).tiny)
    return np.einsum("px,pkx->pk", normals[index[:, 0]], way) / length
