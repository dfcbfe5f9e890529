"""Parts thinner than a cell, which pass between the corners of cells and change no sign there.

A signed distance says how far the surface is, also where no corner changes sign. Outside points of
the lattice whose own cubes (of a cell's size, about the point) are touched by a thin part are here
counted as inside: these cubes cover the part without a gap, so that its surface is closed, whatever
its thickness. Only the sign is changed: the vertices are then placed on the true surface (see
`hermite`), front and back as far apart as they are.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import normalize

from acutance.contouring.octree.cells import CELLS_AT_ONCE, HALF_DIAGONAL, OctreeLevel
from acutance.contouring.octree.lattice import Keys, LatticeValues, locate

LEAST_RISE = 0.8
"""How much, in cells, the field changes at least within two cells where it is anything like a
distance; a field that is nearly zero everywhere, as at the start of a training, has no thin
parts."""

THICK_DEPTH = 0.8
"""A point this many cells inside of a part shows that it is no thin one."""

PROBE_DEPTHS = (1.0, 0.5, 0.25)
"""How far behind its surface a part is looked through, in extents of a cell along the normal (the
thickness from which a plate's lattice points are neighbours of each other); several, as another
part may stand behind."""

BALL_SHARE = 0.8
"""About a point inside of a part, a ball of this share of its distance is taken to be inside of the
part too; all of it would be, if the distance were exact."""

OPPOSITE_COSINE = -0.5
"""Cosine between the gradients before and behind a thin part, at most: beside the edge of a thick
part, where a point may also be outside, it is around 0."""

FOOT_TOLERANCE = 0.1
"""The field at the foot of a point may be this many cells from zero; otherwise the point stands
above a valley of the field, where there is no surface."""


@dataclass(frozen=True)
class SheetPoints:
    """Outside points at thin parts, sorted, with the unit gradients of the field there."""

    keys: Keys
    normals: Float[Tensor, "keys 3"]


def mark_thin_parts(samples: LatticeValues, level: OctreeLevel) -> Keys:
    """Change the signs of the outside points that thin parts need.

    Args:
        samples: the field, known at all points of kept cells (see `sample_kept_cells`).
        level: the cells of size 2.

    Returns:
        The points that now count as inside, sorted.
    """
    lattice = samples.lattice
    empty = SheetPoints(
        level.keys[:0], torch.zeros(0, 3, dtype=torch.float64, device=lattice.device)
    )
    sheets, above_thick = [empty], [empty.keys]
    for block in level.keys[level.kept].split(CELLS_AT_ONCE):
        # Candidates: points outside whose cubes the surface may touch.
        points = block[:, None] + lattice.offsets(3)
        values = samples.at(points)
        steep = values.amax(dim=1) - values.amin(dim=1) >= LEAST_RISE * lattice.spacing
        near = (values >= 0) & (values <= HALF_DIAGONAL * lattice.spacing)
        points = points[near & steep[:, None]].unique()
        thick = _above_thick_part(samples, points)
        sheets.append(_at_thin_parts(samples, points[~thick]))
        above_thick.append(points[thick])
    # Together with what joins them to thick parts they are marked, then the pockets among them.
    keys, order = torch.cat([sheet.keys for sheet in sheets]).sort()
    sheet = SheetPoints(keys, torch.cat([sheet.normals for sheet in sheets])[order])
    if len(keys):
        keys = torch.cat([keys, _bridges(samples, torch.cat(above_thick), sheet)]).unique()
        keys = keys[_has_inside_neighbour(samples, keys)]
        samples.mark_inside(keys)
        pockets = _pockets(samples, keys)
        samples.mark_inside(pockets)
        keys = torch.cat([keys, pockets]).sort().values
    return keys


def _above_thick_part(samples: LatticeValues, points: Keys) -> Bool[Tensor, " keys"]:
    """Whether a deep point is known some two cells behind the surface."""
    lattice = samples.lattice
    steps = torch.tensor(lattice.strides, device=lattice.device)
    # The gradient by central differences of the lattice; 0 along an axis with unknown neighbours.
    before, after = (samples.known(points[:, None] + way * steps) for way in (-1, 1))
    outward = normalize((after - before).nan_to_num(), dim=1)
    behind = points - ((2 * outward).round().long() * steps).sum(dim=1)
    return samples.known(behind) <= -THICK_DEPTH * lattice.spacing


def _at_thin_parts(samples: LatticeValues, points: Keys) -> SheetPoints:
    """Those of the points whose cubes are touched by a part thinner than a cell."""
    spacing, probe = samples.lattice.spacing, samples.probe
    normals = normalize(probe.gradient(samples.lattice.positions(points)).double(), dim=1)
    # A plane with normal n touches the cube about a point if it is within half the cube's extent
    # along n, Σ|nᵢ| cells. The distance to the plane is the field's value at the point.
    extent = spacing * normals.abs().sum(dim=1)
    near = samples.at(points) <= 0.5 * extent
    points, normals, extent = points[near], normals[near], extent[near]
    feet = samples.lattice.positions(points) - samples.at(points)[:, None] * normals
    thin = torch.zeros(len(points), dtype=torch.bool, device=points.device)
    inside_from = torch.full_like(extent, torch.inf)  # as far as is known from deeper points
    # From the foot straight into the part: it is thin if one comes out on a side that faces away.
    for depth in PROBE_DEPTHS:
        # Points known to be inside at this depth, by a ball about a deeper point, are passed over.
        asked = (depth * extent < inside_from).nonzero().squeeze(1)
        behind = feet[asked] - depth * extent[asked, None] * normals[asked]
        value = probe.sdf(behind).double()
        inside_from[asked] = depth * extent[asked] - BALL_SHARE * (-value).clamp(min=0)
        outside = (value > 0).nonzero().squeeze(1)
        slope = (probe.gradient(behind[outside]) * normals[asked[outside]]).sum(dim=1)
        thin[asked[outside[slope < OPPOSITE_COSINE]]] = True
    # The foot has to be on a surface.
    thin[thin.clone()] = probe.sdf(feet[thin]).abs() <= FOOT_TOLERANCE * spacing
    return SheetPoints(points[thin], normals[thin])


def _bridges(samples: LatticeValues, points: Keys, sheet: SheetPoints) -> Int[Tensor, " bridges"]:
    """Those of the points above thick parts that a thin part's plane passes on its way to them.

    There the thick part is nearer than the thin one; without them a plate would end a point short
    of the body that it stands on.
    """
    lattice = samples.lattice
    steps = torch.cartesian_prod(*[torch.arange(-1, 2, device=points.device)] * 3)
    found = []
    for step in steps:
        place, present = locate(sheet.keys, points + lattice.keys(step[None]))
        place, here = place[present], points[present]
        normal = sheet.normals[place]
        # How high the point is above the plane of its neighbour on the sheet.
        height = samples.at(sheet.keys[place]) - lattice.spacing * normal @ step.to(normal)
        touched = height.abs() <= 0.5 * lattice.spacing * normal.abs().sum(dim=1)
        found.append(here[touched])
    return torch.cat(found)


def _has_inside_neighbour(samples: LatticeValues, keys: Keys) -> Bool[Tensor, " keys"]:
    """Which of the points, once inside, have a neighbour inside; the others would float alone."""
    around = _neighbours(samples, keys)
    thin = locate(keys, around.reshape(-1))[1].reshape(around.shape)
    return (thin | (samples.known(around) < 0)).any(dim=1)


def _pockets(samples: LatticeValues, keys: Keys) -> Int[Tensor, " pockets"]:
    """Outside points next to marked ones that have no neighbour outside: notches closed by them."""
    beside = _neighbours(samples, keys).unique()
    beside = beside[samples.known(beside) >= 0]
    return beside[(samples.known(_neighbours(samples, beside)) < 0).all(dim=1)]


def _neighbours(samples: LatticeValues, keys: Keys) -> Int[Tensor, "keys 6"]:
    """The six points a step along an axis away."""
    steps = torch.tensor(samples.lattice.strides, device=keys.device)
    return keys[:, None] + torch.cat([steps, -steps])
