"""One pass of a kernel over the levels and shapes of tables, on all cores or a GPU."""

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise, product
from typing import Any

import torch
import warp as wp
from jaxtyping import Float
from torch import Tensor

from acutance.machine.cores import cores
from acutance.machine.warp import launch, of_tensor, structs, torch_stream
from acutance.model.grid.kernels import Grid, GridKernels, Span, grid_kernels
from acutance.model.grid.levels import Level, shares
from acutance.model.grid.native import BLOCK

WorkItem = tuple[tuple[int, ...], range]
"""Some of the levels, and some of the shapes."""


class Lookup:
    """One pass over all levels and shapes: looked up, or pulled back.

    On the CPU a Warp kernel runs on the calling thread without holding the interpreter, so the work
    is spread over as many Python threads as PyTorch uses: groups of shapes, or of levels where
    there are fewer shapes. No two of them write the same rows. Features are kept as (features,
    points), where the rows of a level are contiguous.
    """

    def __init__(
        self,
        points: Float[Tensor, "all_points 3"],
        tables: Float[Tensor, "shapes rows width"],
        levels: tuple[Level, ...],
    ) -> None:
        """Prepare for any of the kernels.

        Args:
            points: of all shapes, one shape after the other, of each as many.
            tables: one a shape.
            levels: where the levels lie in a table.
        """
        self.points, self.levels = points, levels
        self.shapes, self.rows, self.width = tables.shape
        self.kernels: GridKernels = grid_kernels(self.width)

    def feature_rows(self) -> Tensor:
        """Room for the features of all levels."""
        return self.points.new_empty(len(self.levels) * self.width, len(self.points))

    def point_rows(self) -> Tensor:
        """Room for a vector a point and level."""
        return self.points.new_empty(len(self.levels), len(self.points), 3)

    def run(
        self,
        kernel: Any,
        *,
        per_level: list[Tensor],
        table: Tensor,
        shared: list[Tensor] | None = None,
        table_gradient: Tensor | None = None,
    ) -> None:
        """Run the kernel for all levels and shapes."""
        inputs = self.inputs(per_level, table, shared, table_gradient)
        first, *others = self._parts()
        waiting = [_threads().submit(self.run_part, kernel, part, inputs) for part in others]
        self.run_part(kernel, first, inputs)
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

    def run_part(self, kernel: Any, part: WorkItem, inputs: list[Any]) -> None:
        """Run the kernel for some levels and shapes, on the calling thread."""
        levels, group = part
        device, span = self.points.device, self._span(group)
        count = len(levels) * len(group) * math.ceil(span.points / span.block)
        arguments = [_grids(self.levels, levels, device), span, *inputs]
        launch(kernel, count, arguments, device=device, stream=torch_stream(device))

    def _span(self, group: range) -> Any:
        """Some of the shapes as kernels take them."""
        span = Span()
        span.first, span.count = group.start, len(group)
        span.points, span.rows = len(self.points) // self.shapes, self.rows
        span.block = 1 if self.points.is_cuda else BLOCK
        return span

    def _parts(self) -> list[WorkItem]:
        """Levels and shapes, a part a thread; on a GPU all in one."""
        threads = 1 if self.points.is_cuda else torch.get_num_threads()
        groups = min(self.shapes, threads)
        edges = [self.shapes * group // groups for group in range(groups + 1)]
        levels = shares(self.levels, max(1, threads // groups))
        return list(product(levels, [range(*pair) for pair in pairwise(edges)]))


@cache
def _grids(levels: tuple[Level, ...], chosen: tuple[int, ...], device: torch.device) -> Any:
    """Some of the levels as kernels take them."""
    grids = []
    for index in chosen:
        level, grid = levels[index], Grid()
        grid.index, grid.resolution = index, level.resolution
        grid.hashed, grid.strides = level.strides is None, wp.vec3i(*(level.strides or (0, 0, 0)))
        grid.mask, grid.start = level.rows - 1, level.start
        grids.append(grid)
    return structs(grids, Grid, device=device)


def _as_vectors(tensor: Tensor) -> Any:
    """(points, 3) as Warp vectors."""
    return of_tensor(tensor.detach(), wp.vec3)


def _as_rows(tensor: Tensor, vector: Any) -> Any:
    """(rows, width) as Warp vectors."""
    return of_tensor(tensor, vector)


def _by_level(tensor: Tensor) -> Any:
    """A (features, points) or (levels, points, 3) tensor."""
    dtype = wp.vec3 if tensor.dim() == 3 else wp.float32
    return of_tensor(tensor, dtype)


@cache
def _threads() -> ThreadPoolExecutor:
    """One thread a core, made when first needed."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="feature-grid")
