"""From coarse to fine: the cells that a field's surface passes through, with few evaluations."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.contouring.octree.lattice import Keys, LatticeValues, locate
from acutance.errors import InputError
from acutance.machine.devices import CPU

HALF_DIAGONAL = 0.5 * 3.0**0.5
"""Greatest distance, in cells, between a point and a plane that touches the cube about it."""

FLATNESS = 0.03
"""A cell is flat if its centre is within this fraction of its size of its corners' mean."""

PREDICTION_MARGIN = 0.3
"""Predictions within this many cells of zero are not trusted: several times the error of a flat
cell of two cells' size (0.06 cells), which the evaluations at these very points then confirm."""

CELLS_AT_ONCE = 1 << 18
"""Cells split at once: bounds the memory (27 lattice points a cell)."""


@dataclass(frozen=True)
class OctreeLevel:
    """The cells of one size that were tested.

    Attributes:
        size: edge length in finest cells, a power of two.
        keys: the cells, sorted.
        kept: whether a cell may hold surface.
        inside: the sign assumed of a cell that is not kept.
    """

    size: int
    keys: Keys
    kept: Bool[Tensor, " keys"]
    inside: Bool[Tensor, " keys"]


@dataclass(frozen=True)
class Cells:
    """The finest cells whose corners differ in sign.

    Attributes:
        keys: the cells, sorted.
        values: the field at their corners, numbered as in `loops`.
    """

    keys: Int[Tensor, " cells"]
    values: Float[Tensor, "cells 8"]


def coarsest_size(resolution: int) -> int:
    """Size of the coarsest cells, in finest ones: some 16 to 32 lie along the longest side.

    Example:
        >>> coarsest_size(256)
        16
    """
    return int(2 ** max(1, (resolution // 16).bit_length() - 1))


def descend(
    samples: LatticeValues, size: int, safety: float, *, predict: bool, crowd: float
) -> list[OctreeLevel]:
    """Test cells from the coarsest, of this size, down to those of size 2.

    A cell is kept if ``|f(centre)| ≤ L · half its diagonal`` with the Lipschitz constant L =
    `safety`: if f changes by no more than L a unit of length, no other cell can hold surface. The
    last of these splits is cheaper: in a parent that is flat the children's values are
    interpolated, and those are kept that the interpolated surface comes near.

    Args:
        samples: the field; takes the values that are evaluated.
        size: edge length of the coarsest cells, in finest ones.
        safety: the Lipschitz constant; 1 for an exact distance.
        predict: whether the last split may interpolate.
        crowd: most cells that may be tested on a level, as a multiple of the square of its cells
            along the longest side.

    Raises:
        InputError: more cells than that are to be tested.
    """
    lattice = samples.lattice
    # The coarsest level is tested whole.
    axes = [torch.arange(0, n, size, device=lattice.device) for n in lattice.cells]
    levels = [_test_bound(samples, lattice.keys(torch.cartesian_prod(*axes)), size, safety)]
    while size > 2:
        parents = levels[-1].keys[levels[-1].kept]
        # A surface passes some (cells along a side)² cells; noise passes all of them.
        if 8 * len(parents) > crowd * (2 * max(lattice.cells) // size) ** 2:
            raise InputError(near_zero_message(samples, size))
        split = _split_by_interpolation if predict and size == 4 else _split_by_bound
        levels.append(split(samples, parents, size, safety))
        size //= 2
    return levels


def _test_bound(samples: LatticeValues, keys: Keys, size: int, safety: float) -> OctreeLevel:
    """Keep the cells that the Lipschitz bound does not rule out."""
    lattice = samples.lattice
    keys = keys.sort().values
    centre = samples.at(keys + size // 2 * sum(lattice.strides))
    kept = centre.abs() <= safety * HALF_DIAGONAL * size * lattice.spacing
    return OctreeLevel(size, keys, kept, centre < 0)


def _split_by_bound(samples: LatticeValues, parents: Keys, size: int, safety: float) -> OctreeLevel:
    """The eight children of every parent, tested by the bound."""
    children = parents[:, None] + samples.lattice.offsets(2, size // 2)
    return _test_bound(samples, children.reshape(-1), size // 2, safety)


def _split_by_interpolation(
    samples: LatticeValues, parents: Keys, size: int, safety: float
) -> OctreeLevel:
    """The children, those of flat parents tested by the interpolated values at their corners."""
    lattice = samples.lattice
    flat, values = _interpolate(samples, parents, size)
    children = parents[:, None] + lattice.offsets(2, size // 2)
    corners = values[:, _children_corners(lattice.device)]
    # A trilinear interpolation lies between its least and greatest corner.
    reach = PREDICTION_MARGIN * size / 2 * lattice.spacing
    kept = (corners.amin(dim=2) <= reach) & (corners.amax(dim=2) >= -reach)
    # Children of parents that are not flat are tested as on the other levels.
    tested = _test_bound(samples, children[~flat].reshape(-1), size // 2, safety)
    keys, order = torch.cat([children[flat].reshape(-1), tested.keys]).sort()
    inside = (corners.mean(dim=2) < 0)[flat].reshape(-1)
    return OctreeLevel(
        size // 2,
        keys,
        torch.cat([kept[flat].reshape(-1), tested.kept])[order],
        torch.cat([inside, tested.inside])[order],
    )


def _interpolate(
    samples: LatticeValues, cells: Keys, size: int
) -> tuple[Bool[Tensor, " cells"], Float[Tensor, "cells 27"]]:
    """Whether cells are flat, and the trilinear interpolation of their corners on 3×3×3 points."""
    lattice = samples.lattice
    corners = samples.at(cells[:, None] + lattice.offsets(2, size))
    centre = samples.at(cells + size // 2 * sum(lattice.strides))
    # At the centre the interpolation is the mean of the corners; its error there is measured.
    error = (corners.mean(dim=1) - centre).abs()
    return error <= FLATNESS * size * lattice.spacing, corners @ _trilinear(lattice.device)


def _trilinear(device: torch.device) -> Float[Tensor, "8 27"]:
    """Weights of the 8 corners in the trilinear interpolation at the 3×3×3 points."""
    line = torch.tensor([[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]], device=device)
    return torch.einsum("ax,by,cz->abcxyz", line, line, line).reshape(8, 27)


def _children_corners(device: torch.device) -> Int[Tensor, "8 8"]:
    """Places of the 8 corners of each of the 8 children among the 3×3×3 points of a parent."""
    two = torch.arange(2, device=device)
    corner = torch.cartesian_prod(two, two, two)
    place = torch.tensor([9, 3, 1], device=device)
    return ((corner[:, None] + corner[None]) * place).sum(dim=2)


def contradictions(
    samples: LatticeValues, levels: list[OctreeLevel], count: int, generator: torch.Generator
) -> tuple[int, float]:
    """Look for surface in the cells that were not kept, at random points of the lattice.

    Args:
        samples: the field.
        levels: all levels, the coarsest first.
        count: number of random points.
        generator: of the CPU, so that all devices look at the same points.

    Returns:
        How many points have another sign than was assumed of their cell, and the least `safety`
        that would have kept their cells.
    """
    lattice = samples.lattice
    box = torch.tensor(lattice.cells, device=CPU)
    index = (torch.rand(count, 3, generator=generator, device=CPU) * box).long().to(lattice.device)
    found, needed = 0, 0.0
    for level in levels:
        cell = lattice.keys(index // level.size * level.size)
        place, present = locate(level.keys, cell)
        dropped = present & ~level.kept[place]
        wrong = (samples.at(lattice.keys(index[dropped])) < 0) != level.inside[place[dropped]]
        found += int(wrong.sum())
        if wrong.any():
            # The bound, solved for L: |f(centre)| over half the diagonal.
            centre = cell[dropped][wrong] + level.size // 2 * sum(lattice.strides)
            steep = samples.at(centre).abs().max() / (HALF_DIAGONAL * level.size * lattice.spacing)
            needed = max(needed, float(steep))
        index = index[present & level.kept[place]]  # the next level has the children of these
    return found, needed


def sample_kept_cells(samples: LatticeValues, level: OctreeLevel, safety: float) -> None:
    """Find the values at all points of the kept cells of size 2, as exactly as they matter.

    In flat parents only the points that the surface comes near are evaluated; the others take the
    interpolated value, whose sign is sure. If an evaluation disagrees with its prediction, its
    parent was not flat after all. In the other parents all points are evaluated but those that are
    inside, or outside and in no cube that a thin part could touch, at any slope up to `safety`.
    """
    for block in level.keys[level.kept].split(CELLS_AT_ONCE):
        _sample_block(samples, block, safety)


def _sample_block(samples: LatticeValues, parents: Keys, safety: float) -> None:
    lattice = samples.lattice
    points = parents[:, None] + lattice.offsets(3)
    flat, predicted = _interpolate(samples, parents, 2)
    keys = points.unique()
    place = torch.searchsorted(keys, points)
    # Points on common faces are predicted by several parents; one prediction is kept for all.
    guess = torch.zeros(len(keys), device=lattice.device)
    guess[place.reshape(-1)] = predicted.reshape(-1)
    # Flat parents: evaluate next to the surface, and see whether the interpolation was right.
    near = guess.abs() < PREDICTION_MARGIN * lattice.spacing
    error = torch.zeros_like(guess)
    error[near] = (samples.at(keys[near]) - guess[near]).abs()
    flat &= (error <= 2 * FLATNESS * lattice.spacing)[place].all(dim=1)
    # The others: evaluate wherever the Lipschitz bounds leave the sign, or a thin part, open.
    least, greatest = _lipschitz_bounds(samples, parents[~flat], safety)
    certain = (least > HALF_DIAGONAL * lattice.spacing) != (greatest < 0)
    samples.at(points[~flat][~certain].unique())
    guess[place[~flat]] = predicted[~flat].clamp(least, greatest)
    samples.fill_unknown(keys, guess)


def _lipschitz_bounds(
    samples: LatticeValues, cells: Keys, safety: float
) -> tuple[Float[Tensor, "cells 27"], Float[Tensor, "cells 27"]]:
    """Least and greatest value that a slope of `safety` allows at the 3×3×3 points of cells of size
    2 whose corners and centres are known.
    """
    lattice = samples.lattice
    place = torch.cartesian_prod(*[torch.arange(3, device=lattice.device)] * 3)
    known = (place != 1).all(dim=1) | (place == 1).all(dim=1)
    values = samples.at(cells[:, None] + lattice.keys(place[known]))
    reach = safety * lattice.spacing * torch.cdist(place[known].float(), place.float())
    least = values.new_full((len(cells), len(place)), -torch.inf)
    greatest = -least
    # f(y) − L |x − y| ≤ f(x) ≤ f(y) + L |x − y|, for every known point y.
    for value, far in zip(values.unbind(dim=1), reach, strict=True):
        least = torch.maximum(least, value[:, None] - far)
        greatest = torch.minimum(greatest, value[:, None] + far)
    return least, greatest


def leaf_cells(samples: LatticeValues, level: OctreeLevel) -> Cells:
    """The finest cells with a change of sign in the kept cells of size 2, which are sampled."""
    blocks = [_leaf_block(samples, block) for block in level.keys[level.kept].split(CELLS_AT_ONCE)]
    keys, order = torch.cat([cells.keys for cells in blocks]).sort()
    return Cells(keys, torch.cat([cells.values for cells in blocks])[order])


def _leaf_block(samples: LatticeValues, parents: Keys) -> Cells:
    lattice = samples.lattice
    values = samples.at(parents[:, None] + lattice.offsets(3))
    # First the parents with a change of sign, then their children.
    crossed = signs_differ(values)
    parents, values = parents[crossed], values[crossed]
    values = values[:, _children_corners(lattice.device)]
    crossed = signs_differ(values)
    return Cells((parents[:, None] + lattice.offsets(2))[crossed], values[crossed])


def signs_differ(values: Float[Tensor, "... points"]) -> Bool[Tensor, "..."]:
    """Whether the values of points (the last axis) differ in sign; zero counts as outside."""
    return (values.amin(dim=-1) < 0) & (values.amax(dim=-1) >= 0)


def near_zero_message(samples: LatticeValues, size: int) -> str:
    """What is wrong with a field that comes near zero in too many cells of a size."""
    low, high = samples.range
    return (
        f"The field (between {low:.3g} and {high:.3g}) is nearly zero, or changes its sign, in a "
        f"large part of the box, at cells of {size * samples.lattice.spacing:.3g}; a signed "
        f"distance is far from zero away from the surface: {samples.probe.remedy}."
    )
