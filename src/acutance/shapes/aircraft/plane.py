"""Aircraft: airliners, business jets, fighters, propeller planes, biplanes and gliders."""

import numpy as np

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.aircraft.aircraft import PlaneParameters
from acutance.shapes.aircraft.jets import airliner, business_jet, fighter
from acutance.shapes.aircraft.propeller_planes import biplane, glider, light, turboprop
from acutance.shapes.modelling.assembly import assembled
from acutance.shapes.modelling.drawing import one_of


def draw_plane(rng: np.random.Generator) -> PlaneParameters:
    """An aircraft of one of seven kinds; the commoner ones come up twice as often."""
    kinds = (airliner, airliner, fighter, fighter, light, light)
    return one_of(rng, *kinds, business_jet, biplane, turboprop, glider)(rng)


def plane(p: PlaneParameters) -> TriangleMesh:
    """The aircraft, standing on y = 0 and heading to +z."""
    return assembled(p.parts())
