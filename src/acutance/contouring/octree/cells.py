"""From coarse to fine: the cells that a field's surface passes through, with few evaluations."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.contouring.octree.lattice import Keys, Samples, locate
from acutance.errors import InputError

HALF_DIAGONAL = 0.5 * 3.0**0.5
"""Greatest distance, in cells, between a point and a plane that touches the cube about it."""

FLATNESS = 0.03
"""A cell is flat if its centre is within this fraction of its size of what its corners say."""

NEAR = 0.3
"""Predictions within this many cells of zero are not trusted: several times the error of a flat
cell of two cells' size (0.06 cells), which the evaluations at these very points then confirm."""

BLOCK = 1 << 18
"""Cells split at once: bounds the memory (27 lattice points a cell)."""


@dataclass(frozen=True)
class Level:
    """The cells of one size that were tested.

    Attributes:
        size: edge length in finest cells, a power of two.
        keys: the cells, sorted.
        kept: whether a cell may hold surface.
        inside: the sign believed of a cell that is not kept.
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


def coarsest(resolution: int) -> int:
    """Size of the coarsest cells, in finest ones: some 16 to 32 lie along the longest side."""
    return int(2 ** max(1, (resolution // 16).bit_length() - 1))


def descend(
    samples: Samples, size: int, safety: float, *, predict: bool, crowd: float
) -> list[Level]:
    """Test cells from the coarsest of this size down to those of size 2.

    A cell is kept if ``|f(centre)| ≤ safety · half its diagonal``: with a Lipschitz constant of
    at most `safety` no other cell can hold surface. The last of these splits is cheaper: in a
    parent that is flat the children's values are interpolated, and those are kept that the
    interpolated surface comes near.

    Raises:
        InputError: on a level more cells are to be tested than `crowd` (see `Contouring`) allows.
    """
    lattice = samples.lattice
    axes = [torch.arange(0, n, size, device=lattice.device) for n in lattice.cells]
    levels = [_bounded(samples, lattice.keys(torch.cartesian_prod(*axes)), size, safety)]
    while size > 2:
        parents = levels[-1].keys[levels[-1].kept]
        if 8 * len(parents) > crowd * (2 * max(lattice.cells) // size) ** 2:
            raise InputError(hovering(samples, size))
        split = _predicted if predict and size == 4 else _tested
        levels.append(split(samples, parents, size, safety))
        size //= 2
    return levels


def _bounded(samples: Samples, keys: Keys, size: int, safety: float) -> Level:
    lattice = samples.lattice
    keys = keys.sort().values
    centre = samples.at(keys + size // 2 * sum(lattice.strides))
    kept = centre.abs() <= safety * HALF_DIAGONAL * size * lattice.spacing
    return Level(size, keys, kept, centre < 0)


def _tested(samples: Samples, parents: Keys, size: int, safety: float) -> Level:
    children = parents[:, None] + samples.lattice.offsets(2, size // 2)
    return _bounded(samples, children.reshape(-1), size // 2, safety)


def _predicted(samples: Samples, parents: Keys, size: int, safety: float) -> Level:
    lattice = samples.lattice
    flat, values = _interpolated(samples, parents, size)
    children = parents[:, None] + lattice.offsets(2, size // 2)
    corners = values[:, _children_corners(lattice.device)]
    reach = NEAR * size / 2 * lattice.spacing
    kept = (corners.amin(dim=2) <= reach) & (corners.amax(dim=2) >= -reach)
    tested = _bounded(samples, children[~flat].reshape(-1), size // 2, safety)
    keys, order = torch.cat([children[flat].reshape(-1), tested.keys]).sort()
    inside = (corners.mean(dim=2) < 0)[flat].reshape(-1)
    return Level(
        size // 2,
        keys,
        torch.cat([kept[flat].reshape(-1), tested.kept])[order],
        torch.cat([inside, tested.inside])[order],
    )


def _interpolated(
    samples: Samples, cells: Keys, size: int
) -> tuple[Bool[Tensor, " cells"], Float[Tensor, "cells 27"]]:
    """Whether cells are flat, and the trilinear interpolation of their corners on 3×3×3 points."""
    lattice = samples.lattice
    corners = samples.at(cells[:, None] + lattice.offsets(2, size))
    centre = samples.at(cells + size // 2 * sum(lattice.strides))
    error = (corners.mean(dim=1) - centre).abs()
    return error <= FLATNESS * size * lattice.spacing, corners @ _trilinear(lattice.device)


def _trilinear(device: torch.device) -> Float[Tensor, "8 27"]:
    line = torch.tensor([[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]], device=device)
    return torch.einsum("ax,by,cz->abcxyz", line, line, line).reshape(8, 27)


def _children_corners(device: torch.device) -> Int[Tensor, "8 8"]:
    """Places of the 8 corners of each of the 8 children among the 3×3×3 points of a parent."""
    two = torch.arange(2, device=device)
    corner = torch.cartesian_prod(two, two, two)
    place = torch.tensor([9, 3, 1], device=device)
    return ((corner[:, None] + corner[None]) * place).sum(dim=2)


def contradictions(
    samples: Samples, levels: list[Level], count: int, generator: torch.Generator
) -> tuple[int, float]:
    """Look for surface in the cells that were not kept, at random points of the lattice.

    Returns:
        How many points have not the sign that was believed of their cell, and the least `safety`
        that would have kept their cells.
    """
    lattice = samples.lattice
    box = torch.tensor(lattice.cells)
    index = (torch.rand(count, 3, generator=generator) * box).long().to(lattice.device)
    found, needed = 0, 0.0
    for level in levels:
        cell = lattice.keys(index // level.size * level.size)
        place, there = locate(level.keys, cell)
        dropped = there & ~level.kept[place]
        wrong = (samples.at(lattice.keys(index[dropped])) < 0) != level.inside[place[dropped]]
        found += int(wrong.sum())
        if wrong.any():
            centre = cell[dropped][wrong] + level.size // 2 * sum(lattice.strides)
            steep = samples.at(centre).abs().max() / (HALF_DIAGONAL * level.size * lattice.spacing)
            needed = max(needed, float(steep))
        index = index[there & level.kept[place]]
    return found, needed


def settle(samples: Samples, level: Level, safety: float) -> None:
    """Learn the values at all points of the kept cells of size 2, as far as they matter.

    In flat parents only the points that the surface comes near are evaluated; the others take the
    interpolated value, whose sign is sure. If an evaluation disagrees with its prediction, its
    parent was not flat after all. In the other parents all points are evaluated but those that are
    inside, or outside and in no cube that a thin part could touch, at any slope up to `safety`.
    """
    for block in level.keys[level.kept].split(BLOCK):
        _settle(samples, block, safety)


def _settle(samples: Samples, parents: Keys, safety: float) -> None:
    lattice = samples.lattice
    points = parents[:, None] + lattice.offsets(3)
    flat, predicted = _interpolated(samples, parents, 2)
    keys = points.unique()
    place = torch.searchsorted(keys, points)
    guess = torch.zeros(len(keys), device=lattice.device)
    guess[place.reshape(-1)] = predicted.reshape(-1)
    near = guess.abs() < NEAR * lattice.spacing
    error = torch.zeros_like(guess)
    error[near] = (samples.at(keys[near]) - guess[near]).abs()
    flat &= (error <= 2 * FLATNESS * lattice.spacing)[place].all(dim=1)
    least, greatest = _bounds(samples, parents[~flat], safety)
    certain = (least > HALF_DIAGONAL * lattice.spacing) != (greatest < 0)
    samples.at(points[~flat][~certain].unique())
    guess[place[~flat]] = predicted[~flat].clamp(least, greatest)
    samples.assume(keys, guess)


def _bounds(
    samples: Samples, cells: Keys, safety: float
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
    for value, far in zip(values.unbind(dim=1), reach, strict=True):
        least = torch.maximum(least, value[:, None] - far)
        greatest = torch.minimum(greatest, value[:, None] + far)
    return least, greatest


def leaves(samples: Samples, level: Level) -> Cells:
    """The finest cells with a change of sign in the kept cells of size 2, which are settled."""
    blocks = [_leaves(samples, block) for block in level.keys[level.kept].split(BLOCK)]
    keys, order = torch.cat([cells.keys for cells in blocks]).sort()
    return Cells(keys, torch.cat([cells.values for cells in blocks])[order])


def _leaves(samples: Samples, parents: Keys) -> Cells:
    lattice = samples.lattice
    values = samples.at(parents[:, None] + lattice.offsets(3))
    parents, values = parents[mixed(values)], values[mixed(values)]
    values = values[:, _children_corners(lattice.device)]
    return Cells((parents[:, None] + lattice.offsets(2))[mixed(values)], values[mixed(values)])


def mixed(values: Float[Tensor, "... points"]) -> Bool[Tensor, "..."]:
    """Whether the values of points differ in sign."""
    return (values.amin(dim=-1) < 0) & (values.amax(dim=-1) >= 0)


def hovering(samples: Samples, size: int) -> str:
    """What is wrong with a field that comes near zero in too many cells of a size."""
    low, high = samples.range
    return (
        f"The field (between {low:.3g} and {high:.3g}) is nearly zero, or changes its sign, in a "
        f"large part of the box, at cells of {size * samples.lattice.spacing:.3g}; a signed "
        "distance is far from zero away from the surface. It is probably untrained: train it "
        "longer."
    )
