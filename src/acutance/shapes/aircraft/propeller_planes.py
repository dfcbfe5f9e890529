"""Draws of slower aircraft: light planes, biplanes, turboprops and gliders."""

import numpy as np

from acutance.shapes.aircraft import engines, tails, undercarriage
from acutance.shapes.aircraft.aircraft import PlaneParameters, draw_body
from acutance.shapes.aircraft.airframe import Airframe
from acutance.shapes.aircraft.fuselages import Fuselage
from acutance.shapes.modelling.drawing import between, chance, one_of


def light(rng: np.random.Generator) -> PlaneParameters:
    """A light plane with a high or a low wing."""
    length, high = between(rng, 7, 8.6), chance(rng, 0.5)
    frame = Airframe(
        body=_cowled(rng, length, between(rng, 6, 7)),
        span=length * between(rng, 1.15, 1.4),
        chord=length * between(rng, 0.17, 0.21),
        taper=between(rng, 0.6, 1.0),
        sweep=0.0,
        dihedral=between(rng, 1, 6),
        thickness=0.14,
        camber=0.2,
        wing_height=between(rng, 1.15, 1.3) if high else between(rng, -0.75, -0.6),
        wing_place=between(rng, 0.62, 0.66),
        braced=high,
        fin=between(rng, 0.17, 0.2),
        blades=int(rng.integers(2, 4)),
    )
    usual = (tails.plain_tail, tails.plain_tail, tails.t_tail, tails.v_tail, tails.end_plate_tail)
    gear = one_of(rng, undercarriage.tricycle, undercarriage.tail_dragger)
    return PlaneParameters(
        frame=frame,
        tail=one_of(rng, *usual),
        power=engines.nose_propeller,
        gear=gear,
        canopy=between(rng, 0.32, 0.42),
        canopy_place=0.62,
    )


def biplane(rng: np.random.Generator) -> PlaneParameters:
    """A biplane with struts."""
    length = between(rng, 6.5, 8.5)
    frame = Airframe(
        body=_cowled(rng, length, between(rng, 6.5, 7.5)),
        span=length * between(rng, 1.05, 1.3),
        chord=length * between(rng, 0.17, 0.2),
        taper=between(rng, 0.9, 1.0),
        sweep=between(rng, 0, 6),
        dihedral=between(rng, 1, 3),
        thickness=0.11,
        camber=0.3,
        wing_height=-0.75,
        wing_place=between(rng, 0.66, 0.7),
        upper_gap=between(rng, 2.5, 3.1),
        fin=between(rng, 0.14, 0.18),
        blades=int(rng.integers(2, 5)),
    )
    return PlaneParameters(
        frame=frame,
        tail=tails.plain_tail,
        power=engines.nose_propeller,
        gear=undercarriage.tail_dragger,
        canopy=0.14,
        canopy_place=0.5,
    )


def turboprop(rng: np.random.Generator) -> PlaneParameters:
    """An airliner with propellers on a high wing."""
    length = between(rng, 18, 30)
    many = length > 25 and chance(rng, 0.6)
    frame = Airframe(
        body=draw_body(rng, length, between(rng, 8.5, 10), upsweep=between(rng, 0.5, 0.8)),
        span=length * between(rng, 1.0, 1.2),
        chord=length * between(rng, 0.12, 0.15),
        taper=between(rng, 0.45, 0.6),
        sweep=between(rng, 0, 4),
        dihedral=between(rng, 1, 3),
        thickness=0.15,
        camber=0.2,
        wing_height=between(rng, 0.85, 0.95),
        wing_place=between(rng, 0.54, 0.58),
        fin=between(rng, 0.19, 0.23),
        engines=2 if many else 1,
        engine_radius=between(rng, 0.34, 0.42),
        blades=int(rng.integers(3, 7)),
    )
    tail = one_of(rng, tails.t_tail, tails.plain_tail, tails.end_plate_tail)
    gear = one_of(rng, undercarriage.tricycle, undercarriage.no_gear)
    return PlaneParameters(frame=frame, tail=tail, power=engines.wing_propellers, gear=gear)


def glider(rng: np.random.Generator) -> PlaneParameters:
    """A glider."""
    length = between(rng, 6.5, 8)
    body = draw_body(
        rng,
        length,
        between(rng, 8.5, 10),
        nose=0.3,
        tail=0.62,
        tail_end=0.2,
        tall=1.25,
        upsweep=between(rng, 0.1, 0.3),
    )
    frame = Airframe(
        body=body,
        span=length * between(rng, 1.7, 2.1),
        chord=length * between(rng, 0.12, 0.15),
        taper=between(rng, 0.4, 0.55),
        sweep=between(rng, -2, 3),
        dihedral=between(rng, 2, 5),
        thickness=0.14,
        camber=0.25,
        wing_height=between(rng, 0.3, 0.75),
        wing_place=between(rng, 0.58, 0.62),
        winglet=one_of(rng, 0.0, between(rng, 0.02, 0.03)),
        fin=between(rng, 0.18, 0.22),
    )
    tail = one_of(rng, tails.t_tail, tails.t_tail, tails.v_tail)
    return PlaneParameters(
        frame=frame,
        tail=tail,
        power=engines.no_power,
        gear=undercarriage.no_gear,
        canopy=0.26,
        canopy_place=0.78,
    )


def _cowled(rng: np.random.Generator, length: float, fineness: float) -> Fuselage:
    """The body of a small propeller plane, blunt in front."""
    return draw_body(
        rng,
        length,
        fineness,
        boxy=2.8,
        tall=between(rng, 1.05, 1.2),
        nose=0.13,
        nose_end=0.45,
        tail=0.58,
        tail_end=0.12,
        upsweep=between(rng, 0.15, 0.4),
    )
