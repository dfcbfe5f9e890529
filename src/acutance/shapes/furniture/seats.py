"""Seats of chairs, and what carries them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from manifold3d import Manifold

from acutance.shapes.furniture.legs import Legs
from acutance.shapes.furniture.pedestals import star_pedestal, tulip_pedestal
from acutance.shapes.furniture.stance import Stance
from acutance.shapes.modelling.bars import beam, rod, tube
from acutance.shapes.modelling.curves import line, rounded, vector
from acutance.shapes.modelling.outlines import Outline, trapezoid
from acutance.shapes.modelling.panels import rounded_edge, slab
from acutance.shapes.modelling.skins import revolve

TUBE = 0.0125
"""Radius of bent steel tube."""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """The seat of a chair, in metres; the front is at +z.

    Attributes:
        width, depth: seen from above, the width at the front.
        height: of the upper face of the board.
        thickness: of the board.
        taper: ratio of the width at the rear to that at the front.
        corner: radius of the corners, seen from above.
        dish: how deep the board is hollowed.
        cushion: thickness of a cushion on it, 0 for none.
    """

    width: float
    depth: float
    height: float
    thickness: float
    taper: float
    corner: float
    dish: float
    cushion: float

    @property
    def outline(self) -> Outline:
        """From above, in (x, z), counter-clockwise."""
        return trapezoid(self.taper * self.width, self.width, self.depth, self.corner)

    @property
    def middle(self) -> float:
        """Height of the middle of the board, where all that holds it ends."""
        return self.height - 0.5 * self.thickness

    @property
    def underside(self) -> float:
        """Height of the board's lower face."""
        return self.height - self.thickness

    def half_width(self, z: float) -> float:
        """Distance of the sides from x = 0 at z, corners left aside."""
        return self.width / 2 * (self.taper + (1 - self.taper) * (0.5 + z / self.depth))

    def stance(self, legs: Legs) -> Stance:
        """Where legs stand so that the board covers their tops, at its round corners too."""
        inset = 0.3 * self.corner + legs.inset
        return Stance(
            front=self.width / 2 - inset,
            rear=self.taper * self.width / 2 - inset,
            front_z=self.depth / 2 - inset,
            rear_z=inset - self.depth / 2,
            top=self.middle,
            splay=legs.splay,
        )

    def parts(self) -> list[Manifold]:
        """The board, and the cushion if there is one."""
        soft = min(0.4 * self.thickness, 0.012)
        plate = slab(self.outline, self.underside, self.height, rounded_edge(soft, self.thickness))
        if self.cushion > 0:
            thick = self.cushion + 0.01
            edge = rounded_edge(0.45 * thick, thick)
            bottom = self.height - 0.01
            return [plate, slab(0.96 * self.outline, bottom, bottom + thick, edge)]
        return [plate - self._hollow() if self.dish else plate]

    def _hollow(self) -> Manifold:
        """What is cut out of the board: a lens, `dish` deep."""
        radius = 0.42
        x = np.linspace(0.0, 1.3 * radius, 22)
        rim = np.stack([x, self.dish * ((x / radius) ** 2 - 1)], axis=1)
        lens = revolve(np.append(rim, [(0.0, rim[-1, 1])], axis=0))
        size = (self.taper * self.width, 1.0, self.depth)
        return lens.scale(size).translate((0, self.height, 0))


Base = Callable[[Seat, Legs], list[Manifold]]


def four_legged(seat: Seat, legs: Legs) -> list[Manifold]:
    """Four legs at the corners."""
    return legs.under(seat.stance(legs), seat.underside)


def star_based(seat: Seat, _legs: Legs) -> list[Manifold]:
    """A star with castors, and a plate under the seat."""
    plate = rod(
        vector(0, seat.underside - 0.035, 0), vector(0, seat.middle, 0), 0.05, 0.3 * seat.depth
    )
    return [plate, *star_pedestal(seat.underside, 0.58 * seat.width, 0.024, 5)]


def tulip_based(seat: Seat, _legs: Legs) -> list[Manifold]:
    """One stem that opens towards the floor and the seat."""
    return tulip_pedestal(seat.middle, 0.5 * seat.width, 0.026)


def cantilever(seat: Seat, _legs: Legs) -> list[Manifold]:
    """One bent tube: back under the seat, down in front, and along the floor to a closed loop."""
    half, front, rear = 0.43 * seat.taper * seat.width, 0.46 * seat.depth, -0.45 * seat.depth
    high, low, end = seat.underside, TUBE, -0.3 * seat.depth
    side = [(half, high, end), (half, high, front), (half, low, front), (half, low, rear)]
    corners = np.array([*side, *((-x, y, z) for x, y, z in reversed(side))])
    return [tube(rounded(corners, 0.06), TUBE), _crossbar(half, high, 0.8 * end)]


def sled(seat: Seat, _legs: Legs) -> list[Manifold]:
    """A bent tube at either side that stands on the floor along its length."""
    half, end = 0.41 * seat.taper * seat.width, 0.42 * seat.depth
    high, low, spread = seat.underside, TUBE, 0.04
    tubes = []
    for x in (half, -half):
        profile = [(high, -0.4 * end), (high, end), (low, end + spread), (low, -end - spread)]
        profile += [(high, -end), (high, 0.4 * end)]
        corners = np.array([(x, y, z) for y, z in profile])
        tubes.append(tube(rounded(corners, 0.045), TUBE))
    return [*tubes, _crossbar(half, high, 0.9 * end), _crossbar(half, high, -0.85 * end)]


def _crossbar(half: float, height: float, z: float) -> Manifold:
    """A flat bar across, between the two sides of a frame."""
    return beam(line(vector(-half, height, z), vector(half, height, z)), 0.026, 0.014, (0, 1, 0))
