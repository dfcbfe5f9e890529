"""Long parts: rods, tubes and beams."""

import numpy as np
from manifold3d import Manifold

from acutance.shapes.modelling.curves import Point, Polyline3D, line
from acutance.shapes.modelling.outlines import circle, rectangle
from acutance.shapes.modelling.skins import sweep

UP = (0.0, 1.0, 0.0)
SIDEWAYS = (1.0, 0.0, 0.0)
FORWARD = (0.0, 0.0, 1.0)

EDGE = 0.12
"""Rounding of a beam's edges as a part of its smaller side: wood is never razor-sharp."""


def tube(path: Polyline3D, radius: float) -> Manifold:
    """A round bar of one radius along a path.

    >>> from acutance.shapes.modelling.curves import vector
    >>> bar = tube(line(vector(0, 0, 0), vector(0, 1, 0)), radius=0.02)
    >>> round(bar.volume() / (np.pi * 0.02**2), 1)
    1.0
    """
    return sweep(path, circle(radius), across=_aside(path[1] - path[0]))


def rod(start: Point, end: Point, radius: float, end_radius: float | None = None) -> Manifold:
    """A straight round bar, tapered if the radius at the end differs.

    >>> from acutance.shapes.modelling.curves import vector
    >>> leg = rod(vector(0, 0.7, 0), vector(0, 0, 0), radius=0.02, end_radius=0.01)
    >>> round(leg.volume() / (np.pi * 0.7 * (0.02**2 + 0.02 * 0.01 + 0.01**2) / 3), 1)
    1.0
    """
    ratio = 1.0 if end_radius is None else end_radius / radius
    scale = np.array([1.0, ratio])
    return sweep(line(start, end), circle(radius), scale, _aside(end - start))


def beam(
    path: Polyline3D, thick: float, wide: float, across: tuple[float, float, float]
) -> Manifold:
    """A bar of rectangular section, `wide` along `across` and `thick` along the third direction.

    >>> from acutance.shapes.modelling.curves import vector
    >>> rail = beam(line(vector(-1, 0, 0), vector(1, 0, 0)), thick=0.02, wide=0.1, across=UP)
    >>> [round(size, 3) for size in rail.bounding_box()]
    [-1.0, -0.05, -0.01, 1.0, 0.05, 0.01]
    """
    return sweep(path, rectangle(thick, wide, EDGE * min(thick, wide)), across=across)


def ball(centre: Point, radius: float) -> Manifold:
    """A sphere.

    >>> from acutance.shapes.modelling.curves import vector
    >>> round(ball(vector(0, 1, 0), radius=0.1).bounding_box()[4], 6)
    1.1
    """
    return Manifold.sphere(radius, len(circle(radius))).translate(tuple(centre))


def disc(start: Point, end: Point, radius: float) -> Manifold:
    """A short cylinder with slightly rounded rims: a wheel, a joint or a knob.

    >>> from acutance.shapes.modelling.curves import vector
    >>> wheel = disc(vector(0, 0, 0), vector(0.1, 0, 0), radius=0.3)
    >>> [round(end, 3) for end in wheel.bounding_box()[::3]]
    [0.0, 0.1]
    """
    soft = 0.2 * min(radius, float(np.linalg.norm(end - start)))
    along = (end - start) / np.linalg.norm(end - start)
    path = np.array([start, start + soft * along, end - soft * along, end])
    scale = np.array([1 - soft / radius, 1.0, 1.0, 1 - soft / radius])
    return sweep(path, circle(radius), scale, _aside(along))


def _aside(direction: Point) -> tuple[float, float, float]:
    """The axis farthest from a direction."""
    return (SIDEWAYS, UP, FORWARD)[int(np.argmin(np.abs(direction)))]
