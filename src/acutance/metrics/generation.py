"""How well a set of new shapes stands for a set of real ones.

The three numbers of the field, from distances between shapes: minimum matching distance and
coverage (Achlioptas et al. 2018, arXiv 1707.02392, section 4), and the accuracy of the nearest
neighbour (Yang et al. 2019, arXiv 1906.12320, section 5.1, after Lopez-Paz and Oquab 2017).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from acutance.types import PointArray

Apart = Callable[[PointArray, PointArray], float]
"""How far two shapes are apart, from points of their surfaces."""


@dataclass(frozen=True, kw_only=True)
class SetScores:
    """New shapes beside real ones.

    Attributes:
        matching: mean distance of a real shape from the nearest new one; less is better.
        coverage: share of the real shapes that are the nearest one of a new shape; more is better.
        accuracy: share of all shapes whose nearest other one is of their own set: 0.5 where the two
            cannot be told apart, 1 where they are apart, and less than 0.5 where new shapes lie on
            real ones.
    """

    matching: float
    coverage: float
    accuracy: float


def score_set(new: Sequence[PointArray], real: Sequence[PointArray], apart: Apart) -> SetScores:
    """Compare two sets of shapes of the same size.

    Args:
        new: points of the surface of each new shape.
        real: the same of each real one.
        apart: how far two shapes are apart, the same both ways.

    Raises:
        ValueError: the sets are not of the same size, or of fewer than two shapes.

    Example:
        >>> real = [np.full((1, 3), x) for x in (0.0, 1.0, 2.0)]
        >>> new = [shape + 0.1 for shape in real]
        >>> score_set(new, real, lambda a, b: float(np.abs(a - b).max()))
        SetScores(matching=0.1..., coverage=1.0, accuracy=0.0)
    """
    if len(new) != len(real) or len(new) < 2:
        raise ValueError(f"two sets of the same size are needed, got {len(new)} and {len(real)}")
    every, count = [*new, *real], len(new)
    matrix = np.full((2 * count, 2 * count), np.inf)
    for i, first in enumerate(every):
        for j in range(i):
            matrix[i, j] = matrix[j, i] = apart(first, every[j])
    between = matrix[:count, count:]
    is_new = np.arange(2 * count) < count
    return SetScores(
        matching=float(between.min(axis=0).mean()),
        coverage=len(np.unique(between.argmin(axis=1))) / count,
        accuracy=float((is_new[matrix.argmin(axis=1)] == is_new).mean()),
    )


def earth_movers(
    first: Float[np.ndarray, "points 3"], second: Float[np.ndarray, "points 3"]
) -> float:
    """Earth mover's distance ×10³: the mean way of points that are moved one to one, at best.

    It is exact (Jonker and Volgenant), and takes time that grows with the cube of the points.

    Example:
        >>> points = np.random.default_rng(0).random((20, 3))
        >>> round(earth_movers(points, points[::-1] + [0, 0, 0.5]))
        500
    """
    ways = cdist(first, second)
    return 1e3 * float(ways[linear_sum_assignment(ways)].mean())
