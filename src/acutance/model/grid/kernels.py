# mypy: disable-error-code="valid-type, no-untyped-def, empty-body"
# (Warp reads the annotations of kernels as its own types.)
"""Warp kernels of feature grids: a thread a block of points, at one level of one shape's table.

All take the levels to work off, the `Span` of shapes, the points in [-1, 1]³ and the rows of all
tables; then what goes in and out. `enable_backward` is off: the derivatives are written out, which
is faster and lets them be differentiated again.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import warp as wp

from acutance.model.grid.native import FORWARD, PULL_POINTS, PULL_TABLE, PULL_TWICE, native


@dataclass(frozen=True)
class GridKernels:
    """Kernels for one number of features a row; `vector` is Warp's type of such a row."""

    vector: Any
    forward: Any
    pull_table: Any
    pull_points: Any
    pull_twice: Any


@wp.struct
class Grid:
    """A level of a table.

    Attributes:
        index: number of the level.
        resolution: cells a side.
        hashed: 1 where vertices share rows by a hash.
        strides: rows between neighbours along each axis, where they are not hashed.
        mask: number of the level's rows, minus one.
        start: its first row in a table.
    """

    index: wp.int32
    resolution: wp.int32
    hashed: wp.int32
    strides: wp.vec3i
    mask: wp.int32
    start: wp.int32


@wp.struct
class Span:
    """The shapes of a launch, whose points lie one after the other.

    Attributes:
        first, count: the first of the shapes, and their number.
        points: number of points of a shape.
        rows: rows of a shape's table, all levels together.
        block: number of points of a block.
    """

    first: wp.int32
    count: wp.int32
    points: wp.int32
    rows: wp.int32
    block: wp.int32


@wp.struct
class Block:
    """Some points of a shape, at one level.

    Attributes:
        grid: the level.
        first, count: the first of the points, and their number.
        start: first row of the level in the tables of all shapes.
    """

    grid: Grid
    first: wp.int32
    count: wp.int32
    start: wp.int32


@wp.func
def block_of(thread: wp.int32, grids: wp.array(dtype=Grid), span: Span) -> Block:
    """What a thread works off: it counts blocks, then shapes, then levels."""
    blocks = (span.points + span.block - 1) // span.block
    offset = (thread % blocks) * span.block
    shape = span.first + (thread // blocks) % span.count
    block = Block()
    block.grid = grids[thread // (blocks * span.count)]
    block.first = shape * span.points + offset
    block.count = wp.min(span.block, span.points - offset)
    block.start = shape * span.rows + block.grid.start
    return block


@cache
def grid_kernels(width: int) -> GridKernels:
    """The kernels for `width` features a row, compiled when first launched."""
    vector = wp.types.vector(length=width, dtype=wp.float32)

    @wp.func_native(native(width, FORWARD))
    def block_forward(
        block: Block,
        points: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        features: wp.array2d(dtype=wp.float32),
    ): ...

    @wp.func_native(native(width, PULL_TABLE))
    def block_pull_table(
        block: Block,
        points: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
    ): ...

    @wp.func_native(native(width, PULL_POINTS))
    def block_pull_points(
        block: Block,
        points: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
        to_points: wp.array2d(dtype=wp.vec3),
    ): ...

    @wp.func_native(native(width, PULL_TWICE))
    def block_pull_twice(
        block: Block,
        points: wp.array(dtype=wp.vec3),
        direction: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        to_table: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
        to_features: wp.array2d(dtype=wp.float32),
        to_points: wp.array2d(dtype=wp.vec3),
    ): ...

    @wp.kernel(enable_backward=False, module="unique")
    def grid_forward(
        grids: wp.array(dtype=Grid),
        span: Span,
        points: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        features: wp.array2d(dtype=wp.float32),
    ):
        block_forward(block_of(wp.tid(), grids, span), points, table, features)

    @wp.kernel(enable_backward=False, module="unique")
    def grid_pull_table(
        grids: wp.array(dtype=Grid),
        span: Span,
        points: wp.array(dtype=wp.vec3),
        gradient: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
    ):
        block_pull_table(block_of(wp.tid(), grids, span), points, gradient, cotangent)

    @wp.kernel(enable_backward=False, module="unique")
    def grid_pull_points(
        grids: wp.array(dtype=Grid),
        span: Span,
        points: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
        to_points: wp.array2d(dtype=wp.vec3),
    ):
        block_pull_points(block_of(wp.tid(), grids, span), points, table, cotangent, to_points)

    @wp.kernel(enable_backward=False, module="unique")
    def grid_pull_twice(
        grids: wp.array(dtype=Grid),
        span: Span,
        points: wp.array(dtype=wp.vec3),
        direction: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        to_table: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
        to_features: wp.array2d(dtype=wp.float32),
        to_points: wp.array2d(dtype=wp.vec3),
    ):
        block_pull_twice(
            block_of(wp.tid(), grids, span),
            points,
            direction,
            table,
            to_table,
            cotangent,
            to_features,
            to_points,
        )

    return GridKernels(vector, grid_forward, grid_pull_table, grid_pull_points, grid_pull_twice)
