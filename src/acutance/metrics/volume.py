"""Overlap of two volumes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from acutance.types import PointArray

SignedDistance = Callable[[PointArray], Shaped[np.ndarray, " points"]]
"""Points to signed distances, negative inside; only the sign is used."""


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Intersection over union of two volumes.

    Attributes:
        iou: in [0, 1]; 1 for equal volumes.
        error: its standard error, which comes from the random points.
        points: number of random points.
    """

    iou: float
    error: float
    points: int


def overlap(
    first: SignedDistance,
    second: SignedDistance,
    bounds: Float[np.ndarray, "2 3"],
    count: int,
    rng: np.random.Generator,
) -> Overlap | None:
    """Intersection over union by uniform random points (Occupancy Networks, Mescheder et al. 2019).

    Args:
        first, second: signed distances.
        bounds: lower and upper corner of a box that holds both volumes.
        count: number of random points.
        rng: source of randomness.

    Returns:
        the overlap, or None if no point is inside either volume.

    Example:
        >>> import numpy as np
        >>> def ball(points):
        ...     return np.linalg.norm(points, axis=1) - 0.5
        >>> box = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
        >>> overlap(ball, ball, box, 1000, np.random.default_rng(0)).iou
        1.0
    """
    points = rng.uniform(bounds[0], bounds[1], (count, 3))
    inside_first, inside_second = first(points) < 0, second(points) < 0
    union = int((inside_first | inside_second).sum())
    if union == 0:
        return None
    iou = float((inside_first & inside_second).sum()) / union
    return Overlap(iou=iou, error=float(np.sqrt(iou * (1.0 - iou) / union)), points=count)
