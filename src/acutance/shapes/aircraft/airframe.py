"""The body and the wing of an aircraft, by which all other parts are placed."""

from dataclasses import dataclass, replace

import numpy as np
from manifold3d import Manifold

from acutance.shapes.aircraft.fuselages import Fuselage
from acutance.shapes.aircraft.wings import LiftingSurface
from acutance.shapes.modelling.bars import rod
from acutance.shapes.modelling.copies import with_mirror_images
from acutance.shapes.modelling.curves import vector


@dataclass(frozen=True, kw_only=True)
class Airframe:
    """Body, wing and the sizes of the rest, in metres; the nose points to +z.

    Attributes:
        body: the fuselage.
        span: from wing tip to wing tip.
        chord, taper: of the wing at the middle, and its ratio at the tip to that.
        sweep, dihedral: of the wing, in degrees.
        thickness, camber: of its sections; see `LiftingSurface`.
        wing_height: of the wing's root above the middle of the body, in its half height.
        wing_place: where a quarter of the root's chord is, from 0 at the tail to 1 at the nose.
        upper_gap: how much higher a second wing is, in half heights of the body, 0 for none.
        braced: whether struts hold the wing.
        winglet: length of upturned wing tips, as a part of the span, 0 for none.
        fin: height of the fin, as a part of the body's length.
        engines: number of them at either side.
        engine_radius: of jets and cowlings, as a part of the body's radius.
        blades: of a propeller.
    """

    body: Fuselage
    span: float
    chord: float
    taper: float
    sweep: float
    dihedral: float
    thickness: float
    camber: float
    wing_height: float
    wing_place: float
    upper_gap: float = 0.0
    braced: bool = False
    winglet: float = 0.0
    fin: float
    engines: int = 1
    engine_radius: float = 0.5
    blades: int = 3

    @property
    def least(self) -> float:
        """The least thickness of any part: 1.5 % of the radius of the aircraft."""
        return 0.015 * 0.5 * float(np.hypot(self.span, self.body.length))

    @property
    def half_height(self) -> float:
        """Half of the height of the body."""
        return self.body.radius * self.body.tall

    @property
    def disc(self) -> float:
        """Radius of a propeller."""
        return 1.25 * self.body.radius if self.engines == 1 else 0.95 * self.body.radius

    @property
    def wing(self) -> LiftingSurface:
        """The right half of the lower or only wing."""
        place = self.body.middle(np.array([self.wing_place]))[0]
        # The root lies beyond the middle: both halves overlap there.
        return LiftingSurface(
            root=place + vector(-0.08 * self.body.radius, self.wing_height * self.half_height, 0),
            length=self.span / 2,
            chord=self.chord,
            tip=self.taper * self.chord,
            sweep=self.sweep,
            angle=self.dihedral,
            thickness=self.thickness,
            least=self.least,
            camber=self.camber,
        )

    def wings(self) -> list[Manifold]:
        """The wing with its winglets, and the second wing with its struts."""
        wing = self.wing
        parts = wing.pair()
        if self.winglet:
            tip = wing.chord_at(0.96)
            upturned = replace(
                wing,
                root=wing.at(0.955, -0.08),
                length=self.winglet * self.span,
                chord=0.85 * tip,
                tip=0.4 * tip,
                sweep=38.0,
                angle=75.0,
                camber=0.0,
            )
            parts += upturned.pair()
        return [*parts, *self._upper_wing(wing), *self._braces(wing)]

    def _upper_wing(self, wing: LiftingSurface) -> list[Manifold]:
        """A second wing, a little ahead of the lower one."""
        if not self.upper_gap:
            return []
        lift = (0, self.upper_gap * self.half_height, 0.3 * self.chord)
        upper = replace(wing, root=wing.root + lift, length=1.06 * wing.length)
        thin = 0.6 * self.least
        parts = upper.pair()
        for ahead in (0.12, -0.38):
            strut = rod(wing.at(0.74, ahead), upper.at(0.72, ahead), thin)
            shoulder = wing.root * (0, 0, 1) + vector(0.4 * self.body.radius, 0, ahead * self.chord)
            inner = rod(shoulder, upper.at(0.16, ahead), thin)
            parts += [*with_mirror_images([strut]), *with_mirror_images([inner])]
        return parts

    def _braces(self, wing: LiftingSurface) -> list[Manifold]:
        """Struts from the belly to the middle of a high wing."""
        if not self.braced:
            return []
        belly = vector(0.6 * self.body.radius, -0.5 * self.half_height, wing.at(0.1, 0)[2])
        return with_mirror_images([rod(belly, wing.at(0.52, -0.05), 0.6 * self.least)])
