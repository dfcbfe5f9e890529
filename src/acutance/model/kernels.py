# mypy: disable-error-code="valid-type, no-untyped-def"
# (Warp reads the annotations of kernels as its own types.)
"""Warp kernels of feature grids: one thread a level and point.

All take the levels to work off, the `Span` of points, the points in [-1, 1]³ and the rows of all
tables; then what goes in and out. `enable_backward` is off: the derivatives are written out here,
which is faster and lets them be differentiated again.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import warp as wp

import acutance.geometry.kernels  # noqa: F401  (starts Warp quietly)

PRIMES = (2654435761, 805459861)
"""Factors of the hash for y and z (Müller et al. 2022, equation 4; Teschner et al. 2003)."""

_SIGNED_PRIMES = tuple(prime - 2**32 if prime >= 2**31 else prime for prime in PRIMES)
_PRIME_Y = wp.constant(wp.int32(_SIGNED_PRIMES[0]))
_PRIME_Z = wp.constant(wp.int32(_SIGNED_PRIMES[1]))


@dataclass(frozen=True)
class HashKernels:
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
        stride: vertices a side where each has a row of its own, 0 where rows are hashed.
        mask: number of the level's rows, minus one.
        start: its first row in a table.
    """

    index: wp.int32
    resolution: wp.int32
    stride: wp.int32
    mask: wp.int32
    start: wp.int32


@wp.struct
class Span:
    """The points of a launch, and how they belong to tables.

    Attributes:
        first, count: the first of them, and their number.
        points: number of points that belong to a table.
        rows: rows of a table, all levels together.
    """

    first: wp.int32
    count: wp.int32
    points: wp.int32
    rows: wp.int32


@wp.struct
class Place:
    """Where a point lies in a grid: its cell, its position in the cell, 0 to 1, and the first row
    of the grid that it belongs to."""

    x: wp.int32
    y: wp.int32
    z: wp.int32
    share: wp.vec3
    start: wp.int32


@wp.func
def place_of(point: wp.vec3, i: wp.int32, grid: Grid, span: Span) -> Place:
    """The cell of point i; beyond the cube its outermost cell, with a share below 0 or above 1."""
    position = (point * 0.5 + wp.vec3(0.5)) * float(grid.resolution)
    place = Place()
    place.x = wp.clamp(int(wp.floor(position[0])), 0, grid.resolution - 1)
    place.y = wp.clamp(int(wp.floor(position[1])), 0, grid.resolution - 1)
    place.z = wp.clamp(int(wp.floor(position[2])), 0, grid.resolution - 1)
    place.start = grid.start + (i // span.points) * span.rows
    place.share = position - wp.vec3(float(place.x), float(place.y), float(place.z))
    return place


@wp.func
def row_of(place: Place, corner: wp.int32, grid: Grid) -> wp.int32:
    """Row of a corner of the cell: its place in the dense grid, or its hash."""
    x = place.x + (corner & 1)
    y = place.y + ((corner >> 1) & 1)
    z = place.z + (corner >> 2)
    if grid.stride > 0:
        return place.start + x + grid.stride * (y + grid.stride * z)
    return place.start + ((x ^ (y * _PRIME_Y) ^ (z * _PRIME_Z)) & grid.mask)


@wp.func
def weights_of(share: wp.vec3, corner: wp.int32) -> wp.vec3:
    """Weight of the corner along each axis; their product is its trilinear weight."""
    return wp.vec3(
        wp.where((corner & 1) == 1, share[0], 1.0 - share[0]),
        wp.where((corner & 2) == 2, share[1], 1.0 - share[1]),
        wp.where((corner & 4) == 4, share[2], 1.0 - share[2]),
    )


@wp.func
def slopes_of(corner: wp.int32, resolution: wp.int32) -> wp.vec3:
    """Derivative of `weights_of` by the point, axis by axis."""
    half = 0.5 * float(resolution)
    return wp.vec3(
        wp.where((corner & 1) == 1, half, -half),
        wp.where((corner & 2) == 2, half, -half),
        wp.where((corner & 4) == 4, half, -half),
    )


@cache
def hash_kernels(width: int) -> HashKernels:
    """The kernels for `width` features a row, compiled when first launched."""
    vector = wp.types.vector(length=width, dtype=wp.float32)

    @wp.kernel(enable_backward=False, module="unique")
    def hash_forward(
        grids: wp.array(dtype=Grid),
        span: Span,
        points: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        features: wp.array2d(dtype=wp.float32),
    ):
        grid = grids[wp.tid() // span.count]
        i = span.first + wp.tid() % span.count
        column = grid.index * width
        place = place_of(points[i], i, grid, span)
        total = vector()
        for corner in range(8):
            w = weights_of(place.share, corner)
            total += (w[0] * w[1] * w[2]) * table[row_of(place, corner, grid)]
        for f in range(width):
            features[column + f, i] = total[f]

    @wp.kernel(enable_backward=False, module="unique")
    def hash_pull_table(
        grids: wp.array(dtype=Grid),
        span: Span,
        points: wp.array(dtype=wp.vec3),
        gradient: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
    ):
        grid = grids[wp.tid() // span.count]
        i = span.first + wp.tid() % span.count
        column = grid.index * width
        place = place_of(points[i], i, grid, span)
        pulled = vector()
        for f in range(width):
            pulled[f] = cotangent[column + f, i]
        for corner in range(8):
            w = weights_of(place.share, corner)
            wp.atomic_add(gradient, row_of(place, corner, grid), (w[0] * w[1] * w[2]) * pulled)

    @wp.kernel(enable_backward=False, module="unique")
    def hash_pull_points(
        grids: wp.array(dtype=Grid),
        span: Span,
        points: wp.array(dtype=wp.vec3),
        table: wp.array(dtype=vector),
        cotangent: wp.array2d(dtype=wp.float32),
        to_points: wp.array2d(dtype=wp.vec3),
    ):
        grid = grids[wp.tid() // span.count]
        i = span.first + wp.tid() % span.count
        column = grid.index * width
        place = place_of(points[i], i, grid, span)
        pulled = vector()
        for f in range(width):
            pulled[f] = cotangent[column + f, i]
        total = wp.vec3(0.0)
        for corner in range(8):
            w = weights_of(place.share, corner)
            s = slopes_of(corner, grid.resolution)
            value = wp.dot(table[row_of(place, corner, grid)], pulled)
            total += value * wp.vec3(s[0] * w[1] * w[2], w[0] * s[1] * w[2], w[0] * w[1] * s[2])
        to_points[grid.index, i] = total

    @wp.kernel(enable_backward=False, module="unique")
    def hash_pull_twice(
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
        """Gradients of ⟨direction, pull_points⟩ by the cotangent, the table and the points."""
        grid = grids[wp.tid() // span.count]
        i = span.first + wp.tid() % span.count
        column = grid.index * width
        place = place_of(points[i], i, grid, span)
        d = direction[i]
        pulled = vector()
        for f in range(width):
            pulled[f] = cotangent[column + f, i]
        along = vector()
        total = wp.vec3(0.0)
        for corner in range(8):
            w = weights_of(place.share, corner)
            s = slopes_of(corner, grid.resolution)
            row = row_of(place, corner, grid)
            slope = (
                d[0] * s[0] * w[1] * w[2] + d[1] * w[0] * s[1] * w[2] + d[2] * w[0] * w[1] * s[2]
            )
            entry = table[row]
            along += slope * entry
            wp.atomic_add(to_table, row, slope * pulled)
            value = wp.dot(entry, pulled)
            xy = s[0] * s[1] * w[2]
            xz = s[0] * w[1] * s[2]
            yz = w[0] * s[1] * s[2]
            total += value * wp.vec3(
                xy * d[1] + xz * d[2], xy * d[0] + yz * d[2], xz * d[0] + yz * d[1]
            )
        for f in range(width):
            to_features[column + f, i] = along[f]
        to_points[grid.index, i] = total

    return HashKernels(vector, hash_forward, hash_pull_table, hash_pull_points, hash_pull_twice)
