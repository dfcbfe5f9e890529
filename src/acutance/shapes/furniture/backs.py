"""Backs of chairs, drawn on a frame that leans and bows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from manifold3d import CrossSection, JoinType, Manifold

from acutance.shapes.modelling.bars import beam, rod, tube
from acutance.shapes.modelling.curves import Polyline3D
from acutance.shapes.modelling.outlines import Outline, circle, rectangle, trapezoid
from acutance.shapes.modelling.panels import board
from acutance.shapes.modelling.skins import stack, sweep

ACROSS = np.linspace(-1.0, 1.0, 13)


@dataclass(frozen=True, kw_only=True)
class BackFrame:
    """The surface in which a back lies; u in [−1, 1] runs to the right, v in [0, 1] up.

    Attributes:
        foot: height of v = 0, inside the seat.
        rear: z of v = 0 at the posts.
        half_width: distance of the posts from x = 0 at v = 0.
        flare: ratio of the width at the top to that at the foot.
        height: from the foot to the top.
        rake: way backwards for every metre up.
        bow: how much farther back the middle is than the posts.
        post: radius of the posts.
        count: number of slats, rungs or spindles.
        seat: outline of the seat in (x, z), counter-clockwise.
    """

    foot: float
    rear: float
    half_width: float
    flare: float
    height: float
    rake: float
    bow: float
    post: float
    count: int
    seat: Outline

    def at(
        self, u: Float[np.ndarray, " knots"] | float, v: Float[np.ndarray, " knots"]
    ) -> Polyline3D:
        """Points of the surface."""
        x = u * self.half_width * (1 + (self.flare - 1) * v)
        z = self.rear - self.rake * self.height * v - self.bow * (1 - np.square(u)) * v
        y = self.foot + self.height * v
        return np.stack([x, y, z], axis=1)

    def bend(self, flat: Manifold) -> Manifold:
        """A part drawn upright, x = u × half width and y = v × height, put onto the surface."""

        def onto(points: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
            placed = self.at(points[:, 0] / self.half_width, points[:, 1] / self.height)
            placed[:, 2] += points[:, 2]
            return placed

        return flat.refine_to_length(self.half_width / 8).warp_batch(onto)

    def posts(self, top: float = 1.0) -> list[Manifold]:
        """The two posts, up to v = top, slightly tapered."""
        v = np.linspace(0.0, top, 2)
        section, scale = circle(self.post), np.array([1.0, 0.8])
        return [stack(self.at(side, v), section, scale) for side in (-1.0, 1.0)]

    def rail(self, v: float, tall: float, thick: float, reach: float = 1.0) -> Manifold:
        """A board from u = −reach to reach about the height v, leaning and bowed as the frame."""
        return beam(
            self.at(reach * ACROSS, np.full_like(ACROSS, v)), thick, tall, (0, 1, -self.rake)
        )


ChairBack = Callable[[BackFrame], list[Manifold]]
"""From the surface that a back lies in: its parts."""


def ladder_back(frame: BackFrame) -> list[Manifold]:
    """Posts with rungs between them, the uppermost the tallest."""
    rungs = np.linspace(0.38, 0.93, frame.count)
    tall = min(0.055, 0.36 * frame.height / frame.count)
    rails = [frame.rail(v, tall * (0.75 + 0.5 * v), 0.8 * frame.post) for v in rungs]
    return [*frame.posts(), *rails]


def slat_back(frame: BackFrame) -> list[Manifold]:
    """Posts, a rail at the top and one above the seat, with upright slats between the rails."""
    low, high = 0.28, 0.92
    slats = np.linspace(-1.0, 1.0, frame.count + 2)[1:-1]
    wide = min(0.05, 0.9 * frame.half_width / (frame.count + 1))
    v = np.linspace(low, high, 2)
    upright = [beam(frame.at(u, v), 0.013, wide, (1, 0, 0)) for u in slats]
    rails = [frame.rail(low, 0.04, frame.post), frame.rail(high, 0.075, 1.1 * frame.post)]
    return [*frame.posts(), *rails, *upright]


def hoop_back(frame: BackFrame) -> list[Manifold]:
    """A bent hoop filled with spindles, as of a Windsor chair."""
    start = 0.45  # up to here the sides are straight
    angle = np.linspace(0.0, np.pi, 28)
    u = np.concatenate([[1.0], np.cos(angle), [-1.0]])
    v = np.concatenate([[0.0], start + (0.985 - start) * np.sin(angle), [0.0]])
    spread = 0.86 * np.linspace(-1.0, 1.0, frame.count + 4)
    tops = start + (0.985 - start) * np.sqrt(1 - spread**2)
    feet = frame.at(0.85 * spread, np.zeros_like(spread))
    pairs = zip(feet, frame.at(spread, tops), strict=True)
    return [tube(frame.at(u, v), 0.8 * frame.post), *(rod(a, b, 0.0075, 0.006) for a, b in pairs)]


def comb_back(frame: BackFrame) -> list[Manifold]:
    """Spindles from the seat up to a broad bowed rail, between two posts."""
    spread = np.linspace(-1.0, 1.0, frame.count + 4)[1:-1]
    feet = frame.at(0.9 * spread, np.zeros_like(spread))
    pairs = zip(feet, frame.at(spread, np.full_like(spread, 0.9)), strict=True)
    spindles = [rod(a, b, 0.0085, 0.0065) for a, b in pairs]
    return [*frame.posts(0.94), frame.rail(0.93, 0.09, 2.2 * frame.post, 1.15), *spindles]


def splat_back(frame: BackFrame) -> list[Manifold]:
    """Posts and a yoke, with a vase-shaped splat that has openings cut into it."""
    low, high = 0.2 * frame.height, 0.94 * frame.height
    middle, wide = (low + high) / 2, 0.42 * frame.half_width
    vase = trapezoid(1.1 * wide, 2.0 * wide, high - low, 0.2 * wide)
    drawing = CrossSection([vase]).translate((0, middle))
    slot = CrossSection.circle(1, 28).scale((0.13 * wide, 0.27 * (high - low)))
    for u in np.linspace(-0.45, 0.45, 2 + frame.count % 2):
        drawing -= slot.translate((u * wide, middle + 0.04))
    rails = [frame.rail(0.2, 0.04, frame.post), frame.rail(0.94, 0.07, 1.2 * frame.post)]
    return [*frame.posts(), *rails, frame.bend(board(drawing, 0.014))]


def cross_back(frame: BackFrame) -> list[Manifold]:
    """Posts and two rails with a cross of bars between them."""
    v = np.linspace(0.26, 0.9, 12)
    slope = np.linspace(-0.98, 0.98, 12)
    bars = [beam(frame.at(s * slope, v), 0.014, 0.03, (1, 0, 0)) for s in (-1.0, 1.0)]
    rails = [frame.rail(0.26, 0.04, frame.post), frame.rail(0.92, 0.06, 1.1 * frame.post)]
    return [*frame.posts(), *rails, *bars]


def panel_back(frame: BackFrame) -> list[Manifold]:
    """Two posts that carry a moulded board with rounded corners."""
    wide, low = 2 * frame.half_width + 0.03, 0.4 * frame.height
    drawing = CrossSection([rectangle(wide, frame.height - low, 0.05)])
    flat = board(drawing.translate((0, (low + frame.height) / 2)), 0.018)
    return [*frame.posts(0.92), frame.bend(flat)]


def padded_back(frame: BackFrame) -> list[Manifold]:
    """An upholstered back that rises from the seat, thick and with rounded edges."""
    thick = 0.055
    wide = 2 * frame.half_width
    drawing = CrossSection([trapezoid(1.05 * wide, 1.15 * wide, frame.height, 0.06)])
    drawing = drawing.translate((0, frame.height / 2))
    core = board(drawing, 0.4 * thick)
    soft = board(drawing.offset(-0.3 * thick, JoinType.Round, circular_segments=40), thick)
    return [frame.bend((core + soft).hull())]


def tub_back(frame: BackFrame) -> list[Manifold]:
    """A shell around the seat, high behind and lower along the sides."""
    angle = np.arctan2(frame.seat[:, 0], -frame.seat[:, 1])
    order = np.argsort(angle)
    limit = np.radians(112.0)
    turn = np.linspace(-limit, limit, 49)
    x, z = (
        np.interp(turn, angle[order], 0.95 * frame.seat[order, k], period=2 * np.pi) for k in (0, 1)
    )
    fall = 0.5 - 0.5 * np.cos(np.pi * np.clip((np.abs(turn) / limit - 0.3) / 0.6, 0, 1))
    tall = frame.height * (1 - 0.55 * fall)
    path = np.stack([x, np.full_like(x, frame.foot), z], axis=1)
    section = rectangle(0.032, 1.0, 0.012) + np.array([0.0, 0.5])
    shell = sweep(path, section, np.stack([np.ones_like(tall), tall], axis=1))
    lean = frame.rake * 0.7

    def recline(points: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        leaning = points.copy()
        leaning[:, [0, 2]] *= 1 + lean * (points[:, 1:2] - frame.foot)
        return leaning

    return [shell.warp_batch(recline)]
