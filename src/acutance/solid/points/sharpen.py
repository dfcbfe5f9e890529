"""Normals beside edges: of the planes of one face, not of a mean over several."""

import itertools

import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.solid.points.planes import FittedPlanes, fit_planes
from acutance.types import PointArray

BENT = 4.0
"""How many times rougher than most flat ones a bent neighbourhood is: noise makes them differ by
two to three times."""

FLATTEST = 25
"""Percentage of the neighbourhoods that are flatter than that, even of a few points of a cube."""

LEVEL = 0.03
"""Roughness from which on a neighbourhood may be bent: that across an edge that turns by 38°."""

NOISE, EXACT = 2.0, 0.02
"""How far points lie from the plane of their face: so many times the deviation in the flattest
neighbourhood around (or in most, should that be bent too), or, of exact points, this share of the
neighbourhood's width."""

ROUNDS = 2
"""How often planes are fitted to the neighbours on one face."""

LEAST = 4.0
"""Neighbours, with itself, that the plane of a face needs."""

COLLINEAR = 0.1
"""Sine of the angle between two neighbours below which no plane is taken through them."""

CHUNK = 2048
"""Points worked on at once, each with a hundred planes."""


def sharpened(
    points: PointArray,
    index: Int[np.ndarray, "points neighbours"],
    own: FittedPlanes,
    fewer: FittedPlanes,
    near: Float[np.ndarray, " points"],
) -> PointArray:
    """Normals of the planes, of any sign; where a neighbourhood is bent, that of its own face.

    Args:
        points: (N, 3), distinct.
        index: the neighbours of each point, itself first.
        own: the planes of the neighbourhoods.
        fewer: those of smaller neighbourhoods.
        near: how far points lie from the plane of their face (see `face_noise`).

    Example:
        >>> from scipy.spatial import cKDTree
        >>> x, y = np.random.default_rng(0).uniform(-1, 1, (2, 2000))
        >>> roof = np.stack([x, y, -np.abs(x)], axis=1)  # two faces that meet in an edge
        >>> index = cKDTree(roof).query(roof, k=16)[1]
        >>> own, fewer = fit_planes(roof, index), fit_planes(roof, index[:, :9])
        >>> sharp = sharpened(roof, index, own, fewer, face_noise(index, own, fewer))
        >>> right = np.stack([np.sign(x), 0 * x, 1 + 0 * x], axis=1) / 2**0.5
        >>> wrong = [
        ...     np.mean(np.abs(np.sum(normals * right, axis=1)) < 0.95)
        ...     for normals in (own.normals, sharp)
        ... ]
        >>> bool(wrong[0] > 0.03), bool(wrong[1] < 0.005)
        (True, True)
    """
    normals = own.normals.copy()
    flat = min(np.percentile(planes.rough, FLATTEST) for planes in (own, fewer))
    bent = np.flatnonzero(own.rough > max(BENT * flat, LEVEL))
    normals[bent] = face_normals(points, index[bent], near[bent], normals[bent])
    return normals


def face_noise(
    index: Int[np.ndarray, "points neighbours"], own: FittedPlanes, fewer: FittedPlanes
) -> Float[np.ndarray, " points"]:
    """How far points lie from the plane of their face; arguments as `sharpened`."""
    deviation = np.sqrt(np.maximum(fewer.rough * fewer.width, 0.0))
    noise = np.minimum(deviation[index].min(axis=1), np.median(deviation))
    return np.maximum(NOISE * noise, EXACT * np.sqrt(own.width))


def face_normals(
    points: PointArray,
    index: Int[np.ndarray, "some neighbours"],
    near: Float[np.ndarray, " some"],
    otherwise: Float[np.ndarray, "some 3"],
    weight: Float[np.ndarray, "some neighbours"] | None = None,
) -> Float[np.ndarray, "some 3"]:
    """Normals of the faces that points lie on.

    The plane of a neighbourhood across an edge cuts the corner. So of all planes through the point
    and two neighbours that is taken which most neighbours lie on, and then fitted to those (Boulch
    and Marlet 2012, "Fast and Robust Normal Estimation for Point Clouds with Sharp Features").

    Args:
        points: (N, 3), distinct.
        index: of some points, and of their neighbours.
        near: how far points lie from the plane of their face.
        otherwise: normals for points that lie on no plane with others.
        weight: of the neighbours.
    """
    normals = otherwise.copy()
    weight = np.ones(index.shape) if weight is None else weight
    for start in range(0, len(index), CHUNK):
        part = slice(start, start + CHUNK)
        way = points[index[part]] - points[index[part, :1]]
        normal, told = _fullest(way, near[part], weight[part])
        for _ in range(ROUNDS):
            off = np.einsum("pkx,px->pk", way, normal)
            on = np.where(told[:, None], weight[part] * _on(off, near[part]), 1.0)
            normal = fit_planes(points, index[part], on).normals
        normals[part][told] = normal[told]
    return normals


def _fullest(
    way: Float[np.ndarray, "some neighbours 3"],
    near: Float[np.ndarray, " some"],
    weight: Float[np.ndarray, "some neighbours"],
) -> tuple[Float[np.ndarray, "some 3"], Bool[np.ndarray, " some"]]:
    """Normals of the planes that most neighbours lie on, and where that are enough."""
    distance = np.linalg.norm(way, axis=2)
    normals, most = np.zeros((len(way), 3)), np.zeros(len(way))
    for one, other in itertools.combinations(range(1, way.shape[1]), 2):
        normal = np.cross(way[:, one], way[:, other])
        length = np.linalg.norm(normal, axis=1)
        normal /= np.maximum(length, np.finfo(float).tiny)[:, None]
        on = np.sum(weight * _on(np.einsum("pkx,px->pk", way, normal), near), axis=1)
        better = (on > most) & (length > COLLINEAR * distance[:, one] * distance[:, other])
        normals[better], most[better] = normal[better], on[better]
    return normals, most >= LEAST


def _on(
    off: Float[np.ndarray, "some neighbours"], near: Float[np.ndarray, " some"]
) -> Float[np.ndarray, "some neighbours"]:
    """How much neighbours so far off a plane lie on it: 1 on it, almost 0 far away."""
    return np.exp(-0.5 * (off / near[:, None]) ** 2)
