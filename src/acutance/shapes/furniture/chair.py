"""Chairs: a seat on legs, a star, a stem, a bent tube or a sled, with a back and perhaps arms."""

from dataclasses import dataclass

import numpy as np

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.furniture import backs
from acutance.shapes.furniture.arms import ChairArms, loop_arms, no_chair_arms, pad_arms, post_arms
from acutance.shapes.furniture.legs import Legs, draw_legs
from acutance.shapes.furniture.seats import (
    Base,
    Seat,
    cantilever,
    four_legged,
    sled,
    star_based,
    tulip_based,
)
from acutance.shapes.modelling.assembly import assembled
from acutance.shapes.modelling.drawing import between, chance, one_of

JOINERY = (
    backs.ladder_back,
    backs.slat_back,
    backs.hoop_back,
    backs.comb_back,
    backs.splat_back,
    backs.cross_back,
)
MOULDED = (backs.panel_back, backs.padded_back, backs.tub_back)


@dataclass(frozen=True, kw_only=True)
class ChairParameters:
    """A chair, in metres.

    Attributes:
        seat: its dimensions.
        base: what carries the seat.
        legs: if the base is four of them; their radius is also that of the posts of the back.
        back: its kind.
        back_height: from the middle of the seat's board upwards.
        rake, bow, flare, count: as in `BackFrame`.
        arms: their kind.
        arm_height: above the seat.
    """

    seat: Seat
    base: Base
    legs: Legs
    back: backs.ChairBack
    back_height: float
    rake: float
    bow: float
    flare: float
    count: int
    arms: ChairArms
    arm_height: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "ChairParameters":
        """A chair that one could sit on."""
        base = one_of(rng, *5 * [four_legged], star_based, tulip_based, cantilever, sled)
        wooden = base is four_legged
        back = one_of(rng, *JOINERY, *MOULDED) if wooden else one_of(rng, *MOULDED)
        tub = back is backs.tub_back
        arms = (no_chair_arms, loop_arms, post_arms if wooden else pad_arms)
        return cls(
            seat=_draw_seat(rng, tub=tub),
            base=base,
            legs=draw_legs(rng, between(rng, 0.016, 0.023), splay=0.15, apron=0.06, height=0.22),
            back=back,
            back_height=between(rng, 0.28, 0.38) if tub else between(rng, 0.4, 0.6),
            rake=between(rng, 0.1, 0.28),
            bow=between(rng, 0.01, 0.05),
            flare=between(rng, 0.92, 1.12),
            count=int(rng.integers(3, 7)),
            arms=no_chair_arms if tub else one_of(rng, *arms),
            arm_height=between(rng, 0.17, 0.21),
        )

    @property
    def frame(self) -> backs.BackFrame:
        """The surface of the back: its posts go on where the rear legs end."""
        stance = self.seat.stance(self.legs)
        return backs.BackFrame(
            foot=self.seat.middle,
            rear=stance.rear_z,
            half_width=stance.rear,
            flare=self.flare,
            height=self.back_height,
            rake=self.rake,
            bow=self.bow,
            post=0.95 * self.legs.radius,
            count=self.count,
            seat=self.seat.outline,
        )


def _draw_seat(rng: np.random.Generator, *, tub: bool) -> Seat:
    """A seat; one that a tub goes around is rounder."""
    return Seat(
        width=between(rng, 0.42, 0.54),
        depth=between(rng, 0.4, 0.5),
        height=between(rng, 0.42, 0.47),
        thickness=between(rng, 0.024, 0.05),
        taper=between(rng, 0.94, 1.0) if tub else between(rng, 0.8, 1.0),
        corner=between(rng, 0.14, 0.19) if tub else between(rng, 0.01, 0.09),
        dish=one_of(rng, 0.0, between(rng, 0.006, 0.012)),
        cushion=between(rng, 0.03, 0.065) if chance(rng, 0.4) else 0.0,
    )


def chair(p: ChairParameters) -> TriangleMesh:
    """The chair, standing on y = 0 and looking to +z."""
    frame = p.frame
    parts = [*p.base(p.seat, p.legs), *p.seat.parts(), *p.back(frame)]
    return assembled([*parts, *p.arms(p.seat, frame, p.arm_height)])
