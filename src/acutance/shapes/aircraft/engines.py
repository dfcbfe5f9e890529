"""Engines of aircraft, and where they sit."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from manifold3d import Manifold

from acutance.shapes.aircraft.airframe import Airframe
from acutance.shapes.modelling.copies import with_mirror_images
from acutance.shapes.modelling.curves import Point, line, vector
from acutance.shapes.modelling.outlines import airfoil, superellipse
from acutance.shapes.modelling.skins import revolve, stack

Power = Callable[[Airframe], list[Manifold]]
"""From the airframe: engines, propellers and what holds them."""

LENGTHWISE = (90, 0, 0)
"""Angles about the axes, in degrees, that turn +y to +z."""


def no_power(_frame: Airframe) -> list[Manifold]:
    """No engines, as of a glider: an empty list."""
    return []


def under_wing(frame: Airframe) -> list[Manifold]:
    """Jets on pylons, below and ahead of the wing."""
    radius, wing = _jet_radius(frame), frame.wing
    parts = []
    for part in (0.34,) if frame.engines == 1 else (0.3, 0.56):
        hold = wing.at(part, -0.05)
        place = wing.at(part, 0.3) + vector(0, -1.25 * radius - 0.06 * frame.chord, 0.9 * radius)
        ends = np.stack([place, hold])
        pylon = stack(ends, airfoil(), _pylon(frame, 2.4 * radius), axes=(2, 0))
        parts += [*jet(place, 3.4 * radius, radius, frame.least), pylon]
    return with_mirror_images(parts)


def at_tail(frame: Airframe) -> list[Manifold]:
    """Jets at both sides of the rear body."""
    radius, body = _jet_radius(frame), frame.body
    along = np.array([0.24])
    middle = body.middle(along)[0] + (0, 0.35 * frame.half_height, 0)
    place = middle + vector(body.radius * float(body.size(along)[0]) + 1.15 * radius, 0, 0)
    pylon = stack(np.stack([place, middle]), airfoil(), _pylon(frame, 2.2 * radius), axes=(2, 1))
    return with_mirror_images([*jet(place, 3.8 * radius, radius, frame.least), pylon])


def nose_propeller(frame: Airframe) -> list[Manifold]:
    """A propeller in front of the body."""
    nose = frame.body.middle(np.array([1.0]))[0]
    return propeller(nose, frame.disc, frame.blades, frame.least)


def wing_propellers(frame: Airframe) -> list[Manifold]:
    """Propellers in front of long cowlings in the wing."""
    radius, wing = frame.engine_radius * frame.body.radius, frame.wing
    parts = []
    for part in (0.32,) if frame.engines == 1 else (0.27, 0.53):
        place = wing.at(part) - (0, 0.2 * radius, 0)
        front, rear = 0.75 * frame.chord, 0.8 * frame.chord
        along = np.linspace(-1.0, 1.0, 25)
        size = np.where(along < 0, 1 - np.abs(along) ** 2.2, 1 - 0.5 * along**4)
        path = place + np.stack([0 * along, 0 * along, np.where(along > 0, front, rear) * along], 1)
        section = superellipse(radius, 1.1 * radius, 2.2, 32)
        parts.append(stack(path, section, np.maximum(size, 0.03), axes=(0, 1)))
        parts += propeller(path[-1], frame.disc, frame.blades, frame.least)
    return with_mirror_images(parts)


def buried(frame: Airframe) -> list[Manifold]:
    """A jet inside the body: intakes at its sides and a nozzle at its end."""
    body = frame.body
    along = np.linspace(0.26, 0.66, 12)
    sides = body.middle(along) + vector(0.95 * body.radius, 0, 0)
    grow = np.interp(along, [0.26, 0.42, 0.66], [0.35, 1.0, 1.0])
    section = superellipse(0.42 * body.radius, 0.72 * frame.half_height, 4.0, 32)
    duct = stack(sides, section, grow, axes=(0, 1))
    inner = 1.0 - frame.least / (0.42 * body.radius)
    mouth = line(sides[-1] - (0, 0, 0.05 * body.length), sides[-1] + (0, 0, 1))
    parts = with_mirror_images([duct - stack(mouth, section, max(inner, 0.4), axes=(0, 1))])
    return [*parts, _nozzle(frame)]


def jet(place: Point, length: float, radius: float, wall: float) -> list[Manifold]:
    """An engine with a lip, a fan behind it, and a cone in the exhaust; its middle at the place."""
    half, inner = length / 2, radius - wall
    cone = [(0.0, -1.25), (0.45 * inner, -0.65), (0.8 * radius - wall, -0.65)]
    outside = [(0.8, -1.0), (0.95, -0.45), (1.0, 0.1), (1.0, 0.5), (0.96, 0.85), (0.93, 0.96)]
    lip = [(inner + 0.3 * wall, 1.0), (0.97 * inner, 0.9), (0.95 * inner, 0.6)]
    spinner = [(0.34 * inner, 0.6), (0.2 * inner, 0.76), (0.0, 0.84)]
    profile = [*cone, *((radius * r, z) for r, z in outside), *lip, *spinner]
    return [revolve(np.array(profile) * (1, half)).rotate(LENGTHWISE).translate(tuple(place))]


def propeller(place: Point, reach: float, blades: int, thick: float) -> list[Manifold]:
    """Twisted blades and a pointed spinner, in front of the place."""
    spin, stations = 0.15 * reach, np.linspace(0.0, 1.0, 9)
    angle = np.linspace(0.0, np.pi / 2, 10)
    nose = np.stack([spin * np.cos(angle), 1.9 * spin * np.sin(angle)], axis=1)
    hub = revolve(np.concatenate([[(0.0, -spin), (spin, -spin)], nose]))
    chord = reach * np.interp(stations, [0, 0.3, 0.7, 0.95, 1], [0.1, 0.17, 0.18, 0.14, 0.08])
    scale = np.stack([chord, np.linspace(1.4 * thick, thick, len(chord))], axis=1)
    path = line(vector(0, 0, 0), vector(0, reach, 0), len(chord))

    def twist(points: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        pitch = np.radians(55 - 35 * points[:, 1] / reach)
        x, y, z = points.T
        cos, sin = np.cos(pitch), np.sin(pitch)
        return np.stack([x * cos - z * sin, y, x * sin + z * cos], axis=1)

    blade = stack(path, superellipse(0.5, 0.5, 2.0, 20), scale).warp_batch(twist)
    turned = [blade.rotate((0, 0, 25 + 360 * i / blades)) for i in range(blades)]
    return [part.translate(tuple(place)) for part in (hub.rotate(LENGTHWISE), *turned)]


def _nozzle(frame: Airframe) -> Manifold:
    """A short pipe at the end of the body, hollow behind."""
    body = frame.body
    radius = 0.92 * body.radius * body.tail_end
    length, wall = 1.6 * radius, frame.least
    pipe = [(0.0, 1.0), (radius, 1.0), (1.02 * radius, 0.5), (0.85 * radius, 0.0)]
    hollow = [(0.85 * radius - wall, 0.0), (0.8 * radius - wall, 0.6), (0.0, 0.6)]
    end = body.middle(np.array([0.0]))[0] - (0, 0, 0.65 * length)
    return (
        revolve(np.array([*pipe, *hollow]) * (1, length)).rotate(LENGTHWISE).translate(tuple(end))
    )


def _jet_radius(frame: Airframe) -> float:
    """Radius of a jet that leaves room for its lips."""
    return max(frame.engine_radius * frame.body.radius, 4.5 * frame.least)


def _pylon(frame: Airframe, chord: float) -> Float[np.ndarray, "2 2"]:
    """Chord and thickness of a pylon at both ends."""
    return np.array([[chord, 1.5 * frame.least], [1.15 * chord, 1.5 * frame.least]])
