"""Normals that came with a cloud: whether they stand on its surface, and point outwards."""

import numpy as np
from jaxtyping import Int
from scipy.spatial import cKDTree

from acutance.errors import InputError
from acutance.solid.points.exposure import Exposure, exposure
from acutance.solid.points.neighbours import nearest
from acutance.solid.points.normals import exposed_planes, oriented
from acutance.solid.points.planes import NEIGHBOURS, fit_planes
from acutance.solid.points.strays import without_strays
from acutance.types import PointArray

FLAT = 0.05
"""Variance across the plane of the neighbours, relative to that along, below which its normal is
known well enough to judge another."""

LEAST_FLAT = 0.1
"""Share of such points that is needed for a judgement."""

ASKEW = 0.5
"""Cosine with the plane's normal below which a normal does not stand on the surface."""

FEWEST = 100
"""Points whose normals can be estimated: of a cube of 50, a fifth of the volume is made up."""

MOST_ASKEW = 0.1
"""Share of such normals from which on all are estimated: of random ones it is a half."""

MOST_WRONG = 0.03
"""Share of normals of wrong sign from which on the signs are found anew; a few change nothing."""

IN_PLANE = 0.3
"""Cosine of a normal with the way to a neighbour up to which both lie on one sheet, not on two
sides of something thin."""


def sound_normals(
    points: PointArray, normals: PointArray | None
) -> tuple[PointArray, Exposure, tuple[str, ...]]:
    """Unit normals that can be relied on, the exposed sides of the points, and what was mended.

    Normals are estimated where there are none, or where those that came do not stand on the surface
    that the points show. Directions are kept, and signs found anew, where many point to the wrong
    side: to where no ball that rolls around the shape touches the point, or, of open clouds,
    against their neighbours.

    Args:
        points: (N, 3), distinct, in the unit frame.
        normals: of length 1, or None.

    Returns:
        The normals, the exposure of their points, and sentences for the user.

    Raises:
        InputError: too few points for normals to be estimated.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> ball = rng.normal(size=(2000, 3))
        >>> ball /= np.linalg.norm(ball, axis=1, keepdims=True)
        >>> flipped = ball * rng.choice([-1, 1], size=(2000, 1))
        >>> normals, _, notes = sound_normals(0.9 * ball, flipped)
        >>> 'of the normals pointed to' in notes[0], bool(np.allclose(normals, ball))
        (True, True)
    """
    index = nearest(cKDTree(points), points, NEIGHBOURS)[1]
    if normals is None:
        found, seen = _estimated(points)
        return (
            without_strays(points, found, index)[0],
            seen,
            ("The points had no normals; they were estimated and oriented from neighbours.",),
        )
    found, seen, notes = _mended(points, normals, index)
    found, stray = without_strays(points, found, index)
    if stray.any():
        count = int(stray.sum())
        what = "1 normal agrees" if count == 1 else f"{count:,} normals agree"
        were = "was" if count == 1 else "were"
        notes += (f"{what} with none of those around and {were} replaced.",)
    return found, seen, notes


def _mended(
    points: PointArray, normals: PointArray, index: Int[np.ndarray, "points neighbours"]
) -> tuple[PointArray, Exposure, tuple[str, ...]]:
    """As `sound_normals`, for what is wrong with many of the normals."""
    askew = _askew(points, normals, index)
    if askew > MOST_ASKEW:
        return *_estimated(points), (
            f"{100 * askew:.0f} % of the normals do not stand on the surface that the points show; "
            "all were estimated anew.",
        )
    seen = exposure(points, normals)
    if seen.known.any():
        wrong = float(np.mean(seen.side[seen.known] < 0))
    else:
        wrong = _against_neighbours(points, normals, index)
    if wrong > 1 - MOST_WRONG:
        turned = Exposure(-seen.side, seen.open)
        return -normals, turned, ("The normals pointed inwards and were turned.",)
    if wrong > MOST_WRONG:
        return (
            oriented(points, normals, seen),
            seen,
            (
                f"{100 * wrong:.1f} % of the normals pointed to the wrong side; the signs of all "
                "were found anew.",
            ),
        )
    return normals, seen, ()


def _estimated(points: PointArray) -> tuple[PointArray, Exposure]:
    if len(points) < FEWEST:
        raise InputError(
            f"{len(points)} points without sound normals show no surface: at least {FEWEST} are "
            "needed. Sample the surface more densely, or give the points their normals."
        )
    normals, seen = exposed_planes(points)
    return oriented(points, normals, seen), seen


def _askew(
    points: PointArray, normals: PointArray, index: Int[np.ndarray, "points neighbours"]
) -> float:
    """Share of the normals that do not stand on the surface, where that is known."""
    own = fit_planes(points, index)
    flat = own.rough < FLAT
    if np.mean(flat) < LEAST_FLAT:
        return 0.0
    cosine = np.abs(np.einsum("px,px->p", normals[flat], own.normals[flat]))
    return float(np.mean(cosine < ASKEW))


def _against_neighbours(
    points: PointArray, normals: PointArray, index: Int[np.ndarray, "points neighbours"]
) -> float:
    """Share of wrong signs that explains how many normals oppose a neighbour on the same sheet."""
    opposed = pairs = 0
    for column in index.T[1:9]:
        way = points[column] - points
        length = np.maximum(np.linalg.norm(way, axis=1), np.finfo(float).tiny)
        beside = np.abs(np.einsum("px,px->p", normals, way)) < IN_PLANE * length
        cosine = np.einsum("px,px->p", normals, normals[column])
        opposed += int(np.sum(beside & (cosine < -ASKEW)))
        pairs += int(np.sum(beside & (np.abs(cosine) > ASKEW)))
    share = opposed / max(pairs, 1)
    return float(0.5 - np.sqrt(max(0.25 - 0.5 * share, 0.0)))  # of 2q(1 − q) = share
