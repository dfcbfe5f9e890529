"""What carries the top of a table."""

from collections.abc import Callable
from dataclasses import dataclass

from manifold3d import CrossSection, Manifold

from acutance.shapes.furniture.drawers import Chest
from acutance.shapes.furniture.legs import Legs
from acutance.shapes.furniture.pedestals import Pedestal
from acutance.shapes.furniture.tabletops import Top
from acutance.shapes.modelling.bars import SIDEWAYS, UP, beam
from acutance.shapes.modelling.copies import with_mirror_images
from acutance.shapes.modelling.curves import line, vector
from acutance.shapes.modelling.outlines import rectangle, superellipse
from acutance.shapes.modelling.panels import board, box, slab
from acutance.shapes.modelling.skins import stack

Support = Callable[[Top, Legs], list[Manifold]]
"""From the top and the style of legs; their radius is that of all bars."""


@dataclass(frozen=True, kw_only=True)
class FourLegs:
    """Legs at the corners, in metres.

    Attributes:
        shelf: height of a shelf between the legs, 0 for none.
        drawers: their number in a row under the top, 0 for none.
        drawer_height: of the chest that they are in.
    """

    shelf: float = 0.0
    drawers: int = 0
    drawer_height: float = 0.12

    def __call__(self, top: Top, legs: Legs) -> list[Manifold]:
        """The legs, with shelf and drawers."""
        parts = legs.under(top.stance(legs), top.underside)
        if self.shelf:
            x, _, z = top.stance(legs).at(self.shelf)[0]
            outline = rectangle(2 * float(x), 2 * float(z), 0.2 * legs.radius)
            parts.append(slab(outline, self.shelf - 0.012, self.shelf + 0.012))
        if self.drawers:
            x, z = top.reach(legs)
            lower = vector(-x, top.underside - self.drawer_height, -0.9 * z)
            chest = Chest(lower=lower, upper=vector(x, top.middle, z), count=self.drawers)
            parts += chest.parts(clear=legs.radius)
        return parts


@dataclass(frozen=True, kw_only=True)
class Columns:
    """One column in the middle, or two under a long top.

    Attributes:
        pedestal: its kind.
        feet: how many feet a column has, for kinds that have some.
    """

    pedestal: Pedestal
    feet: int

    def __call__(self, top: Top, _legs: Legs) -> list[Manifold]:
        """The columns, with a plate on each that meets the top."""
        shortest = min(top.length, top.width)
        radius = 0.022 + 0.03 * shortest
        reach = min(0.36 * shortest, 0.3 + 0.2 * top.height)
        column = self.pedestal(top.middle, reach, radius, self.feet)
        disc = superellipse(0.25 * shortest, 0.25 * shortest)
        plate = slab(disc, top.underside - 0.02, top.middle)
        places = (-0.27 * top.length, 0.27 * top.length) if top.length > 1.7 * top.width else (0.0,)
        return [part.translate((x, 0, 0)) for part in (*column, plate) for x in places]


def trestle(top: Top, legs: Legs) -> list[Manifold]:
    """Two ends like an I on its side, on broad feet, joined by a beam."""
    x, z = top.reach(legs)
    x, thick, high = 0.72 * x, 2.4 * legs.radius, top.underside
    parts = [_across(x, 0.32 * high, 0.7 * thick, 0.11 * high)]
    for end in (-x, x):
        foot = line(vector(end, 0.5 * thick, -0.92 * z), vector(end, 0.5 * thick, 0.92 * z))
        head = foot * (1, 0, 0.92) + (0, high - 0.4 * thick, 0)
        post = line(vector(end, 0.5 * thick, 0), vector(end, high, 0))
        parts += [beam(foot, 1.2 * thick, thick, UP), beam(head, 1.1 * thick, thick, UP)]
        parts.append(beam(post, 0.75 * z, 0.9 * thick, SIDEWAYS))
    return parts


def panels(top: Top, legs: Legs) -> list[Manifold]:
    """A board at either end, and one on edge between them."""
    x, z = top.reach(legs)
    half = 0.55 * top.thickness
    end = box(vector(x - half, 0, -z), vector(x + half, top.middle, z))
    between = _across(x, 0.78 * top.underside, 2 * half, 0.4 * top.underside)
    return [*with_mirror_images([end]), between]


def frames(top: Top, legs: Legs) -> list[Manifold]:
    """A closed frame of square tube at either end, with soft corners, and bars between them."""
    x, z = top.reach(legs)
    bar, high = 1.8 * legs.radius, top.underside + 0.3 * top.thickness
    outer, inner = (2 * z, high), (2 * z - 2 * bar, high - 2 * bar)
    drawing = CrossSection([rectangle(*outer, bar)]) - CrossSection([rectangle(*inner, 0.4 * bar)])
    frame = board(drawing.translate((0, high / 2)), bar).rotate((0, 90, 0))
    ends = [frame.translate((side * x, 0, 0)) for side in (-1, 1)]
    rail = _across(x, top.underside - 0.4 * bar, bar, 0.7 * bar)
    return [*ends, *(rail.translate((0, 0, side * 0.6 * z)) for side in (-1, 1))]


def crossed(top: Top, legs: Legs) -> list[Manifold]:
    """Two pairs of crossed legs, joined where they cross."""
    x, z = top.reach(legs)
    x, z, thick = 0.85 * x, 0.95 * z, 1.9 * legs.radius
    high = top.underside + 0.3 * top.thickness
    section = rectangle(thick, 1.8 * thick, 0.1 * thick)
    parts = [_across(x, high / 2, thick, thick)]
    for end in (-x, x):
        for side in (-1.0, 1.0):
            path = line(vector(end, 0, side * z), vector(end, high, -0.95 * side * z))
            parts.append(stack(path, section))
    return parts


def _across(half: float, y: float, thick: float, tall: float) -> Manifold:
    """A board on edge along x, from −half to half, about the height y."""
    return beam(line(vector(-half, y, 0), vector(half, y, 0)), thick, tall, UP)
