"""What carries a lamp: feet on the floor or the table, and upright stems."""

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from acutance.shapes.furniture.pedestals import VASE
from acutance.shapes.modelling.bars import disc, rod
from acutance.shapes.modelling.curves import monotone_spline, vector
from acutance.shapes.modelling.outlines import rectangle
from acutance.shapes.modelling.panels import rounded_edge, slab
from acutance.shapes.modelling.skins import revolve

Foot = Callable[[float], Manifold]
"""From the radius: a foot that stands on the floor, at least FOOT_HEIGHT high on the axis."""

Stem = Callable[[float, float], Manifold]
"""From height and radius: what stands on the axis, from y = 0 up to the height."""

FOOT_HEIGHT = 0.02

# fmt: off
GOURD = monotone_spline(np.array([
    (0, 2.2), (0.04, 2.6), (0.1, 2.3), (0.3, 5.2), (0.42, 5.6), (0.6, 3.6), (0.72, 1.8),
    (0.78, 1.9), (0.82, 1.1), (0.86, 0.9), (1, 0.9),
]), 48)
# fmt: on
"""Radius of a ceramic body at parts of its height."""


def disc_foot(radius: float) -> Manifold:
    """A flat disc."""
    return disc(vector(0, 0, 0), vector(0, FOOT_HEIGHT, 0), radius)


def dome_foot(radius: float) -> Manifold:
    """A low dome."""
    angle = np.linspace(0.0, np.pi / 2, 14)
    arc = np.stack([radius * np.cos(angle), 0.01 + 0.3 * radius * np.sin(angle)], axis=1)
    return revolve(np.concatenate([[(0.0, 0.0), (radius, 0.0)], arc]))


def block_foot(radius: float) -> Manifold:
    """A square block."""
    side, tall = 1.7 * radius, FOOT_HEIGHT + 0.1 * radius
    return slab(rectangle(side, side, 0.1 * radius), 0.0, tall, rounded_edge(0.003, tall))


def ceiling_canopy(height: float) -> Manifold:
    """The dome at the ceiling, from which a lamp of the height hangs."""
    return dome_foot(0.06 + 0.02 * height).rotate((180, 0, 0)).translate((0, height + 0.005, 0))


def bar_stem(height: float, radius: float) -> Manifold:
    """A plain bar."""
    return rod(vector(0, 0, 0), vector(0, height, 0), radius)


def turned_stem(height: float, radius: float) -> Manifold:
    """A column from the lathe."""
    along = (VASE[:, 0] - VASE[0, 0]) / (1 - VASE[0, 0])
    return _turned(np.stack([along, VASE[:, 1] * 1.2], axis=1), height, radius)


def gourd_stem(height: float, radius: float) -> Manifold:
    """A ceramic body with a neck."""
    return _turned(GOURD * (1.0, max(min(0.24 * height / radius / 5.6, 1.0), 0.4)), height, radius)


def beaded_stem(height: float, radius: float) -> Manifold:
    """Beads on a bar, the lowest the largest."""
    along = np.linspace(0.0, 1.0, 97)
    bead = np.abs(np.sin(4 * np.pi * along)) * (2.6 - 1.2 * along)
    return _turned(np.stack([along, np.maximum(bead, 0.8)], axis=1), height, radius)


def _turned(profile: np.ndarray, height: float, radius: float) -> Manifold:
    """A profile of (part of the height, radius in radii), closed along the axis and turned."""
    outer = profile[:, ::-1] * (radius, height)
    return revolve(np.concatenate([[(0.0, 0.0)], outer, [(0.0, height)]]))
