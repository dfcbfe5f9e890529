"""Lifting surfaces: wings, tailplanes and fins, all made in the same way."""

from dataclasses import dataclass, replace

import numpy as np
from manifold3d import Manifold

from acutance.shapes.modelling.copies import with_mirror_images
from acutance.shapes.modelling.curves import Point, vector
from acutance.shapes.modelling.outlines import airfoil
from acutance.shapes.modelling.skins import stack


@dataclass(frozen=True, kw_only=True)
class LiftingSurface:
    """One half of a wing, from the root to the tip, in metres.

    Attributes:
        root: a quarter of the chord behind the nose of the section at the root.
        length: from the root to the tip.
        chord, tip: at the root and at the tip.
        sweep: of the quarter-chord line backwards, in degrees.
        angle: of the half out of the level, in degrees: dihedral; 90 for a fin.
        thickness: of the sections, as a part of the chord.
        least: thickness that no section goes below.
        camber: as in `airfoil`.
        tip_rounding: part of the length over which the tip closes in.
    """

    root: Point
    length: float
    chord: float
    tip: float
    sweep: float
    angle: float
    thickness: float
    least: float
    camber: float = 0.0
    tip_rounding: float = 0.04

    def at(self, part: float, chordwise: float = 0.0) -> Point:
        """A point of the half's mean plane.

        Args:
            part: of the way to the tip, in [0, 1].
            chordwise: chords ahead of a quarter of the chord; −0.75 is the trailing edge.
        """
        away, angle = part * self.length, np.radians(self.angle)
        ahead = chordwise * self.chord_at(part) - away * np.tan(np.radians(self.sweep))
        return self.root + vector(away * np.cos(angle), away * np.sin(angle), ahead)

    def chord_at(self, part: float) -> float:
        """Chord at a part of the way to the tip."""
        return self.chord + part * (self.tip - self.chord)

    def solid(self) -> Manifold:
        """The half on the right, x > 0."""
        closing = np.sin(np.linspace(0.0, np.radians(75), 5))
        parts = np.append(0.0, 1.0 - self.tip_rounding + self.tip_rounding * closing)
        shrink = np.append(1.0, np.cos(np.linspace(0.0, np.radians(75), 5)) ** 0.7)
        flat = replace(self, angle=0.0, root=vector(0, 0, 0))
        chords = np.array([self.chord_at(part) for part in parts])
        thick = np.maximum(self.thickness * chords, self.least)
        scale = np.stack([chords * shrink, thick * np.maximum(shrink, 0.5)], axis=1)
        path = np.stack([flat.at(float(part)) for part in parts])
        # The tip closes in towards the middle of its chord.
        path[:, 2] += -0.25 * chords * (1 - shrink)
        half = stack(path, airfoil(self.camber), scale, axes=(2, 1))
        return half.rotate((0, 0, self.angle)).translate(tuple(self.root))

    def pair(self) -> list[Manifold]:
        """Both halves, mirrored about x = 0."""
        return with_mirror_images([self.solid()])
