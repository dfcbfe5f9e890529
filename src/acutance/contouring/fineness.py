"""How small the cells must be: for long thin shapes, for thin walls, and for an error."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from acutance.contouring.deviation import FieldDeviation, field_deviation
from acutance.contouring.finish.specks import Specks
from acutance.contouring.octree.lattice import Probe
from acutance.mesh.mesh import TriangleMesh

RESOLUTIONS = (64, 128, 256, 512, 1024)
"""Tried one after the other where an error is wanted."""

LEAST_SURFACE = 0.5
"""Least area of a mesh as a multiple of the square of its longest side, up to which it gets more
cells: a ball has π, most furniture and aircraft between 0.5 and 3, a rod of 1 × 1 × 200 a fiftieth.
"""

LONG = 0.25
"""A shape of less area, in the same measure, is long and thin."""

MOST_SURFACE = 8.0
"""Most area, in the same measure, to which the cells of a long shape are made smaller for the sake
of its walls: two to three times that of a ball."""

MOST_CELLS = 1 << 14
"""Most cells along a shape: smaller ones would be rounding of 32-bit numbers."""

THIN_WALLS = 1.0
"""Volume over area and cell size below which walls are thin: a plate as thick as two cells."""

VOLUME_ERROR = 0.01
"""Share of the volume by which thin walls may be off before their cells are made smaller."""


@dataclass(frozen=True, kw_only=True)
class Contoured:
    """A mesh as it leaves the cells.

    Attributes:
        mesh: closed, 2-manifold, in the frame of the field.
        spacing: edge length of a cell.
        near: points near the field's surface, all over it (see `field_deviation`).
        dropped: small floating parts that are not in the mesh.
        messages: sentences for the user.
    """

    mesh: TriangleMesh
    spacing: float
    near: Float[Tensor, "near 3"]
    dropped: Specks
    messages: tuple[str, ...]

    def deviation(self, probe: Probe, mesh: TriangleMesh) -> FieldDeviation:
        """How far a mesh made of this one is from the field, both ways."""
        return field_deviation(probe, mesh, self.near, self.spacing)


def fine_enough(contour: Callable[[int], Contoured], probe: Probe, resolution: int) -> Contoured:
    """The mesh at a resolution; with smaller cells where the shape is long and thin.

    A long thin shape has few cells at a resolution that says how many lie along it, and none of
    them is small beside its thickness. So it gets as many in all as a compact shape has, and more
    where its walls still lose or gain volume, like those of a tube.

    Args:
        contour: makes the mesh with so many cells along its longest side.
        probe: the field.
        resolution: cells along the longest side of a compact shape.
    """
    made, cells = contour(resolution), resolution
    while (finer := _finer(made, probe, resolution, cells)) > cells:
        made, cells = contour(finer), finer
    return made


def _finer(made: Contoured, probe: Probe, resolution: int, cells: int) -> int:
    """How many cells should lie along the shape that was contoured with so many."""
    mesh = made.mesh
    # The area in cells, and the square of the cells that were asked for along the longest side.
    # Specks count: they are dropped again, but smaller cells would be spent on them first.
    surface = mesh.area / made.spacing**2 * (1 + made.dropped.faces / len(mesh.faces))
    compact = (np.ptp(mesh.bounds, axis=0).max() / made.spacing * resolution / cells) ** 2
    if surface < LONG * compact:
        return min(MOST_CELLS, int(cells * (LEAST_SURFACE * compact / surface) ** 0.5))
    long = cells > resolution
    thin = abs(mesh.volume) < THIN_WALLS * mesh.area * made.spacing
    affordable = 4 * surface <= MOST_SURFACE * compact and 2 * cells <= MOST_CELLS
    if long and thin and affordable:
        off = made.deviation(probe, mesh).of_volume(mesh)
        return 2 * cells if off > VOLUME_ERROR else cells
    return cells


def within(
    contour: Callable[[int], Contoured], probe: Probe, error: float
) -> tuple[Contoured, int]:
    """The mesh at the first of `RESOLUTIONS` that lies within an error, both ways; and which."""
    for resolution in RESOLUTIONS:
        made = contour(resolution)
        if made.deviation(probe, made.mesh).p99 <= error:
            break
    return made, resolution
