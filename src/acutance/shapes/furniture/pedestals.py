"""Supports around one column: on a disc, on a star with castors, on curved feet."""

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from acutance.shapes.modelling.bars import UP, disc, rod
from acutance.shapes.modelling.copies import copies_around
from acutance.shapes.modelling.curves import Point, monotone_spline, spline, vector
from acutance.shapes.modelling.outlines import rectangle
from acutance.shapes.modelling.skins import revolve, sweep

Pedestal = Callable[[float, float, float, int], list[Manifold]]
"""From the height, the reach of the foot, the radius of the column and a number of feet."""

# fmt: off
VASE = monotone_spline(np.array([
    (0.13, 0.9), (0.16, 1.2), (0.3, 1.35), (0.36, 0.85), (0.4, 1.15), (0.44, 0.75), (0.56, 1.3),
    (0.62, 1.35), (0.85, 0.7), (0.88, 1.1), (0.92, 1.1), (0.94, 0.9), (1, 0.9),
]), 40)
# fmt: on
"""Radius of a turned column at parts of its height, from below the feet to the top."""


def disc_pedestal(height: float, reach: float, radius: float, _count: int = 0) -> list[Manifold]:
    """A column on a flat disc with a small collar."""
    rim = 0.045 * reach + 0.006
    profile = [(0, 0), (reach, 0), (reach, 0.7 * rim), (0.97 * reach, rim), (2 * radius, 1.4 * rim)]
    collar = [(1.5 * radius, 1.4 * rim + radius), (radius, 1.4 * rim + 2 * radius)]
    return [revolve(np.array([*profile, *collar, (radius, height), (0, height)]))]


def tulip_pedestal(height: float, reach: float, radius: float, _count: int = 0) -> list[Manifold]:
    """One piece that flows from the floor into a slim waist and opens at the top."""
    knots = [(reach, 0.012), (0.55 * reach, 0.07 * height), (0.2 * reach + radius, 0.22 * height)]
    waist = [(1.05 * radius, 0.5 * height), (1.25 * radius, 0.8 * height), (2.2 * radius, height)]
    flow = spline(np.array(knots + waist), 24)
    return [revolve(np.concatenate([[(0, 0), (reach, 0)], flow, [(0, height)]]))]


def star_pedestal(height: float, reach: float, radius: float, count: int = 5) -> list[Manifold]:
    """An office chair's foot: a gas spring, arms that slope outwards, and twin castors."""
    wheel = 0.032
    lift = 2 * wheel + 0.012
    arm_path = np.stack([vector(0, lift + 0.045, 0), vector(0, lift + 0.008, reach)])
    scale = np.array([[1.25, 1.3], [0.7, 0.75]])
    arm = sweep(arm_path, rectangle(0.042, 0.036, 0.009), scale)
    hub = rod(vector(0, lift - 0.01, 0), vector(0, lift + 0.085, 0), 1.5 * radius, 1.15 * radius)
    column = rod(vector(0, lift, 0), vector(0, height, 0), radius, 0.75 * radius)
    castor = _castor(vector(0, 0, reach - 0.018), wheel, lift)
    return [hub, column, *(part for leg in (arm, castor) for part in copies_around(leg, count))]


def claw_pedestal(height: float, reach: float, radius: float, count: int = 3) -> list[Manifold]:
    """A turned column on curved feet that leave it a little above the floor."""
    low, thick = 0.16 * height, max(0.55 * radius, 0.012)
    knots = [(low * 1.7, 0.0), (low * 1.75, 0.3 * reach), (low, 0.65 * reach), (thick, reach)]
    path = spline(np.array([vector(0, y, z) for y, z in knots]), 16)
    foot = sweep(
        path, rectangle(1.6 * thick, 2 * thick, 0.4 * thick), np.linspace(1.5, 0.9, 16), UP
    )
    pad = disc(vector(0, 0, reach), vector(0, 1.6 * thick, reach), 1.3 * thick)
    column = revolve(np.array([(0, 0.13), *VASE[:, ::-1], (0, 1)]) * (radius, height))
    return [column, *copies_around(foot, count), *copies_around(pad, count)]


def _castor(foot: Point, wheel: float, lift: float) -> Manifold:
    """Two wheels on an axle and the pin that holds them, which stands on the floor at `foot`."""
    hub = foot + vector(0, wheel, 0)
    half = vector(0.02, 0, 0)
    right = disc(hub + 0.35 * half, hub + 1.3 * half, wheel)
    left = disc(hub - 0.35 * half, hub - 1.3 * half, wheel)
    pin = rod(hub, foot + vector(0, lift + 0.01, 0), 0.011)
    return right + left + pin + rod(hub - half, hub + half, 0.5 * wheel)
