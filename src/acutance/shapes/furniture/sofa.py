"""Sofas: a body on feet with arms, a back and loose cushions, with or without a chaise."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from manifold3d import Manifold

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.furniture import upholstery
from acutance.shapes.furniture.legs import Leg, round_leg, square_leg, tapered_leg, turned_leg
from acutance.shapes.furniture.upholstery import TUCK, SofaBody
from acutance.shapes.modelling.assembly import assembled
from acutance.shapes.modelling.curves import vector
from acutance.shapes.modelling.drawing import between, chance, one_of
from acutance.shapes.modelling.panels import cushion

TOUCH = 0.006
"""How far neighbouring cushions reach into each other where they are widest, in metres: there
is a groove between them, but no gap that is too thin to be seen."""

ARMS = (
    upholstery.box_arms,
    upholstery.box_arms,
    upholstery.rolled_arms,
    upholstery.flared_arms,
    upholstery.open_arms,
    upholstery.no_sofa_arms,
)


@dataclass(frozen=True, kw_only=True)
class SofaParameters:
    """A sofa, in metres.

    Attributes:
        body: dimensions without the cushions.
        arms, back: their kinds.
        cushion: thickness of the seat cushions.
        bulge: how much thicker cushions are in the middle, as a part of the thickness.
        back_cushions: whether cushions lean on the back.
        recline: how far these lean, in degrees.
        pillows: small cushions in the corners, 0 to 2.
        foot, foot_radius: style and size of the feet.
        sweep: how much farther forward the ends of the whole sofa are than its middle.
    """

    body: SofaBody
    arms: upholstery.SofaArms
    back: upholstery.SofaBack
    cushion: float
    bulge: float
    back_cushions: bool
    recline: float
    pillows: int
    foot: Leg
    foot_radius: float
    sweep: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "SofaParameters":
        """A sofa of one to four seats."""
        body = _draw_body(rng)
        straight, rolled = upholstery.straight_back, upholstery.rolled_back
        back = one_of(rng, straight, straight, rolled, upholstery.camel_back)
        curved = body.seats > 1 and not body.chaise and chance(rng, 0.25)
        return cls(
            body=body,
            arms=one_of(rng, *ARMS),
            back=back,
            cushion=between(rng, 0.13, 0.18),
            bulge=between(rng, 0.08, 0.22),
            back_cushions=back is straight or (back is rolled and chance(rng, 0.4)),
            recline=between(rng, 7.0, 13.0),
            pillows=int(rng.integers(0, 3)) if body.seats > 1 else 0,
            foot=one_of(rng, round_leg, square_leg, tapered_leg, turned_leg),
            foot_radius=between(rng, 0.022, 0.032),
            sweep=between(rng, 0.12, 0.3) if curved else 0.0,
        )

    @property
    def seat_height(self) -> float:
        """Height of the upper side of the seat cushions at their edges."""
        return self.body.deck + self.cushion


def _draw_body(rng: np.random.Generator) -> SofaBody:
    seats = int(rng.integers(1, 5))
    return SofaBody(
        seats=seats,
        place=between(rng, 0.54, 0.68),
        depth=between(rng, 0.54, 0.66),
        deck=between(rng, 0.26, 0.3),
        clearance=between(rng, 0.06, 0.16),
        softness=between(rng, 0.018, 0.05),
        arm_width=between(rng, 0.1, 0.22),
        arm_height=between(rng, 0.56, 0.68),
        back_thickness=between(rng, 0.13, 0.2),
        back_height=between(rng, 0.74, 0.9),
        chaise=between(rng, 0.45, 0.75) if seats > 1 and chance(rng, 0.35) else 0.0,
        chaise_side=one_of(rng, -1.0, 1.0),
    )


def sofa(p: SofaParameters) -> TriangleMesh:
    """The sofa, standing on y = 0 and looking to +z."""
    body = p.body
    parts = [*body.parts(), *p.back(body), *p.arms(body), *_seat_cushions(p), *_feet(p)]
    parts += [*_back_cushions(p), *_pillows(p)]
    return assembled([_swept(part, p) for part in parts] if p.sweep else parts)


def _swept(straight: Manifold, p: SofaParameters) -> Manifold:
    """A part of the sofa whose ends come forward on a parabola."""

    def forward(points: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        moved = points.copy()
        moved[:, 2] += p.sweep * (points[:, 0] / p.body.half) ** 2
        return moved

    return straight.refine_to_length(0.07).warp_batch(forward)


def _seat_cushions(p: SofaParameters) -> list[Manifold]:
    """One cushion a place."""
    body, parts = p.body, []
    for (left, right, front), softness in zip(body.places(), _softnesses(body), strict=True):
        # Sunk into the deck by the rounding: no tunnels run below the cushions.
        lower = vector(left - TOUCH, body.deck - softness, body.rear - TUCK)
        upper = vector(right + TOUCH, p.seat_height, front + 0.015)
        parts.append(cushion(lower, upper, softness, p.bulge))
    return parts


def _back_cushions(p: SofaParameters) -> list[Manifold]:
    """One cushion a place that leans on the back."""
    if not p.back_cushions:
        return []
    body, thick, parts = p.body, 0.15, []
    tall = body.back_height - p.seat_height + 0.03
    for (left, right, _), softness in zip(body.places(), _softnesses(body), strict=True):
        lower = vector(left - TOUCH, -0.04, -0.5 * thick)
        upper = vector(right + TOUCH, tall, 0.5 * thick)
        soft = cushion(lower, upper, 1.3 * softness, 1.6 * p.bulge)
        place = (0, p.seat_height, body.rear + 0.42 * thick + 0.04)
        parts.append(soft.rotate((-p.recline, 0, 0)).translate(place))
    return parts


def _softnesses(body: SofaBody) -> list[float]:
    """Radius of the edges of every place's cushions: neighbours differ a little.

    Mirrored cushions would meet edge on edge, where a union depends on rounding.
    """
    return [body.softness * (1.0 + 0.09 * (i % 2)) for i in range(body.seats)]


def _pillows(p: SofaParameters) -> list[Manifold]:
    """Small cushions that lean into the corners between seat, back and arms."""
    body, parts = p.body, []
    soft = cushion(vector(-0.2, -0.02, -0.05), vector(0.2, 0.38, 0.05), 0.035, 1.1)
    z = body.rear + (0.27 if p.back_cushions else 0.1)
    for side in (1.0, -1.0)[: p.pillows]:
        leaning = soft.rotate((-18, 0, 0)).rotate((0, -side * 22, 0))
        parts.append(leaning.translate((side * (body.half - 0.23), p.seat_height, z)))
    return parts


def _feet(p: SofaParameters) -> list[Manifold]:
    """Feet under the corners of the body, under its middle if it is long, and under the chaise."""
    body, inset = p.body, p.foot_radius + 0.03
    rear, front = body.rear - body.back_thickness + inset + 0.02, body.front - inset
    spots = [(0.0, rear), (0.0, front)] if body.seats > 2 else []
    if p.arms is not upholstery.open_arms:  # whose posts stand on the floor
        outer = body.half - inset + (0 if p.arms is upholstery.no_sofa_arms else body.arm_width)
        spots += [(side * outer, z) for side in (-1, 1) for z in (rear, front)]
    if body.chaise:
        ends = (body.half - inset, body.half - body.place + inset)
        spots += [(body.chaise_side * x, front + body.chaise) for x in ends]
    splay = 0.02 if p.foot is round_leg else 0.0
    feet = []
    for x, z in spots:
        top = vector(x, body.clearance + TUCK, z)
        foot = vector(x + splay * np.sign(x), 0, z + splay * np.sign(z))
        feet.append(p.foot(top, foot, p.foot_radius))
    return feet
