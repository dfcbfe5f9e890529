"""Wheels of aircraft and what holds them."""

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from acutance.shapes.aircraft.airframe import Airframe
from acutance.shapes.modelling.bars import disc, rod
from acutance.shapes.modelling.copies import with_mirror_images
from acutance.shapes.modelling.curves import Point, vector

Gear = Callable[[Airframe, float], list[Manifold]]
"""From the airframe and the depth of the ground below the middle of the body."""


def no_gear(_frame: Airframe, _ground: float) -> list[Manifold]:
    """The wheels are drawn in: an empty list."""
    return []


def tricycle(frame: Airframe, ground: float) -> list[Manifold]:
    """One leg below the nose and two behind the middle."""
    return [*_nose_leg(frame, ground), *_main_legs(frame, ground, behind=0.35)]


def tail_dragger(frame: Airframe, ground: float) -> list[Manifold]:
    """Two legs ahead of the middle and a small wheel at the tail."""
    tail = frame.body.middle(np.array([0.07]))[0]
    radius = 0.12 * frame.body.radius + frame.least
    axle = tail - (0, 0.3 * frame.half_height + 1.2 * radius, 0)
    small = [rod(tail, axle, 0.7 * frame.least), _wheel(axle, radius)]
    return [*_main_legs(frame, ground, behind=-0.35), *small]


def _nose_leg(frame: Airframe, ground: float) -> list[Manifold]:
    start = frame.body.middle(np.array([0.87]))[0]
    radius = 0.8 * _wheel_radius(frame)
    axle = vector(0, radius - ground, start[2])
    return [rod(start, axle, 0.9 * frame.least), *_twins(axle, radius, frame.least)]


def _main_legs(frame: Airframe, ground: float, behind: float) -> list[Manifold]:
    """A leg at either side, from the belly outwards, `behind` a quarter of the wing's chord."""
    radius = _wheel_radius(frame)
    z = float(frame.wing.root[2]) - behind * frame.chord
    track = max(1.3 * frame.body.radius, 0.075 * frame.span)
    start = vector(0.5 * frame.body.radius, -0.35 * frame.half_height, z)
    axle = vector(track, radius - ground, z)
    leg = [rod(start, axle, 0.9 * frame.least), *_twins(axle, radius, frame.least)]
    return with_mirror_images(leg)


def _twins(axle: Point, radius: float, least: float) -> list[Manifold]:
    """Two wheels on an axle, close enough to overlap the leg between them."""
    side = vector(0.55 * radius, 0, 0)
    return [_wheel(axle + s * side, radius) for s in (-1.0, 1.0)] + [
        rod(axle - side, axle + side, least)
    ]


def _wheel_radius(frame: Airframe) -> float:
    return 0.26 * frame.body.radius + 0.6 * frame.least


def _wheel(axle: Point, radius: float) -> Manifold:
    half = vector(0.3 * radius, 0, 0)
    return disc(axle - half, axle + half, radius)
