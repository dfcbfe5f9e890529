"""Grids of features: linear along each axis, right to second derivatives.

A table holds the features of the vertices of all levels; every shape of a batch has a table of its
own. Two implementations of one function: plain PyTorch for any dtype (`encode_plain`, the
reference), and Warp kernels for float32 on the CPU and on CUDA (`encode_fast`). They are tested
against each other. Müller et al. 2022, arXiv 2201.05989.
"""

from itertools import product

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from acutance.model.grid.derivatives import encode_fast
from acutance.model.grid.levels import Level
from acutance.model.grid.lookup import Lookup
from acutance.model.grid.native import PRIMES


def encode(
    points: Float[Tensor, "shapes points 3"],
    tables: Float[Tensor, "shapes rows width"],
    levels: tuple[Level, ...],
) -> Float[Tensor, "shapes points features"]:
    """Features of points in [-1, 1]³, coarsest level first; linear beyond the outer cells.

    >>> import torch
    >>> from acutance.model.grid.levels import lay_out
    >>> levels = lay_out([("x", 4)])  # five vertices from x = -1 to 1, with one feature each
    >>> table = torch.tensor([0.0, 1.0, 4.0, 9.0, 16.0])[None, :, None]
    >>> encode(torch.tensor([[[-0.5, 0.0, 0.0], [0.75, 0.0, 0.0]]]), table, levels)
    tensor([[[ 1.0000],
             [12.5000]]])

    Args:
        points: of every shape as many.
        tables: one a shape; 1, 2, 4 or 8 features a row.
        levels: where the levels lie in a table.
    """
    if points.dtype == tables.dtype == torch.float32:
        return encode_fast(points, tables, levels)
    return encode_plain(points, tables, levels)


def encode_plain(
    points: Float[Tensor, "shapes points 3"],
    tables: Float[Tensor, "shapes rows width"],
    levels: tuple[Level, ...],
) -> Float[Tensor, "shapes points features"]:
    """The reference: features by indexing, differentiated by autograd."""
    return torch.cat([_level_plain(points, tables, level) for level in levels], dim=2)


def _level_plain(
    points: Float[Tensor, "shapes points 3"],
    tables: Float[Tensor, "shapes rows width"],
    level: Level,
) -> Float[Tensor, "shapes points width"]:
    """Trilinear interpolation in one grid a shape."""
    position = (0.5 * points + 0.5) * level.resolution
    cell = position.detach().floor().long().clamp(0, level.resolution - 1)
    share = position - cell
    shape = torch.arange(len(tables), device=points.device)[:, None]
    total = torch.zeros((), dtype=points.dtype, device=points.device)
    for corner in product((0, 1), repeat=3):
        offset = torch.tensor(corner, device=points.device)
        weight = torch.where(offset.bool(), share, 1 - share).prod(dim=2, keepdim=True)
        total = total + weight * tables[shape, _rows(cell + offset, level)]
    return total


def _rows(vertex: Int64[Tensor, "shapes points 3"], level: Level) -> Int64[Tensor, "shapes points"]:
    """Row of a grid vertex: its place in the dense grid, or its hash (the paper's equation 4)."""
    x, y, z = vertex.unbind(dim=2)
    if level.strides is not None:
        along_x, along_y, along_z = level.strides
        return level.start + along_x * x + along_y * y + along_z * z
    return level.start + ((x ^ (y * PRIMES[0]) ^ (z * PRIMES[1])) & (level.rows - 1))


def encode_levels(
    points: Float[Tensor, "points 3"],
    table: Float[Tensor, "rows width"],
    levels: tuple[Level, ...],
    chosen: tuple[int, ...],
    features: Float[Tensor, "features points"],
) -> None:
    """Write the features of some levels into their rows; on the calling thread, float32, no graph.

    Args:
        points: in [-1, 1]³.
        table: rows of all levels.
        levels: where they lie in the table.
        chosen: the levels to work off.
        features: of all levels; the chosen levels' rows are written.
    """
    lookup = Lookup(points, table[None], levels)
    inputs = lookup.inputs([features], table[None])
    lookup.run_part(lookup.kernels.forward, (chosen, _ONE), inputs)


def pull_levels(
    points: Float[Tensor, "points 3"],
    cotangent: Float[Tensor, "features points"],
    levels: tuple[Level, ...],
    chosen: tuple[int, ...],
    gradient: Float[Tensor, "rows width"],
) -> None:
    """Add the gradient of a table at some levels: `encode_levels` transposed.

    Args:
        points: in [-1, 1]³.
        cotangent: gradient by the features of all levels.
        levels: where they lie in the table.
        chosen: the levels to work off.
        gradient: of the table; what the chosen levels' rows get is added to them.
    """
    lookup = Lookup(points, gradient[None], levels)
    lookup.run_part(
        lookup.kernels.pull_table, (chosen, _ONE), lookup.inputs([cotangent], gradient[None])
    )


_ONE = range(1)
"""Shapes of a table that is alone."""
