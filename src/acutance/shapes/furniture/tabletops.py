"""Tops of tables."""

from dataclasses import dataclass

from manifold3d import Manifold

from acutance.shapes.furniture.legs import Legs
from acutance.shapes.furniture.stance import Stance
from acutance.shapes.modelling.outlines import Outline, rectangle, superellipse
from acutance.shapes.modelling.panels import chamfered_edge, rounded_edge, slab


@dataclass(frozen=True, kw_only=True)
class Top:
    """The top of a table, in metres.

    Attributes:
        length, width: along x and z.
        height: of the upper face above the floor.
        thickness: of the top.
        roundness: 0 for a rectangle with the radius `corner` at its corners, otherwise the
            exponent of a superellipse: 2 for a round or oval top.
        corner: see `roundness`.
        edge: depth of the rounding or chamfer of the rim, as a part of the thickness; below 0.5.
        bevelled: whether the rim is a chamfer below instead of a rounding.
        overhang: beyond what carries the top, as a part of its size.
    """

    length: float
    width: float
    height: float
    thickness: float
    roundness: float
    corner: float
    edge: float
    bevelled: bool
    overhang: float

    @property
    def outline(self) -> Outline:
        """From above, in (x, z)."""
        if self.roundness:
            return superellipse(self.length / 2, self.width / 2, self.roundness)
        return rectangle(self.length, self.width, self.corner)

    @property
    def underside(self) -> float:
        """Height of the lower face."""
        return self.height - self.thickness

    @property
    def middle(self) -> float:
        """Height of the middle, where all that holds the top ends."""
        return self.height - 0.5 * self.thickness

    def reach(self, legs: Legs) -> tuple[float, float]:
        """Half length and half width within which legs stay, under any outline."""
        share = 0.5 - self.overhang
        # The corner of a rectangle inside the superellipse |x|^p + |z|^p = 1 lies at 2^(−1/p).
        share *= 2 ** (-1 / self.roundness) if self.roundness else 1.0
        inset = legs.inset + (0.0 if self.roundness else 0.3 * self.corner)
        return share * self.length - inset, share * self.width - inset

    def stance(self, legs: Legs) -> Stance:
        """Where legs stand at the corners."""
        x, z = self.reach(legs)
        return Stance(front=x, rear=x, front_z=z, rear_z=-z, top=self.middle, splay=legs.splay)

    def solid(self) -> Manifold:
        """The top itself."""
        depth = self.edge * self.thickness
        chamfer = chamfered_edge(1.8 * self.edge, 1.5 * depth)
        edge = chamfer if self.bevelled else rounded_edge(depth, self.thickness)
        return slab(self.outline, self.underside, self.height, edge)
