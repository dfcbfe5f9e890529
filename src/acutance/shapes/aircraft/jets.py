"""Draws of jets: airliners, business jets and fighters."""

import numpy as np

from acutance.shapes.aircraft import engines, tails, undercarriage
from acutance.shapes.aircraft.aircraft import PlaneParameters, draw_body
from acutance.shapes.aircraft.airframe import Airframe
from acutance.shapes.modelling.drawing import between, chance, one_of


def airliner(rng: np.random.Generator) -> PlaneParameters:
    """An airliner with two or four jets."""
    length = between(rng, 30, 60)
    body = draw_body(rng, length, between(rng, 9, 12.5), upsweep=between(rng, 0.3, 0.6))
    rear = chance(rng, 0.3)
    many = not rear and chance(rng, 0.3)
    frame = Airframe(
        body=body,
        span=length * between(rng, 0.85, 1.02),
        chord=length * between(rng, 0.15, 0.19),
        taper=between(rng, 0.22, 0.34),
        sweep=between(rng, 22, 34),
        dihedral=between(rng, 4, 7),
        thickness=0.12,
        camber=between(rng, 0.1, 0.2),
        wing_height=between(rng, -0.75, -0.55),
        wing_place=between(rng, 0.54, 0.58) - (0.06 if rear else 0.0),
        winglet=one_of(rng, 0.0, between(rng, 0.04, 0.06)),
        fin=between(rng, 0.17, 0.21),
        engines=2 if many else 1,
        engine_radius=between(rng, 0.36, 0.42) if many else between(rng, 0.44, 0.54),
    )
    tail = (
        tails.t_tail if rear else one_of(rng, tails.plain_tail, tails.plain_tail, tails.cross_tail)
    )
    power = engines.at_tail if rear else engines.under_wing
    gear = one_of(rng, undercarriage.tricycle, undercarriage.no_gear)
    return PlaneParameters(frame=frame, tail=tail, power=power, gear=gear, clearance=0.45)


def business_jet(rng: np.random.Generator) -> PlaneParameters:
    """A business jet, its engines at the tail."""
    length = between(rng, 14, 21)
    frame = Airframe(
        body=draw_body(rng, length, between(rng, 8.5, 10), nose=between(rng, 0.2, 0.26)),
        span=length * between(rng, 0.9, 1.05),
        chord=length * between(rng, 0.13, 0.17),
        taper=between(rng, 0.3, 0.42),
        sweep=between(rng, 8, 28),
        dihedral=between(rng, 3, 5),
        thickness=0.11,
        camber=0.15,
        wing_height=-0.7,
        wing_place=between(rng, 0.48, 0.52),
        winglet=one_of(rng, 0.0, between(rng, 0.04, 0.06)),
        fin=between(rng, 0.17, 0.2),
        engine_radius=between(rng, 0.42, 0.52),
    )
    tail = one_of(rng, tails.t_tail, tails.cross_tail)
    gear = one_of(rng, undercarriage.tricycle, undercarriage.no_gear)
    return PlaneParameters(frame=frame, tail=tail, power=engines.at_tail, gear=gear)


def fighter(rng: np.random.Generator) -> PlaneParameters:
    """A fighter with a delta or a swept wing."""
    length, delta = between(rng, 13, 19), chance(rng, 0.5)
    body = draw_body(
        rng,
        length,
        between(rng, 9, 11),
        boxy=2.4,
        nose=between(rng, 0.38, 0.46),
        tail=0.3,
        nose_end=0.03,
        tail_end=between(rng, 0.6, 0.75),
        upsweep=0.0,
    )
    frame = Airframe(
        body=body,
        span=length * between(rng, 0.58, 0.72),
        chord=length * (between(rng, 0.46, 0.54) if delta else between(rng, 0.28, 0.34)),
        taper=between(rng, 0.06, 0.14) if delta else between(rng, 0.25, 0.35),
        sweep=between(rng, 42, 48) if delta else between(rng, 28, 38),
        dihedral=between(rng, -3, 2),
        thickness=0.05,
        camber=0.0,
        wing_height=between(rng, -0.3, 0.35),
        wing_place=between(rng, 0.5, 0.53),
        fin=between(rng, 0.15, 0.19),
    )
    twin = (tails.twin_tail, tails.plain_tail)
    tail = (
        one_of(rng, tails.lone_fin, tails.lone_fin, tails.twin_tail)
        if delta
        else one_of(rng, *twin)
    )
    gear = one_of(rng, undercarriage.tricycle, undercarriage.no_gear)
    return PlaneParameters(
        frame=frame, tail=tail, power=engines.buried, gear=gear, canopy=0.22, canopy_place=0.7
    )
