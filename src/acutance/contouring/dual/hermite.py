"""Hermite data: where the surface crosses the edges of the lattice, and its normals there."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from acutance.contouring.dual.patches import Crossings
from acutance.contouring.octree.cells import Cells
from acutance.contouring.octree.lattice import Keys, Lattice, Probe, locate

ROOT_TOLERANCE = 0.02
"""A root is good enough if the field there is within this many cells of zero: the tangent plane
takes the rest into account, and its error is of second order."""

ROOT_MARGIN = 1e-4
"""Roots keep this fraction of an edge away from its ends, so that no two coincide."""

LEAST_GRADIENT = 1e-6
"""A gradient shorter than this has no direction in float32."""

GRADIENT_OFFSET = 0.02
"""How far out, in cells, the gradient is asked for again where it vanishes."""

ROOT_STEPS = 3
"""Most evaluations a root. Only edges that pass a crease or a steep place need more than one."""

TRACE_STEPS = 8
"""Most steps along an edge towards a thin part; one that it takes longer to reach is grazed."""


@dataclass(frozen=True)
class Hermite:
    """Tangent planes ``n · (x − p) + d = 0`` at crossing edges, in the unit of the field.

    Attributes:
        points: p, float64 points on the edges, next to or on the surface.
        normals: n, unit gradients there.
        distances: d, the field at the points, as a distance (over the length of its gradient).
        thin: whether the inside end of an edge is an outside point of a thin part: the surface may
            then be some cells from the point.
    """

    points: Float[Tensor, "edges 3"]
    normals: Float[Tensor, "edges 3"]
    distances: Float[Tensor, " edges"]
    thin: Bool[Tensor, " edges"]

    @property
    def feet(self) -> Float[Tensor, "edges 3"]:
        """The points moved onto their tangent planes: p − d n."""
        return self.points - self.distances[:, None] * self.normals


def tangent_planes(
    probe: Probe, lattice: Lattice, cells: Cells, crossings: Crossings, thin_points: Keys
) -> Hermite:
    """Find the root on every crossing edge and the tangent plane there.

    Args:
        probe: the field.
        lattice: the lattice of the cells.
        cells: the cells of the surface.
        crossings: their edges with a change of sign.
        thin_points: outside points that count as inside (see `thin`). An edge that ends at one may
            have no root; its tangent plane is that of the surface which is seen from its outside
            end.
    """
    # The two ends of every edge, and the field there.
    low = cells.keys[crossings.owner]
    high = low + torch.tensor(lattice.strides, device=lattice.device)[crossings.axis]
    corner = torch.tensor([4, 2, 1], device=lattice.device)[crossings.axis]
    values = cells.values[crossings.owner, 0], cells.values[crossings.owner, corner]
    axes = torch.eye(3, dtype=torch.float64, device=lattice.device)[crossings.axis]
    outwards = torch.where(crossings.outward[:, None], axes, -axes)
    thin = locate(thin_points, torch.where(crossings.outward, low, high))[1]
    # p and f(p): by root finding, and at thin parts by tracing from the outside end.
    points = lattice.positions(low)
    distances = torch.zeros_like(points[:, 0])
    plain = ~thin
    points[plain], distances[plain] = _roots(
        probe, points[plain], axes[plain] * lattice.spacing, values[0][plain], values[1][plain]
    )
    outside = lattice.positions(torch.where(crossings.outward, high, low)[thin])
    points[thin], distances[thin] = _sphere_traced(probe, outside, -outwards[thin], lattice.spacing)
    gradient, length = _gradients(probe, points, outwards, lattice.spacing)
    # To first order the distance to the surface is f / |∇f|, whatever the slope of the field.
    distances /= length
    # Where the field is steep, kinked or flat, a plane further away than this is no tangent plane.
    reach = torch.where(thin, 2.0, 0.5) * lattice.spacing
    distances = distances.clamp(-reach, reach)
    return Hermite(points, gradient / length[:, None], distances, thin)


def _sphere_traced(
    probe: Probe,
    start: Float[Tensor, "edges 3"],
    direction: Float[Tensor, "edges 3"],
    spacing: float,
) -> tuple[Float[Tensor, "edges 3"], Float[Tensor, " edges"]]:
    """First points from `start` along edges that are close to the surface, and the field there.

    By sphere tracing (Hart 1996): each step is as long as the field allows. Where an edge passes
    the surface by, the point is its start.
    """
    along = torch.zeros_like(start[:, 0])
    values = probe.sdf(start).double()
    first, step = values.clone(), values.clone()
    for _ in range(TRACE_STEPS):
        # Each step is the field's value; beyond the end of the edge there is nothing to find.
        far = values > ROOT_TOLERANCE * spacing
        going = (far & (along + step < spacing)).nonzero().squeeze(1)
        if not len(going):
            break
        along[going] += step[going]
        values[going] = probe.sdf(start[going] + along[going, None] * direction[going]).double()
        step = values
    missed = values > ROOT_TOLERANCE * spacing
    along[missed], values[missed] = 0.0, first[missed]
    return start + along[:, None] * direction, values


def _gradients(
    probe: Probe,
    points: Float[Tensor, "edges 3"],
    outwards: Float[Tensor, "edges 3"],
    spacing: float,
) -> tuple[Float[Tensor, "edges 3"], Float[Tensor, " edges"]]:
    """Gradients and their lengths; where one vanishes, that of a point a little further out.

    Fields that are put together from pieces may have no gradient exactly on their surface. Where
    there is none beside it either, the direction in which the sign changes is taken.
    """
    gradient = probe.gradient(points).double()
    vanishing = (gradient.norm(dim=1) < LEAST_GRADIENT).nonzero().squeeze(1)
    beside = points[vanishing] + GRADIENT_OFFSET * spacing * outwards[vanishing]
    gradient[vanishing] = probe.gradient(beside).double()
    gradient = torch.where(gradient.norm(dim=1, keepdim=True) < LEAST_GRADIENT, outwards, gradient)
    return gradient, gradient.norm(dim=1)


def _roots(
    probe: Probe,
    start: Float[Tensor, "edges 3"],
    step: Float[Tensor, "edges 3"],
    low: Float[Tensor, " edges"],
    high: Float[Tensor, " edges"],
) -> tuple[Float[Tensor, "edges 3"], Float[Tensor, " edges"]]:
    """Points near the roots on the edges from `start` to `start + step`, and the field there.

    Regula falsi from the values at the two ends, until the field is `ROOT_TOLERANCE` to zero.
    """
    left, right = torch.zeros_like(start[:, 0]), torch.ones_like(start[:, 0])
    low, high = low.double(), high.double()
    values = torch.zeros_like(low)
    going = torch.arange(len(low), device=low.device)
    close = ROOT_TOLERANCE * step.norm(dim=1)
    along = left.clone()
    for _ in range(ROOT_STEPS):
        a, b, f, g = left[going], right[going], low[going], high[going]
        # The zero of the chord through (a, f) and (b, g).
        t = (a + (b - a) * f / (f - g)).clamp(ROOT_MARGIN, 1 - ROOT_MARGIN)
        value = probe.sdf(start[going] + t[:, None] * step[going]).double()
        along[going], values[going] = t, value
        # The bracket shrinks to the side on which the sign changes.
        before = (value < 0) == (f < 0)  # the root lies beyond this point
        left[going], right[going] = torch.where(before, t, a), torch.where(before, b, t)
        low[going], high[going] = torch.where(before, value, f), torch.where(before, g, value)
        going = going[value.abs() > close[going]]
    return start + along[:, None] * step, values
