"""The parameters of an aircraft, and how its parts are put together."""

from dataclasses import dataclass

import numpy as np
from manifold3d import Manifold

from acutance.shapes.aircraft import engines, tails, undercarriage
from acutance.shapes.aircraft.airframe import Airframe
from acutance.shapes.aircraft.fuselages import Fuselage, cockpit_canopy
from acutance.shapes.modelling.drawing import between


@dataclass(frozen=True, kw_only=True)
class PlaneParameters:
    """An aircraft, in metres; the nose points to +z.

    Attributes:
        frame: body, wing and sizes.
        tail: its kind.
        power: where the engines are.
        gear: the wheels.
        clearance: of the ground below the lowest part but the wheels, in half heights of the body.
        canopy: length of a bubble over the cockpit, as a part of the body's, 0 for none.
        canopy_place: of its middle, from 0 at the tail to 1 at the nose.
    """

    frame: Airframe
    tail: tails.Tail
    power: engines.Power
    gear: undercarriage.Gear
    clearance: float = 0.6
    canopy: float = 0.0
    canopy_place: float = 0.6

    @property
    def ground(self) -> float:
        """Depth of the ground below the middle of the body: below propellers and jets too."""
        frame = self.frame
        lowest = frame.half_height
        if self.power is engines.nose_propeller:
            lowest = max(lowest, 1.05 * frame.disc)
        if self.power is engines.under_wing:
            lowest = max(lowest, 2.4 * frame.engine_radius * frame.body.radius)
        return lowest + self.clearance * frame.half_height

    def parts(self) -> list[Manifold]:
        """All its parts, on their wheels."""
        frame = self.frame
        parts = [frame.body.solid(), *frame.wings(), *self.tail(frame), *self.power(frame)]
        parts += self.gear(frame, self.ground)
        if self.canopy:
            length = self.canopy * frame.body.length
            place = frame.body.top(self.canopy_place) * (1, 0.65, 1)
            parts.append(
                cockpit_canopy(place, length, 1.3 * frame.body.radius, 0.95 * frame.half_height)
            )
        if self.gear is undercarriage.tail_dragger:
            parts = [part.rotate((-9, 0, 0)) for part in parts]
        return parts


def draw_body(rng: np.random.Generator, length: float, fineness: float, **given: float) -> Fuselage:
    """A body `fineness` times longer than wide."""
    usual = {"tall": 1.05, "boxy": 2.0, "nose": 0.16, "tail": 0.34}
    usual |= {"nose_end": 0.06, "tail_end": 0.1, "upsweep": 0.35}
    radius = length / fineness / 2
    usual["nose"] *= between(rng, 0.85, 1.2)
    return Fuselage(length=length, radius=radius, **(usual | given))
