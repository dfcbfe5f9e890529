"""Closed skins through rings of points: the one way in which curved parts are made."""

import numpy as np
from jaxtyping import Float
from manifold3d import CrossSection, Manifold, Mesh64

from acutance.shapes.modelling.curves import Polyline3D
from acutance.shapes.modelling.outlines import Outline, circle

Rings = Float[np.ndarray, "knots sides 3"]
Scale = float | Float[np.ndarray, " knots"] | Float[np.ndarray, "knots 2"]


def loft(rings: Rings) -> Manifold:
    """The solid within rings of points, capped at both ends; each is star-shaped about its mean.

    >>> square = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]], dtype=np.float64)
    >>> loft(np.stack([square, square + (0, 2, 0)])).volume()
    2.0
    """
    knots, sides = rings.shape[:2]
    points = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(axis=1)])
    index = np.arange(knots * sides).reshape(knots, sides)
    a, b = index[:-1], np.roll(index, -1, axis=1)[:-1]
    walls = [np.stack([a, b, b + sides], -1), np.stack([a, b + sides, a + sides], -1)]
    ends = [(index[0, ::-1], knots * sides), (index[-1], knots * sides + 1)]
    caps = [np.stack([rim, np.roll(rim, -1), np.full(sides, hub)], -1) for rim, hub in ends]
    faces = np.concatenate([wall.reshape(-1, 3) for wall in walls] + caps).astype(np.uint64)
    solid = Manifold(Mesh64(points, faces))
    return solid if solid.volume() > 0 else Manifold(Mesh64(points, faces[:, ::-1].copy()))


def stack(
    path: Polyline3D, section: Outline, scale: Scale = 1.0, axes: tuple[int, int] = (0, 2)
) -> Manifold:
    """Copies of a section around the knots of a path, all parallel to two axes, and their skin.

    Args:
        path: centres of the copies.
        section: the outline of scale 1.
        scale: of every copy, the same or another along the outline's two coordinates.
        axes: where the outline's coordinates lie: (0, 2) is level, as the foot of a leg is.

    >>> path = np.array([[0.0, 0.0, 0.0], [0.5, 2.0, 0.0]])
    >>> round(stack(path, circle(0.1, sides=4)).volume(), 6)  # base times height: it is sheared
    0.04
    """
    rings = np.repeat(path[:, None], len(section), axis=1)
    rings[..., axes] += _scaled(section, scale, len(path))
    return loft(rings)


def sweep(
    path: Polyline3D,
    section: Outline,
    scale: Scale = 1.0,
    across: tuple[float, float, float] = (0, 1, 0),
) -> Manifold:
    """A section along a path, perpendicular to it and turning as little as it can.

    Args:
        path: the centre line.
        section: the outline of scale 1.
        scale: as in `stack`.
        across: where the outline's second coordinate points to at the start; not along the path.

    >>> path = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 3.0]])
    >>> round(sweep(path, circle(0.1, sides=4)).volume(), 6)
    0.06
    """
    ahead = np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    second = np.empty_like(path)
    current = np.asarray(across, dtype=np.float64)
    for knot, tangent in enumerate(ahead):
        current = current - (current @ tangent) * tangent
        current /= np.linalg.norm(current)
        second[knot] = current
    first = np.cross(second, ahead)
    size = _scaled(section, scale, len(path))
    return loft(path[:, None] + size[..., :1] * first[:, None] + size[..., 1:] * second[:, None])


def revolve(profile: Float[np.ndarray, "corners 2"]) -> Manifold:
    """A closed polygon of (radius, height), radius ≥ 0, turned about the y axis.

    >>> cone = revolve(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]]))
    >>> round(cone.volume() / np.pi, 2)
    1.0
    """
    sides = len(circle(float(profile[:, 0].max())))
    outline = CrossSection([profile])
    if outline.area() <= 0:  # clockwise
        outline = CrossSection([profile[::-1]])
    return outline.revolve(sides).rotate((-90, 0, 0))


def _scaled(section: Outline, scale: Scale, knots: int) -> Float[np.ndarray, "knots sides 2"]:
    factor = np.asarray(scale, dtype=np.float64)
    factor = factor[:, None] if factor.ndim == 1 else factor
    return section * np.broadcast_to(factor, (knots, 2))[:, None]
