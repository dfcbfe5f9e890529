"""Tails of aircraft."""

from collections.abc import Callable

import numpy as np
from manifold3d import Manifold

from acutance.shapes.aircraft.airframe import Airframe
from acutance.shapes.aircraft.wings import LiftingSurface
from acutance.shapes.modelling.curves import Point, vector

Tail = Callable[[Airframe], list[Manifold]]
"""From the airframe: fins and tailplanes."""


def plain_tail(frame: Airframe) -> list[Manifold]:
    """A fin, and a tailplane at the body."""
    return [_fin(frame).solid(), *_tailplane(frame, _root(frame)).pair()]


def cross_tail(frame: Airframe) -> list[Manifold]:
    """A fin, with the tailplane part of the way up."""
    fin = _fin(frame)
    return [fin.solid(), *_tailplane(frame, fin.at(0.45)).pair()]


def t_tail(frame: Airframe) -> list[Manifold]:
    """A fin with the tailplane on top."""
    fin = _fin(frame)
    return [fin.solid(), *_tailplane(frame, fin.at(0.95)).pair()]


def v_tail(frame: Airframe) -> list[Manifold]:
    """Two surfaces that are fin and tailplane at once."""
    return _tailplane(frame, _root(frame), angle=38.0, grown=1.25).pair()


def twin_tail(frame: Airframe) -> list[Manifold]:
    """Two fins that lean outwards from the shoulders of a broad body, and a tailplane."""
    shoulder = _root(frame) + vector(0.5 * frame.body.radius, 0.2 * frame.half_height, 0)
    plane = _tailplane(frame, _root(frame))
    return [*_fin(frame, shoulder, angle=72.0).pair(), *plane.pair()]


def end_plate_tail(frame: Airframe) -> list[Manifold]:
    """A tailplane with a fin at either end."""
    plane = _tailplane(frame, _root(frame), grown=1.15)
    tip = plane.at(0.93)
    up = _fin(frame, tip - (0, 0.02 * frame.body.length, 0), grown=0.55)
    return [*plane.pair(), *up.pair()]


def lone_fin(frame: Airframe) -> list[Manifold]:
    """A fin only, behind a delta wing."""
    return [_fin(frame, grown=1.1).solid()]


def _root(frame: Airframe) -> Point:
    """Where a surface starts in the end of the body: a quarter of its chord behind its nose."""
    along = 0.02 + 0.75 * _chord(frame) / frame.body.length
    return frame.body.middle(np.array([along]))[0]


def _chord(frame: Airframe) -> float:
    """Chord of the tail's surfaces where they meet the body."""
    return 0.3 * frame.fin * frame.body.length + 0.075 * frame.body.length


def _fin(
    frame: Airframe, root: Point | None = None, angle: float = 90.0, grown: float = 1.0
) -> LiftingSurface:
    """An upright surface; its height is counted from the root inside the body."""
    start = _root(frame) if root is None else root
    straight = frame.sweep < 10
    return LiftingSurface(
        root=start,
        length=grown * frame.fin * frame.body.length,
        chord=_chord(frame) * (1.15 if grown >= 1 else 0.8),
        tip=_chord(frame) * 0.55,
        sweep=22.0 if straight else 38.0,
        angle=angle,
        thickness=0.1,
        least=frame.least,
    )


def _tailplane(
    frame: Airframe, root: Point, angle: float | None = None, grown: float = 1.0
) -> LiftingSurface:
    """The right half of a level surface through a point at x = 0."""
    overlap = -0.05 * frame.body.radius
    return LiftingSurface(
        root=root + vector(overlap if angle is None else 0.0, 0, 0),
        length=grown * max(0.19 * frame.span, 0.17 * frame.body.length),
        chord=0.88 * _chord(frame),
        tip=0.5 * _chord(frame),
        sweep=0.9 * frame.sweep + 4,
        angle=2.0 if angle is None else angle,
        thickness=0.1,
        least=frame.least,
    )
