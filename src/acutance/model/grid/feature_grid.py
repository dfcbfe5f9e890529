"""Grids of features: linear along each axis, right to second derivatives.

A table holds the features of the vertices of all levels; every shape of a batch has a table of its
own. Two implementations of one function: plain PyTorch for any dtype (`encode_plain`, the
reference), and Warp kernels for float32 on the CPU and on CUDA (`encode_fast`). They are tested
against each other. Müller et al. 2022, arXiv 2201.05989.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise, product
from typing import Any

import torch
import warp as wp
from jaxtyping import Float, Int64
from torch import Tensor

from acutance.machine.cores import cores
from acutance.model.grid.kernels import Grid, GridKernels, Span, grid_kernels
from acutance.model.grid.levels import Level
from acutance.model.grid.native import BLOCK, PRIMES

Part = tuple[tuple[int, ...], range]
"""Some of the levels, and some of the shapes."""


def encode(
    points: Float[Tensor, "shapes points 3"],
    tables: Float[Tensor, "shapes rows width"],
    levels: tuple[Level, ...],
) -> Float[Tensor, "shapes points features"]:
    """Features of points in [-1, 1]³, coarsest level first; linear beyond the outer cells.

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
    size = level.stop - level.start
    return level.start + ((x ^ (y * PRIMES[0]) ^ (z * PRIMES[1])) & (size - 1))


def encode_fast(
    points: Float[Tensor, "shapes points 3"],
    tables: Float[Tensor, "shapes rows width"],
    levels: tuple[Level, ...],
) -> Float[Tensor, "shapes points features"]:
    """The same by Warp kernels: float32, CPU or CUDA, twice differentiable."""
    shapes, count, _ = points.shape
    flat = points.reshape(-1, 3).contiguous()
    features: Tensor = _Encode.apply(flat, tables.contiguous(), levels)
    return features.unflatten(0, (shapes, count))


def shares(levels: tuple[Level, ...], count: int) -> list[tuple[int, ...]]:
    """The levels in at most `count` parts of about as many rows: the largest first, each to the
    part that has fewest."""
    parts: list[list[int]] = [[] for _ in range(min(count, len(levels)))]
    rows = [0] * len(parts)
    for index in sorted(range(len(levels)), key=lambda index: -_size(levels[index])):
        least = rows.index(min(rows))
        parts[least].append(index)
        rows[least] += _size(levels[index])
    return [tuple(sorted(part)) for part in parts]


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
    run = _Run(points, table[None], levels)
    run.launch_part(run.kernels.forward, (chosen, _ONE), run.inputs([features], table[None]))


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
    run = _Run(points, gradient[None], levels)
    run.launch_part(run.kernels.pull_table, (chosen, _ONE), run.inputs([cotangent], gradient[None]))


def _size(level: Level) -> int:
    """Number of rows."""
    return level.stop - level.start


_ONE = range(1)
"""Shapes of a table that is alone."""


class _Encode(torch.autograd.Function):
    """Features of the points. Linear in the table, trilinear in the points."""

    @staticmethod
    def forward(ctx: Any, points: Tensor, table: Tensor, levels: tuple[Level, ...]) -> Tensor:
        ctx.save_for_backward(points, table)
        ctx.levels = levels
        run = _Run(points, table, levels)
        features = run.feature_rows()
        run.launch(run.kernels.forward, per_level=[features], table=table)
        return features.t()

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        points, table = ctx.saved_tensors
        (cotangent,) = cotangents
        to_points = to_table = None
        if ctx.needs_input_grad[0]:
            to_points = _PullPoints.apply(cotangent, points, table, ctx.levels)
        if ctx.needs_input_grad[1]:
            to_table = _PullTable.apply(cotangent, points, table, ctx.levels)
        return to_points, to_table, None


class _PullTable(torch.autograd.Function):
    """Cotangent of the features → gradient of the table: `_Encode` transposed in the table."""

    @staticmethod
    def forward(
        ctx: Any, cotangent: Tensor, points: Tensor, table: Tensor, levels: tuple[Level, ...]
    ) -> Tensor:
        ctx.save_for_backward(cotangent, points)
        ctx.levels = levels
        run = _Run(points, table, levels)
        gradient = torch.zeros_like(table)
        run.launch(run.kernels.pull_table, per_level=[_rows_first(cotangent)], table=gradient)
        return gradient

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor, Tensor, None, None]:
        cotangent, points = ctx.saved_tensors
        direction = cotangents[0].contiguous()
        to_cotangent = _Encode.apply(points, direction, ctx.levels)
        to_points = _PullPoints.apply(cotangent, points, direction, ctx.levels)
        return to_cotangent, to_points, None, None


class _PullPoints(torch.autograd.Function):
    """Cotangent of the features → gradient of the points; differentiable once more."""

    @staticmethod
    def forward(
        ctx: Any, cotangent: Tensor, points: Tensor, table: Tensor, levels: tuple[Level, ...]
    ) -> Tensor:
        ctx.save_for_backward(cotangent, points, table)
        ctx.levels = levels
        run = _Run(points, table, levels)
        gradients = run.point_rows()
        run.launch(
            run.kernels.pull_points,
            per_level=[_rows_first(cotangent), gradients],
            table=table,
        )
        return gradients.sum(dim=0)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        cotangent, points, table = ctx.saved_tensors
        run = _Run(points, table, ctx.levels)
        to_features, to_points = run.feature_rows(), run.point_rows()
        to_table = torch.zeros_like(table)
        direction = cotangents[0].contiguous()
        run.launch(
            run.kernels.pull_twice,
            per_level=[_rows_first(cotangent), to_features, to_points],
            table=table,
            shared=[direction],
            table_gradient=to_table,
        )
        return to_features.t(), to_points.sum(dim=0), to_table, None


class _Run:
    """One pass over all levels and shapes.

    On the CPU a Warp kernel runs on the calling thread without holding the interpreter, so the work
    is spread over as many Python threads as PyTorch uses: groups of shapes, or of levels where
    there are fewer shapes. No two of them write the same rows. Features are kept as (features,
    points), where the rows of a level are contiguous.
    """

    def __init__(self, points: Tensor, tables: Tensor, levels: tuple[Level, ...]) -> None:
        self.points, self.levels = points, levels
        self.shapes, self.rows, self.width = tables.shape
        self.kernels: GridKernels = grid_kernels(self.width)

    def feature_rows(self) -> Tensor:
        """Room for the features of all levels."""
        return self.points.new_empty(len(self.levels) * self.width, len(self.points))

    def point_rows(self) -> Tensor:
        """Room for a vector a point and level."""
        return self.points.new_empty(len(self.levels), len(self.points), 3)

    def launch(
        self,
        kernel: Any,
        *,
        per_level: list[Tensor],
        table: Tensor,
        shared: list[Tensor] | None = None,
        table_gradient: Tensor | None = None,
    ) -> None:
        """Launch the kernel for all levels and shapes."""
        inputs = self.inputs(per_level, table, shared, table_gradient)
        first, *others = self._parts()
        waiting = [_threads().submit(self.launch_part, kernel, part, inputs) for part in others]
        self.launch_part(kernel, first, inputs)
        for future in waiting:
            future.result()

    def inputs(
        self,
        per_level: list[Tensor],
        table: Tensor,
        shared: list[Tensor] | None = None,
        table_gradient: Tensor | None = None,
    ) -> list[Any]:
        """What every launch of a kernel takes."""
        tables = [table.detach()] + ([] if table_gradient is None else [table_gradient])
        return [
            *(_as_vectors(tensor) for tensor in [self.points, *(shared or [])]),
            *(_as_rows(tensor.flatten(0, 1), self.kernels.vector) for tensor in tables),
            *(_by_level(tensor) for tensor in per_level),
        ]

    def launch_part(self, kernel: Any, part: Part, inputs: list[Any]) -> None:
        """Launch the kernel for some levels and shapes, on the calling thread."""
        levels, group = part
        device = inputs[0].device
        span = self._span(group)
        wp.launch(
            kernel,
            dim=len(levels) * len(group) * math.ceil(span.points / span.block),
            inputs=[_grids(self.levels, levels, str(device)), span, *inputs],
            device=device,
            stream=_torch_stream(self.points.device),
        )

    def _span(self, group: range) -> Any:
        """Some of the shapes as kernels take them."""
        span = Span()
        span.first, span.count = group.start, len(group)
        span.points, span.rows = len(self.points) // self.shapes, self.rows
        span.block = 1 if self.points.is_cuda else BLOCK
        return span

    def _parts(self) -> list[Part]:
        """Levels and shapes, a part a thread; on a GPU all in one."""
        threads = 1 if self.points.is_cuda else torch.get_num_threads()
        groups = min(self.shapes, threads)
        edges = [self.shapes * group // groups for group in range(groups + 1)]
        levels = shares(self.levels, max(1, threads // groups))
        return list(product(levels, [range(*pair) for pair in pairwise(edges)]))


@cache
def _grids(levels: tuple[Level, ...], chosen: tuple[int, ...], device: str) -> Any:
    """Some of the levels as kernels take them."""
    grids = []
    for index in chosen:
        level, grid = levels[index], Grid()
        grid.index, grid.resolution = index, level.resolution
        grid.hashed, grid.strides = level.strides is None, wp.vec3i(*(level.strides or (0, 0, 0)))
        grid.mask, grid.start = level.stop - level.start - 1, level.start
        grids.append(grid)
    return wp.array(grids, dtype=Grid, device=device)


def _rows_first(cotangent: Tensor) -> Tensor:
    """(points, features) → contiguous (features, points); free for what `_Encode` returned."""
    return cotangent.detach().t().contiguous()


def _as_vectors(tensor: Tensor) -> Any:
    """(points, 3) as Warp vectors."""
    return wp.from_torch(tensor.detach(), dtype=wp.vec3, requires_grad=False)


def _as_rows(tensor: Tensor, vector: Any) -> Any:
    """(rows, width) as Warp vectors."""
    return wp.from_torch(tensor, dtype=vector, requires_grad=False)


def _by_level(tensor: Tensor) -> Any:
    """A (features, points) or (levels, points, 3) tensor."""
    dtype = wp.vec3 if tensor.dim() == 3 else wp.float32
    return wp.from_torch(tensor, dtype=dtype, requires_grad=False)


def _torch_stream(device: torch.device) -> Any:
    """PyTorch's stream on a GPU, so that kernels and tensors keep their order."""
    return (
        wp.stream_from_torch(torch.cuda.current_stream(device)) if device.type == "cuda" else None
    )


@cache
def _threads() -> ThreadPoolExecutor:
    """One thread a core, made when first needed."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="feature-grid")
