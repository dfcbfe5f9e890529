"""Tables: a top on legs, columns, trestles, panels or frames, with shelf and drawers."""

from dataclasses import dataclass

import numpy as np

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.furniture import supports
from acutance.shapes.furniture.legs import Legs, draw_legs
from acutance.shapes.furniture.pedestals import claw_pedestal, disc_pedestal, tulip_pedestal
from acutance.shapes.furniture.tabletops import Top
from acutance.shapes.modelling.assembly import assembled
from acutance.shapes.modelling.drawing import between, chance, one_of

TABLE_SIZES = (
    (0.42, 1.2),
    (0.42, 1.0),
    (0.74, 2.0),
    (0.74, 1.8),
    (0.74, 1.5),
    (0.6, 0.7),
    (1.05, 0.8),
)
"""Usual height and length of coffee, dining, side and bar tables, in metres."""

LONG_SUPPORTS = (supports.trestle, supports.panels, supports.frames, supports.crossed)
"""Supports that need a long rectangular top."""


@dataclass(frozen=True, kw_only=True)
class TableParameters:
    """A table.

    Attributes:
        top: its dimensions.
        legs: style and joinery of legs; their radius is that of the bars of other supports too.
        support: what carries the top.
    """

    top: Top
    legs: Legs
    support: supports.Support

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "TableParameters":
        """A coffee, dining, side or bar table."""
        top = _draw_top(rng)
        radius = between(rng, 0.019, 0.026) + 0.008 * top.length
        long = not top.roundness and top.width < 0.75 * top.length
        legged = _draw_four_legs(rng, top)
        columns = supports.Columns(
            pedestal=one_of(rng, claw_pedestal, disc_pedestal, tulip_pedestal),
            feet=int(rng.integers(3, 5)),
        )
        return cls(
            top=top,
            legs=draw_legs(rng, radius, splay=0.12, apron=0.1, height=0.25 * top.height),
            support=one_of(rng, *3 * [legged], *(LONG_SUPPORTS if long else [columns]), columns),
        )


def _draw_top(rng: np.random.Generator) -> Top:
    height, longest = one_of(rng, *TABLE_SIZES)
    length = longest * between(rng, 0.75, 1.1)
    square = longest < 0.9 or chance(rng, 0.15)
    return Top(
        length=length,
        width=length if square else length * between(rng, 0.45, 0.7),
        height=height * between(rng, 0.95, 1.06),
        thickness=between(rng, 0.024, 0.05),
        roundness=one_of(rng, *5 * [0.0], 2.0, 2.0, 3.2),
        corner=between(rng, 0.003, 0.08),
        edge=between(rng, 0.15, 0.48),
        bevelled=chance(rng, 0.4),
        overhang=between(rng, 0.01, 0.06),
    )


def _draw_four_legs(rng: np.random.Generator, top: Top) -> supports.FourLegs:
    """Round tops have room for neither shelf nor drawers."""
    return supports.FourLegs(
        shelf=top.height * between(rng, 0.25, 0.4) if not top.roundness and chance(rng, 0.4) else 0,
        drawers=int(rng.integers(1, 4)) if not top.roundness and chance(rng, 0.45) else 0,
        drawer_height=between(rng, 0.09, 0.14),
    )


def table(p: TableParameters) -> TriangleMesh:
    """The table, standing on y = 0 and long along x."""
    return assembled([p.top.solid(), *p.support(p.top, p.legs)])
