"""Bodies of aircraft; the nose is at +z."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from manifold3d import Manifold

from acutance.shapes.modelling.curves import Point
from acutance.shapes.modelling.outlines import superellipse
from acutance.shapes.modelling.skins import stack

ROUND = 48
"""Sides of a fuselage."""


@dataclass(frozen=True, kw_only=True)
class Fuselage:
    """A body along z, about y = 0 in its middle part, in metres.

    Attributes:
        length: from nose to tail; the nose is at z = length/2.
        radius: half of its width.
        tall: ratio of its height to its width.
        boxy: exponent of its section: 2 for an ellipse, more for a rounded box.
        nose, tail: lengths of the closing parts, as parts of the length.
        nose_end, tail_end: ratio of the radius at the ends.
        upsweep: how far the tail's middle rises, in radii; the nose drops by a quarter of it.
    """

    length: float
    radius: float
    tall: float
    boxy: float
    nose: float
    tail: float
    nose_end: float
    tail_end: float
    upsweep: float

    def size(self, along: Float[np.ndarray, " knots"]) -> Float[np.ndarray, " knots"]:
        """Ratio of the radius, `along` from 0 at the tail to 1 at the nose."""
        ahead = np.clip((along - (1 - self.nose)) / self.nose, 0, 1)
        behind = np.clip((self.tail - along) / self.tail, 0, 1)
        front = self.nose_end + (1 - self.nose_end) * np.sqrt(np.clip(1 - ahead**1.9, 0, 1))
        return front * (self.tail_end + (1 - self.tail_end) * (1 - behind**1.7))

    def middle(self, along: Float[np.ndarray, " knots"]) -> Float[np.ndarray, "knots 3"]:
        """The centre line."""
        ahead = np.clip((along - (1 - self.nose)) / self.nose, 0, 1)
        behind = np.clip((self.tail - along) / self.tail, 0, 1)
        y = self.upsweep * self.radius * self.tall * (behind**1.7 - 0.25 * ahead**2)
        return np.stack([0 * along, y, self.length * (along - 0.5)], axis=1)

    def top(self, along: float) -> Point:
        """A point slightly inside the crown line."""
        station = np.array([along])
        height = 0.85 * self.radius * self.tall * self.size(station)[0]
        return self.middle(station)[0] + (0, height, 0)

    def solid(self) -> Manifold:
        """The body."""
        # Denser towards the ends, where it curves.
        along = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, 56))
        section = superellipse(self.radius, self.radius * self.tall, self.boxy, ROUND)
        return stack(self.middle(along), section, self.size(along), axes=(0, 1))


def cockpit_canopy(place: Point, length: float, width: float, height: float) -> Manifold:
    """A bubble about a place inside the body, steeper in front than behind."""
    along = np.linspace(-1.0, 1.0, 25)
    size = np.clip(1 - np.where(along > 0, (along / 0.62) ** 2, along**2), 0.0004, 1) ** 0.5
    keep = along <= 0.62
    path = place + np.stack([0 * along, 0 * along, 0.5 * length * along], axis=1)[keep]
    section = superellipse(width / 2, height, 2.3, 32)
    return stack(path, section, size[keep], axes=(0, 1))
