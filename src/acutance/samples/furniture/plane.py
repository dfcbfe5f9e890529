"""Aircraft: airliners, business jets, fighters, propeller planes, biplanes and gliders."""

import numpy as np

from acutance.geometry.mesh import TriangleMesh
from acutance.samples.furniture.aircraft import PlaneParameters
from acutance.samples.furniture.assembly import assembled
from acutance.samples.furniture.drawing import one_of
from acutance.samples.furniture.jets import airliner, business_jet, fighter
from acutance.samples.furniture.propeller_planes import biplane, glider, light, turboprop


def draw_plane(rng: np.random.Generator) -> PlaneParameters:
    """An aircraft of one of seven kinds; the commoner ones come up twice as often."""
    kinds = (airliner, airliner, fighter, fighter, light, light)
    return one_of(rng, *kinds, business_jet, biplane, turboprop, glider)(rng)


def plane(p: PlaneParameters) -> TriangleMesh:
    """The aircraft, standing on y = 0 and heading to +z."""
    return assembled(p.parts())
