"""The body of a sofa, without its cushions: a box, with arms and a back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from manifold3d import CrossSection, Manifold

from acutance.shapes.modelling.copies import with_mirror_images
from acutance.shapes.modelling.curves import rounded, vector
from acutance.shapes.modelling.outlines import circle, rectangle
from acutance.shapes.modelling.panels import board, box
from acutance.shapes.modelling.skins import loft

TUCK = 0.02
"""How far parts of the body reach into each other, in metres."""

STAGGER = 0.006
"""Offset, in metres, between faces of neighbouring parts that would otherwise lie in one plane:
where faces coincide, a union depends on rounding."""


@dataclass(frozen=True, kw_only=True)
class SofaBody:
    """Dimensions of a sofa without its cushions, in metres; heights are above the floor.

    Attributes:
        seats: places to sit, 1 to 4.
        place: width of one.
        depth: of the seat, from the back to the front edge.
        deck: height on which the seat cushions lie.
        clearance: height of the feet.
        softness: radius of the edges.
        arm_width, arm_height: of the arms.
        back_thickness, back_height: of the back.
        chaise: how much longer the last place is, 0 for none.
        chaise_side: 1 for the chaise at +x, −1 at −x.
    """

    seats: int
    place: float
    depth: float
    deck: float
    clearance: float
    softness: float
    arm_width: float
    arm_height: float
    back_thickness: float
    back_height: float
    chaise: float
    chaise_side: float

    @property
    def half(self) -> float:
        """Half of the width between the arms."""
        return self.seats * self.place / 2

    @property
    def rear(self) -> float:
        """z of the front of the back; the front edge of the seats lies at rear + depth."""
        return self.back_thickness - (self.depth + self.back_thickness) / 2

    @property
    def front(self) -> float:
        """z of the front edge of the seats, a chaise left aside."""
        return self.rear + self.depth

    def places(self) -> list[tuple[float, float, float]]:
        """Left and right edge and front edge of every place."""
        edges = np.linspace(-self.half, self.half, self.seats + 1)
        last = 0 if self.chaise_side < 0 else self.seats - 1
        fronts = [self.front + (self.chaise if i == last else 0.0) for i in range(self.seats)]
        return list(zip(edges[:-1].tolist(), edges[1:].tolist(), fronts, strict=True))

    def parts(self) -> list[Manifold]:
        """What the cushions lie on: a box, and one below a chaise."""
        soft, rear = 0.3 * self.softness, self.rear - self.back_thickness + 0.01
        top = self.deck + 0.01
        lower = vector(-self.half - TUCK, self.clearance, rear)
        parts = [box(lower, vector(self.half + TUCK, top, self.front), soft)]
        if self.chaise:
            ends = sorted(self.chaise_side * x for x in (self.half, self.half - self.place))
            lower = vector(ends[0], self.clearance + STAGGER, rear + STAGGER)
            upper = vector(ends[1], top - STAGGER, self.front + self.chaise)
            parts.append(box(lower, upper, soft))
        return parts


SofaArms = Callable[[SofaBody], list[Manifold]]
"""From the body: both arms."""

SofaBack = Callable[[SofaBody], list[Manifold]]
"""From the body: the parts of its back."""


def straight_back(body: SofaBody) -> list[Manifold]:
    """A padded wall."""
    half = body.half + TUCK - STAGGER
    lower = vector(-half, body.clearance + STAGGER, body.rear - body.back_thickness)
    return [box(lower, vector(half, body.back_height, body.rear), body.softness)]


def rolled_back(body: SofaBody) -> list[Manifold]:
    """A wall that ends in a roll, which turns over to the rear."""
    roll = 0.42 * body.back_thickness + 0.02
    top = body.back_height - roll
    middle = body.rear - body.back_thickness / 2
    bottom = body.clearance + STAGGER
    wall = CrossSection.square((0.8 * body.back_thickness, top - bottom), center=True)
    drawing = wall.translate((-middle, (top + bottom) / 2))
    drawing += CrossSection([circle(roll)]).translate((-middle + 0.025, top))
    length = 2 * (body.half + TUCK - STAGGER)
    return [board(drawing, length).rotate((0, 90, 0))]


def camel_back(body: SofaBody) -> list[Manifold]:
    """A wall whose top rises in a wave to the middle."""
    half, bottom = body.half + TUCK - STAGGER, body.clearance + STAGGER
    rings = []
    for x in np.linspace(-half, half, 49):
        top = body.back_height - 0.12 + 0.13 * np.cos(0.5 * np.pi * x / half) ** 2
        side = rectangle(body.back_thickness, top - bottom, body.softness)
        z, y = side[:, 0] + body.rear - body.back_thickness / 2, side[:, 1] + (top + bottom) / 2
        rings.append(np.stack([np.full_like(y, x), y, z], axis=1))
    return [loft(np.stack(rings))]


def no_sofa_arms(_body: SofaBody) -> list[Manifold]:
    """No arms: an empty list."""
    return []


def box_arms(body: SofaBody) -> list[Manifold]:
    """Padded boxes."""
    lower = vector(body.half, body.clearance - STAGGER, body.rear - body.back_thickness + STAGGER)
    upper = vector(body.half + body.arm_width, body.arm_height, body.front - STAGGER)
    return with_mirror_images([box(lower, upper, body.softness)])


def rolled_arms(body: SofaBody) -> list[Manifold]:
    """Walls that end in a roll, which turns over to the outside; its round front shows."""
    roll = 0.5 * body.arm_width + 0.02
    top = body.arm_height - roll
    bottom = body.clearance - STAGGER
    wall = CrossSection.square((body.arm_width, top - bottom))
    drawing = wall.translate((body.half, bottom))
    drawing += CrossSection([circle(roll)]).translate((body.half + 0.62 * body.arm_width, top))
    return with_mirror_images([_along(drawing, body)])


def flared_arms(body: SofaBody) -> list[Manifold]:
    """Walls that lean outwards above the seat, thinner at the top."""
    wide, bottom = body.arm_width, body.clearance - STAGGER
    tall, outer = body.arm_height - bottom, 1.65 * body.arm_width
    foot, head = [(0, 0), (wide, 0)], [(outer, tall), (outer - 0.6 * wide, tall)]
    corners = np.array([*foot, *head, (0, 0.6 * tall)])
    drawing = CrossSection([rounded(corners, 0.15 * wide, closed=True)])
    wall = _along(drawing.translate((body.half - 0.25 * TUCK, bottom)), body)
    return with_mirror_images([wall])


def open_arms(body: SofaBody) -> list[Manifold]:
    """Wooden frames: a post in front, one behind, and a broad rest on both."""
    wood, rear = 0.045, body.rear - body.back_thickness + 0.03
    x = body.half - 0.005
    high = body.arm_height - 0.01
    posts = [
        box(vector(x, 0, z), vector(x + wood, high, z + wood), 0.006)
        for z in (rear, body.front - 0.1)
    ]
    rest = box(
        vector(x - 0.015, body.arm_height - 0.035, rear - 0.01),
        vector(x + 0.065, body.arm_height, body.front - 0.02),
        0.012,
    )
    rail = box(
        vector(x, body.deck - 0.09, rear),
        vector(x + wood, body.deck - 0.02, body.front - 0.06),
        0.006,
    )
    return [side for part in (*posts, rest, rail) for side in with_mirror_images([part])]


def _along(drawing: CrossSection, body: SofaBody) -> Manifold:
    """A drawing in (x, y), as long as the seat and the back are deep."""
    length = body.depth + body.back_thickness - 2 * STAGGER
    middle = (body.front + body.rear - body.back_thickness) / 2
    return board(drawing, length).translate((0, 0, middle))
