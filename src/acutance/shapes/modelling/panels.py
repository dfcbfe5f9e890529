"""Wide parts: boxes, slabs with shaped edges, cushions, and boards cut from a drawing."""

import numpy as np
from jaxtyping import Float
from manifold3d import CrossSection, Manifold

from acutance.shapes.modelling.curves import Point
from acutance.shapes.modelling.outlines import SAGITTA, Outline

CORNER_SIDES = 24
"""Sides of the circle that rounds the edges of a box."""


def box(lower: Point, upper: Point, rounding: float = 0.0) -> Manifold:
    """A box between two corners; all edges are rounded by the radius, if there is one.

    >>> plain = box(np.zeros(3), np.ones(3))
    >>> plain.volume() > box(np.zeros(3), np.ones(3), rounding=0.1).volume() > 0.9
    True
    """
    if rounding <= 0:
        return Manifold.cube(tuple(upper - lower)).translate(tuple(lower))
    rounding = min(rounding, 0.49 * float((upper - lower).min()))
    bead = Manifold.sphere(rounding, CORNER_SIDES)
    low, high = lower + rounding, upper - rounding
    corners = np.stack(np.meshgrid(*np.stack([low, high], 1), indexing="ij"), -1).reshape(-1, 3)
    return Manifold.batch_hull([bead.translate(tuple(corner)) for corner in corners])


def cushion(lower: Point, upper: Point, rounding: float, bulge: float) -> Manifold:
    """A rounded box whose faces along its thinnest side bulge.

    Args:
        lower, upper: its corners, without the bulge.
        rounding: radius of the edges.
        bulge: how much thicker the middle is than the edge, as a part of the thickness.

    >>> soft = cushion(np.zeros(3), np.array([0.6, 0.15, 0.6]), rounding=0.03, bulge=0.2)
    >>> round(soft.bounding_box()[4], 3)  # half of the bulge is above
    0.165
    """
    middle, half = (lower + upper) / 2, (upper - lower) / 2
    thin = int(np.argmin(half))
    wide = [axis for axis in range(3) if axis != thin]

    def swell(points: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "vertices 3"]:
        rest = np.clip(1.0 - ((points - middle) / half)[:, wide] ** 2, 0.0, 1.0)
        swollen = points.copy()
        swollen[:, thin] += (points - middle)[:, thin] * bulge * rest.prod(axis=1)
        return swollen

    plain = box(lower, upper, rounding)
    # On y = b (1 − x²/a²), chords of this length stay within twice the sagitta: cloth is soft.
    step = 2.0 * float(half[wide].max()) * np.sqrt(2 * SAGITTA / max(bulge * half[thin], SAGITTA))
    return plain.refine_to_length(step).warp_batch(swell)


def slab(
    outline: Outline, bottom: float, top: float, edge: Float[np.ndarray, "levels 2"] | None = None
) -> Manifold:
    """A convex outline in (x, z) made thick along y.

    Args:
        outline: counter-clockwise in (x, z).
        bottom, top: heights of the faces.
        edge: (height, inset) from the bottom to the top, heights in [0, 1] and insets in metres;
            by default the edge is square.

    >>> from acutance.shapes.modelling.outlines import rectangle
    >>> slab(rectangle(2.0, 1.0), bottom=0.5, top=0.75).volume()
    0.5
    """
    levels = np.array([[0.0, 0.0], [1.0, 0.0]]) if edge is None else edge
    rings = [
        np.insert(_inset(outline, inset), 1, bottom + height * (top - bottom), axis=1)
        for height, inset in levels
    ]
    return Manifold.hull_points(np.concatenate(rings))


def rounded_edge(radius: float, thickness: float, *, both: bool = True) -> Outline:
    """The `edge` of a slab whose upper rim, or both rims, are rounded."""
    angle = np.linspace(0.0, np.pi / 2, 6)
    upper = np.stack(
        [1.0 - radius / thickness * (1 - np.sin(angle)), radius * (1 - np.cos(angle))], 1
    )
    lower = upper[::-1] * (-1, 1) + (1, 0) if both else np.array([[0.0, 0.0]])
    return np.concatenate([lower, upper])


def chamfered_edge(depth: float, inset: float) -> Outline:
    """The `edge` of a slab that is thinner at its rim: cut away below, `depth` of the thickness."""
    return np.array([[0.0, inset], [depth, 0.0], [1.0, 0.0]])


def board(drawing: CrossSection, thickness: float) -> Manifold:
    """A drawing in (x, y), made thick along z about z = 0.

    >>> board(CrossSection.square((2, 1)), 0.5).bounding_box()
    (0.0, 0.0, -0.25, 2.0, 1.0, 0.25)
    """
    return drawing.extrude(thickness).translate((0, 0, -thickness / 2))


def _inset(outline: Outline, distance: float) -> Outline:
    """A convex outline, every corner moved inwards; the hull drops the loops that this may make."""
    if distance == 0:
        return outline
    along = np.roll(outline, -1, axis=0) - outline
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    inward = np.stack([-along[:, 1], along[:, 0]], axis=1)
    before = np.roll(inward, 1, axis=0)
    share = 1.0 + np.einsum("ij,ij->i", inward, before)[:, None]
    return outline + distance * (inward + before) / share
