"""Lamps: shades on stems, tripods, arms and joints, or hanging from a cord."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from manifold3d import Manifold

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.furniture import shades, stems
from acutance.shapes.modelling.assembly import assembled
from acutance.shapes.modelling.bars import ball, disc, rod, tube
from acutance.shapes.modelling.copies import copies_around
from acutance.shapes.modelling.curves import Point, spline, vector
from acutance.shapes.modelling.drawing import between, one_of


@dataclass(frozen=True, kw_only=True)
class LampParameters:
    """A lamp, in metres.

    Attributes:
        layout: how its parts are put together.
        height: of the stem without the shade, or of the whole where the shade hangs.
        shade: its shade or shades.
        foot, foot_radius: what it stands on.
        stem, stem_radius: what carries the shade; the radius is also that of arms and cords.
        branches: number of arms where there are several, or of a tripod's legs.
        reach: how far arms or the legs of a tripod go outwards.
        lower_angle, upper_angle: of a desk lamp's arms above the horizon, in degrees.
        tilt: of a desk lamp's shade out of the vertical, in degrees.
        turn: of the branches about the axis, in degrees.
    """

    layout: "Layout"
    height: float
    shade: shades.Shade
    foot: stems.Foot
    foot_radius: float
    stem: stems.Stem
    stem_radius: float
    branches: int
    reach: float
    lower_angle: float
    upper_angle: float
    tilt: float
    turn: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "LampParameters":
        """A lamp for the floor, the table, the desk or the ceiling."""
        layout, height, width, bar = one_of(rng, *LAYOUTS)
        height *= between(rng, 0.85, 1.15)
        held = layout in (desk, arc, branched, chandelier)
        wall = 0.006 + 0.006 * height
        return cls(
            layout=layout,
            height=height,
            shade=shades.draw_shade(rng, width * between(rng, 0.8, 1.2), wall, held=held),
            foot=one_of(rng, stems.disc_foot, stems.dome_foot, stems.block_foot),
            foot_radius=between(rng, 0.08, 0.1) + 0.05 * height,
            stem=one_of(rng, *(STOUT if layout is standing and height < 0.7 else SLIM)),
            stem_radius=bar * between(rng, 0.85, 1.2),
            branches=int(rng.integers(3, 6)),
            reach=height * between(rng, 0.34, 0.44),
            lower_angle=between(rng, 55, 80),
            upper_angle=between(rng, -10, 30),
            tilt=between(rng, 20, 50),
            turn=between(rng, 0, 90),
        )


Layout = Callable[[LampParameters], list[Manifold]]
"""From the parameters: all parts of the lamp."""


def lamp(p: LampParameters) -> TriangleMesh:
    """The lamp, standing on y = 0; a hanging one stands on its lowest point."""
    return assembled(p.layout(p))


def standing(p: LampParameters) -> list[Manifold]:
    """A foot, a stem and a shade at its end."""
    return [p.foot(p.foot_radius), p.stem(p.height, p.stem_radius), *_crown(p)]


def tripod(p: LampParameters) -> list[Manifold]:
    """A shade on three or more legs that meet in a hub."""
    count = 3 + p.branches % 2
    hub, thick = 0.94 * p.height, 1.1 * p.stem_radius
    leg = rod(vector(0.6 * thick, hub, 0), vector(p.reach, 0, 0), thick, 0.7 * thick)
    head = disc(vector(0, hub - 0.03, 0), vector(0, hub + 0.03, 0), 2.6 * thick)
    neck = rod(vector(0, hub, 0), vector(0, p.height, 0), p.stem_radius)
    return [head, neck, *copies_around(leg, count, p.turn), *_crown(p)]


def pendant(p: LampParameters) -> list[Manifold]:
    """A shade on a cord below a canopy."""
    return [stems.ceiling_canopy(p.height), *_hung(p, vector(0, 0, 0), p.height - 0.01)]


def desk(p: LampParameters) -> list[Manifold]:
    """Two arms with joints, the shade aimed at the table."""
    bar, length = p.stem_radius, 0.62 * p.height
    shoulder = vector(0, 0.06, -0.3 * p.foot_radius)
    elbow = shoulder + length * _direction(p.lower_angle, backwards=True)
    wrist = elbow + 0.95 * length * _direction(p.upper_angle)
    joints = [_joint(place, 2.1 * bar) for place in (shoulder, elbow, wrist)]
    post = rod(shoulder * (1, 0, 1), shoulder, 1.5 * bar)
    shade = p.shade
    head = [
        part.translate((0, -shade.top - 3 * shade.wall, 0))
        .rotate((-p.tilt, 0, 0))
        .translate(tuple(wrist))
        for part in shade.from_above()
    ]
    arms = [rod(shoulder, elbow, bar), rod(elbow, wrist, 0.85 * bar)]
    return [p.foot(p.foot_radius), post, *arms, *joints, *head]


def arc(p: LampParameters) -> list[Manifold]:
    """A bow from a heavy foot over to a shade that hangs at its end."""
    reach, top, rear = 1.6 * p.reach, p.height, -1.2 * p.reach
    knots = [(0, rear), (0.62 * top, rear - 0.02), (0.97 * top, 0.3 * rear), (top, 0.25 * reach)]
    end = vector(0, 0.9 * top, reach)
    path = spline(np.stack([*(vector(0, y, z) for y, z in knots), end]), 48)
    foot = p.foot(1.5 * p.foot_radius).translate((0, 0, rear))
    head = p.shade.from_above()
    drop = end[1] - p.shade.top - 3.0 * p.shade.wall
    return [foot, tube(path, p.stem_radius), *(part.translate((0, drop, reach)) for part in head)]


def branched(p: LampParameters) -> list[Manifold]:
    """A stem with arms at several heights, each with a small shade."""
    parts = [p.foot(p.foot_radius), stems.bar_stem(p.height, p.stem_radius)]
    parts.append(ball(vector(0, p.height, 0), 1.6 * p.stem_radius))
    count = 2 + p.branches % 3
    for i in range(count):
        level = p.height * (0.97 - 0.13 * i)
        corners = [(0, level - 0.05), (0.5 * p.reach, level + 0.03), (0.8 * p.reach, level)]
        path = spline(np.array([vector(x, y, 0) for x, y in corners]), 16)
        arm = [tube(path, 0.7 * p.stem_radius), *_hung(p, path[-1], level)]
        angle = p.turn + 360.0 * i / count
        parts += [part.rotate((0, angle, 0)) for part in arm]
    return parts


def chandelier(p: LampParameters) -> list[Manifold]:
    """Arms that swing down from a hub and up again, with a small shade on each."""
    hub, reach = 0.42 * p.height, p.reach + p.shade.lower
    cord = rod(vector(0, 0.3 * p.height, 0), vector(0, p.height, 0), p.stem_radius)
    knots = [(0, hub), (0.35 * reach, hub - 0.3 * reach), (0.8 * reach, hub - 0.25 * reach)]
    path = spline(np.array([vector(x, y, 0) for x, y in (*knots, (reach, hub))]), 28)
    arm = tube(path, 0.8 * p.stem_radius)
    cup = disc(path[-1] - (0, 0.012, 0), path[-1] + (0, 0.006, 0), 2.6 * p.stem_radius)
    light = [part.translate(tuple(path[-1] - (0, 0.004, 0))) for part in p.shade.on_stem()]
    middle = [
        ball(vector(0, y, 0), r * p.stem_radius) for y, r in ((hub, 3.2), (0.3 * p.height, 2))
    ]
    branches = [
        copy for part in (arm, cup, *light) for copy in copies_around(part, p.branches, p.turn)
    ]
    return [cord, *middle, stems.ceiling_canopy(p.height), *branches]


STOUT = (stems.turned_stem, stems.gourd_stem, stems.beaded_stem, stems.bar_stem)
SLIM = (stems.bar_stem, stems.turned_stem)
LAYOUTS = (
    (standing, 0.32, 0.16, 0.013),
    (standing, 0.38, 0.19, 0.013),
    (standing, 0.5, 0.18, 0.014),
    (standing, 1.3, 0.22, 0.013),
    (standing, 1.35, 0.19, 0.014),
    (tripod, 1.15, 0.23, 0.015),
    (tripod, 0.35, 0.15, 0.012),
    (pendant, 0.75, 0.2, 0.008),
    (desk, 0.5, 0.085, 0.009),
    (arc, 1.7, 0.19, 0.015),
    (branched, 1.5, 0.085, 0.013),
    (chandelier, 0.75, 0.075, 0.01),
)
"""Layouts with their usual height, radius of the shade and radius of the stem, in metres."""


def _crown(p: LampParameters) -> list[Manifold]:
    """The shade around the upper end of the stem."""
    lift = (0, p.height - 0.25 * p.shade.top, 0)
    return [part.translate(lift) for part in p.shade.on_stem()]


def _hung(p: LampParameters, place: Point, top: float) -> list[Manifold]:
    """The shade hanging below a place on a straight cord that begins at the height `top`."""
    drop = top - 0.55 * p.height if p.layout is pendant else 0.06
    under = top - drop
    cord = rod(vector(place[0], under, place[2]), vector(place[0], top, place[2]), p.stem_radius)
    lower = (place[0], under - p.shade.top - 3.0 * p.shade.wall, place[2])
    return [cord, *(part.translate(lower) for part in p.shade.from_above())]


def _joint(place: Point, radius: float) -> Manifold:
    """A drum across the arms."""
    half = vector(0.9 * radius, 0, 0)
    return disc(place - half, place + half, radius)


def _direction(angle: float, *, backwards: bool = False) -> Point:
    """A direction in the plane x = 0, degrees above the horizon."""
    forward = -1.0 if backwards else 1.0
    return vector(0, np.sin(np.radians(angle)), forward * np.cos(np.radians(angle)))
