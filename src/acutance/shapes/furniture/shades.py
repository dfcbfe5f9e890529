"""Lamp shades: thin shells of revolution, open below, with what holds them and a bulb inside."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from manifold3d import Manifold

from acutance.shapes.modelling.bars import ball, rod
from acutance.shapes.modelling.copies import copies_around
from acutance.shapes.modelling.curves import spline, vector
from acutance.shapes.modelling.drawing import between, one_of
from acutance.shapes.modelling.skins import revolve

Silhouette = Callable[[float, float, float], Float[np.ndarray, "knots 2"]]
"""From the lower radius, upper radius and height: (radius, height) from the lower rim upwards."""


def cone(lower: float, upper: float, height: float) -> Float[np.ndarray, "knots 2"]:
    """Straight sides; a drum where both radii agree."""
    return np.array([(lower, 0.0), (upper, height)])


def bell(lower: float, upper: float, height: float) -> Float[np.ndarray, "knots 2"]:
    """Hollow sides that open towards the lower rim."""
    knots = [(lower, 0.0), (0.62 * lower + 0.2 * upper, 0.35 * height), (upper, height)]
    return spline(np.array(knots), 14)


def dome(lower: float, upper: float, height: float) -> Float[np.ndarray, "knots 2"]:
    """A part of an ellipse that closes in towards the upper rim."""
    end = np.arccos(min(0.7 * upper / lower, 0.9))
    angle = np.linspace(0.0, end, 16)
    return np.stack([lower * np.cos(angle), height * np.sin(angle) / np.sin(end)], axis=1)


def empire(lower: float, upper: float, height: float) -> Float[np.ndarray, "knots 2"]:
    """A short upright band below a cone."""
    return np.array([(lower, 0.0), (lower, 0.18 * height), (upper, height)])


def globe(lower: float, upper: float, height: float) -> Float[np.ndarray, "knots 2"]:
    """A sphere, open at both ends."""
    radius = 0.5 * (lower + height / 2)
    angle = np.linspace(-0.36 * np.pi, np.arccos(min(0.5 * upper / radius, 0.6)), 26)
    silhouette = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return silhouette - (0.0, silhouette[0, 1])


@dataclass(frozen=True, kw_only=True)
class Shade:
    """A shade, in metres, with its lower rim at y = 0.

    Attributes:
        silhouette: its kind.
        lower, upper: radii of its rims.
        height: from rim to rim.
        wall: thickness of the shell.
        spokes: bars that hold the upper rim.
    """

    silhouette: Silhouette
    lower: float
    upper: float
    height: float
    wall: float
    spokes: int

    @property
    def line(self) -> Float[np.ndarray, "knots 2"]:
        """(radius, height) of the middle of the shell, from the lower rim upwards."""
        return self.silhouette(self.lower, self.upper, self.height)

    @property
    def top(self) -> float:
        """Height of the upper rim."""
        return float(self.line[-1, 1])

    def shell(self) -> Manifold:
        """The shell: its silhouette, thickened to both sides and turned."""
        line = self.line
        ahead = np.gradient(line, axis=0)
        normal = np.stack([-ahead[:, 1], ahead[:, 0]], 1) / np.linalg.norm(ahead, axis=1)[:, None]
        inner, outer = line - self.wall / 2 * normal, line + self.wall / 2 * normal
        return revolve(np.concatenate([inner, outer[::-1]]))

    def radius_at(self, height: float) -> float:
        """Radius of the middle of the shell at a height."""
        return float(np.interp(height, self.line[:, 1], self.line[:, 0]))

    def on_stem(self) -> list[Manifold]:
        """The shell and a rod on the axis, from the lower rim up, whose spokes carry the shell."""
        bar = 0.6 * self.wall
        level = self.top - 3.0 * bar
        spoke = rod(vector(0, level, 0), vector(self.radius_at(level), level, 0), bar)
        axis = rod(vector(0, 0, 0), vector(0, self.top + 0.01, 0), 1.2 * bar)
        finial = ball(vector(0, self.top + 0.015, 0), 2.2 * bar)
        bulb = self._bulb(0.5 * self.top)
        return [self.shell(), axis, finial, bulb, *copies_around(spoke, self.spokes)]

    def from_above(self) -> list[Manifold]:
        """The shell, closed above by a cap with a collar to hang it by, and a bulb below."""
        rim, top, wall = self.line[-1, 0], self.top, self.wall
        collar = 0.3 * rim + wall
        profile = [(0, -1.2), (rim / wall, -1.2), (rim / wall + 0.4, 0), (collar / wall, 1.0)]
        cap = np.array([*profile, (0.8 * collar / wall, 4.0), (0, 4.0)]) * wall + (0, top)
        stem = rod(vector(0, 0.6 * top, 0), vector(0, top, 0), 0.8 * collar)
        return [self.shell(), revolve(cap), stem, self._bulb(0.5 * top)]

    def _bulb(self, height: float) -> Manifold:
        return ball(vector(0, height, 0), min(0.035, 0.45 * self.radius_at(height)))


ON_STEM = (cone, cone, bell, dome, empire, globe)
HELD = (cone, bell, dome)


def draw_shade(rng: np.random.Generator, lower: float, wall: float, *, held: bool) -> Shade:
    """A shade of a lower radius; one that is held at its top closes in more."""
    return Shade(
        silhouette=one_of(rng, *(HELD if held else ON_STEM)),
        lower=lower,
        upper=lower * (between(rng, 0.25, 0.4) if held else between(rng, 0.4, 0.95)),
        height=lower * between(rng, 0.85, 1.35),
        wall=wall,
        spokes=int(rng.integers(3, 5)),
    )
