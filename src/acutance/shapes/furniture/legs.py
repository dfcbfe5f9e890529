"""Legs in five styles, and sets of four of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from manifold3d import Manifold

from acutance.shapes.furniture.stance import (
    Stance,
    Stretcher,
    box_stretcher,
    h_stretcher,
    no_stretcher,
    x_stretcher,
)
from acutance.shapes.modelling.curves import Point, line, monotone_spline
from acutance.shapes.modelling.drawing import between, chance, one_of
from acutance.shapes.modelling.outlines import circle, rectangle
from acutance.shapes.modelling.skins import stack

Leg = Callable[[Point, Point, float], Manifold]
"""From the point where a leg meets what it carries, the point where it stands and its radius."""

# fmt: off
TURNING = monotone_spline(np.array([
    (0, 1), (0.16, 1), (0.18, 0.75), (0.2, 0.75), (0.22, 1), (0.24, 1.05), (0.26, 0.7), (0.3, 0.62),
    (0.42, 0.95), (0.52, 1.1), (0.62, 1), (0.74, 0.75), (0.84, 0.58), (0.86, 0.8), (0.88, 0.9),
    (0.9, 0.8), (0.915, 0.6), (0.95, 0.7), (0.98, 0.75), (1, 0.7),
]), 36)
"""Radius of a turned leg along its length, from the top: block, ring, vase, ring and foot."""

CABRIOLE = monotone_spline(np.array([
    (0, 0, 1.35), (0.1, 0.5, 1.4), (0.22, 0.75, 1.2), (0.4, 0.35, 0.95), (0.6, -0.25, 0.75),
    (0.78, -0.45, 0.62), (0.9, -0.15, 0.65), (0.96, 0.25, 0.95), (1, 0.3, 1.05),
]), 24)
"""Way outwards, in radii, and radius of a cabriole leg along its length: knee, ankle and foot."""
# fmt: on


def round_leg(top: Point, foot: Point, radius: float) -> Manifold:
    """A round leg that tapers towards the floor."""
    return stack(line(top, foot), circle(radius), np.array([1.0, 0.62]))


def square_leg(top: Point, foot: Point, radius: float) -> Manifold:
    """A straight square leg."""
    return stack(line(top, foot), rectangle(2 * radius, 2 * radius, 0.2 * radius))


def tapered_leg(top: Point, foot: Point, radius: float) -> Manifold:
    """A square leg, straight at first and then tapered."""
    scale = np.array([1.0, 1.0, 0.55])
    path = np.stack([top, top + 0.22 * (foot - top), foot])
    return stack(path, rectangle(2.1 * radius, 2.1 * radius, 0.15 * radius), scale)


def turned_leg(top: Point, foot: Point, radius: float) -> Manifold:
    """A leg from the lathe."""
    return stack(top + TURNING[:, :1] * (foot - top), circle(1.1 * radius), TURNING[:, 1])


def cabriole_leg(top: Point, foot: Point, radius: float) -> Manifold:
    """A leg with a knee, an ankle and a foot, swung away from the middle of the shape."""
    along, swing, size = CABRIOLE.T
    outward = np.sign(top) * (1, 0, 1) / np.sqrt(2)
    path = top + along[:, None] * (foot - top) + 1.8 * radius * swing[:, None] * outward
    return stack(path, circle(radius), size)


@dataclass(frozen=True, kw_only=True)
class Legs:
    """Four legs and what joins them, in metres.

    Attributes:
        style, radius: of the legs.
        splay: way outwards for every metre down.
        apron: height of the boards between the tops of the legs, 0 for none.
        stretcher, stretcher_height: the bars between the legs.
    """

    style: Leg
    radius: float
    splay: float
    apron: float
    stretcher: Stretcher
    stretcher_height: float

    @property
    def inset(self) -> float:
        """How far a leg's centre stays away from the edges of what covers it."""
        return 1.25 * self.radius + 0.004

    def under(self, stance: Stance, ceiling: float) -> list[Manifold]:
        """The legs with their boards and bars, below something whose lower face is at `ceiling`."""
        level = ceiling - self.apron / 2 + 0.002
        boards = stance.rails(level, 0.9 * self.radius, self.apron) if self.apron > 0 else []
        ends = zip(stance.at(stance.top), stance.at(0.0), strict=True)
        legs = [self.style(top, foot, self.radius) for top, foot in ends]
        bars = self.stretcher(stance, self.stretcher_height, 0.55 * self.radius)
        return [*legs, *boards, *bars]


STYLES = (round_leg, square_leg, tapered_leg, turned_leg, cabriole_leg)
STRETCHERS = (no_stretcher, box_stretcher, h_stretcher, x_stretcher)


def draw_legs(
    rng: np.random.Generator, radius: float, splay: float, apron: float, height: float
) -> Legs:
    """Legs of a radius, with up to the given splay, apron and stretcher height."""
    style = one_of(rng, *STYLES)
    # A swung leg isn't where bars would look for it, and needs a board to stand out from.
    swung = style is cabriole_leg
    straight = swung or style is square_leg
    return Legs(
        style=style,
        radius=radius,
        splay=0.0 if straight else between(rng, 0.0, splay),
        apron=between(rng, 0.6 * apron, apron) if swung or chance(rng, 0.5) else 0.0,
        stretcher=no_stretcher if swung else one_of(rng, *STRETCHERS),
        stretcher_height=between(rng, 0.4 * height, height),
    )
