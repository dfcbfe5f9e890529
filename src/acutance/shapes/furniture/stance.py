"""How four legs stand, and the bars that join them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from manifold3d import Manifold

from acutance.shapes.modelling.bars import UP, beam, rod
from acutance.shapes.modelling.curves import line


@dataclass(frozen=True, kw_only=True)
class Stance:
    """Where four legs stand, mirrored about x = 0.

    Attributes:
        front, rear: distance of the tops of the front and rear legs from x = 0.
        front_z, rear_z: where they are along z.
        top: height at which the legs end, inside what they carry.
        splay: way of the feet outwards for every metre down, along x and z.
    """

    front: float
    rear: float
    front_z: float
    rear_z: float
    top: float
    splay: float = 0.0

    def at(self, height: float) -> Float[np.ndarray, "4 3"]:
        """Centres of the legs at a height: front right, front left, rear left, rear right."""
        away = self.splay * (self.top - height)
        right, left = np.array([1.0, -1.0]), np.array([-1.0, 1.0])
        x = np.append(right * (self.front + away), left * (self.rear + away))
        z = np.repeat([self.front_z + away, self.rear_z - away], 2)
        return np.stack([x, np.full(4, height), z], axis=1)

    def rails(self, height: float, thick: float, tall: float) -> list[Manifold]:
        """Boards on edge from leg to leg, all the way round, about a height."""
        corner = self.at(height)
        sides = zip(corner, np.roll(corner, -1, axis=0), strict=True)
        return [beam(line(a, b), thick, tall, UP) for a, b in sides]


Stretcher = Callable[[Stance, float, float], list[Manifold]]
"""From where the legs stand, a height and a radius: the bars that join the legs."""


def no_stretcher(_stance: Stance, _height: float, _radius: float) -> list[Manifold]:
    """Nothing between the legs."""
    return []


def box_stretcher(stance: Stance, height: float, radius: float) -> list[Manifold]:
    """Round bars from leg to leg, those at the sides higher than those at front and rear."""
    low, high = stance.at(height), stance.at(1.35 * height)
    pairs = [(low[0], low[1]), (low[2], low[3]), (high[1], high[2]), (high[3], high[0])]
    return [rod(a, b, radius) for a, b in pairs]


def h_stretcher(stance: Stance, height: float, radius: float) -> list[Manifold]:
    """A bar at either side, and one between their middles."""
    a, b, c, d = stance.at(height)
    sides = [rod(a, d, radius), rod(b, c, radius)]
    return [*sides, rod((a + d) / 2, (b + c) / 2, radius)]


def x_stretcher(stance: Stance, height: float, radius: float) -> list[Manifold]:
    """Flat bars from corner to corner."""
    a, b, c, d = stance.at(height)
    # One bar is taller: where they cross, no faces coincide.
    crossing = ((line(a, c), 1.6), (line(b, d), 1.9))
    return [beam(path, 2.4 * radius, tall * radius, UP) for path, tall in crossing]
