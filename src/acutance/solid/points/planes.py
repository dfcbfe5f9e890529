"""Planes fitted to the neighbours of points."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from acutance.solid.points.neighbours import CHUNK
from acutance.types import PointArray, ScalarArray

NEIGHBOURS = 16
"""Points that a plane is fitted to: about two rings of neighbours, enough to average noise."""


@dataclass(frozen=True)
class FittedPlanes:
    """Planes of neighbourhoods.

    Attributes:
        normals: of length 1, of any sign.
        centres: means of the neighbours.
        width: variance of the neighbours along the narrower side of the plane.
        rough: variance across the plane, relative to that.
    """

    normals: PointArray
    centres: PointArray
    width: ScalarArray
    rough: ScalarArray


def fit_planes(
    points: PointArray,
    index: Int[np.ndarray, "chosen neighbours"],
    weight: Float[np.ndarray, "chosen neighbours"] | None = None,
) -> FittedPlanes:
    """The planes of neighbours.

    The normal is the eigenvector of the covariance's smallest eigenvalue (Hoppe et al. 1992,
    "Surface Reconstruction from Unorganized Points", section 3.2).

    Args:
        points: (N, 3).
        index: of the neighbours.
        weight: of the neighbours, not all 0; None stands for 1.

    Example:
        >>> square = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
        >>> np.abs(fit_planes(square, np.array([[0, 1, 2, 3]])).normals).tolist()
        [[0.0, 0.0, 1.0]]
    """
    normals, centres = np.empty((len(index), 3)), np.empty((len(index), 3))
    width, across = np.empty(len(index)), np.empty(len(index))
    step = max(1, CHUNK * NEIGHBOURS // index.shape[1])
    for start in range(0, len(index), step):
        part = slice(start, start + step)
        near = points[index[part]]
        share = np.ones(near.shape[:2]) if weight is None else weight[part]
        share = share / share.sum(axis=1, keepdims=True)
        centres[part] = np.einsum("pk,pkx->px", share, near)
        centred = near - centres[part, None]
        values, axes = np.linalg.eigh(np.einsum("pk,pkx,pky->pxy", share, centred, centred))
        normals[part], across[part], width[part] = axes[:, :, 0], values[:, 0], values[:, 1]
    width = np.maximum(width, np.finfo(float).tiny)
    return FittedPlanes(normals, centres, width, across / width)
