"""Where the vertices of grids lie in one table of features."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """One grid over the cube [-1, 1]³, or over some of its axes alone.

    Attributes:
        resolution: cells a side.
        start, stop: its rows in the table.
        strides: rows between neighbours along x, y and z, 0 along an axis on which the features do
            not depend; None where vertices share rows by a hash.
    """

    resolution: int
    start: int
    stop: int
    strides: tuple[int, int, int] | None

    @property
    def rows(self) -> int:
        """Number of its rows."""
        return self.stop - self.start


def lay_out(grids: Sequence[tuple[str, int]], most_rows: int | None = None) -> tuple[Level, ...]:
    """Rows of all grids in one table, one grid after the other.

    Args:
        grids: axes and cells a side: ``("xyz", 8)``, the plane ``("xz", 24)``, the line
            ``("y", 128)``.
        most_rows: a grid with more vertices has so many rows, found by a hash; a power of two.
            None for a row a vertex.
    """
    levels = list[Level]()
    for axes, resolution in grids:
        start = levels[-1].stop if levels else 0
        rows = (resolution + 1) ** len(axes)
        if most_rows is not None and rows > most_rows:
            levels.append(Level(resolution, start, start + most_rows, None))
        else:
            levels.append(Level(resolution, start, start + rows, _strides(axes, resolution)))
    return tuple(levels)


def _strides(axes: str, resolution: int) -> tuple[int, int, int]:
    """Rows between neighbours where vertices are counted along x first, then y, then z."""
    x, y, z = ((resolution + 1) ** axes.find(axis) if axis in axes else 0 for axis in "xyz")
    return x, y, z


def shares(levels: tuple[Level, ...], count: int) -> list[tuple[int, ...]]:
    """The levels in at most `count` parts of about as many rows: the largest first, each to the
    part that has fewest."""
    parts: list[list[int]] = [[] for _ in range(min(count, len(levels)))]
    rows = [0] * len(parts)
    for index in sorted(range(len(levels)), key=lambda index: -levels[index].rows):
        least = rows.index(min(rows))
        parts[least].append(index)
        rows[least] += levels[index].rows
    return [tuple(sorted(part)) for part in parts]
