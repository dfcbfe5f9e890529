"""Parts thinner than a cell, which pass between the corners of cells and change no sign there."""

from acutance.contouring.lattice import Samples, locate
from acutance.contouring.octree import BLOCK, Cells, Level

BEND = 0.5
"""How much closer to zero, in finest cells, the field of a lost plate is in the middle of a cell
of size 2 than at its corners; a plate through the middle gives 1, smooth surfaces next to
nothing."""


def count_lost(samples: Samples, level: Level, cells: Cells) -> int:
    """Kept cells of size 2 that a part too thin for the lattice probably passes through.

    They have one sign at all their 3×3×3 points, yet the field comes within half a finest cell of
    zero, and bends away from it towards the corners. A few of them lie along sharp edges.

    Args:
        samples: the field, known at all points of kept cells (see `leaves`).
        level: the cells of size 2.
        cells: the finest cells with a change of sign.
    """
    lattice = samples.lattice
    crossed = lattice.keys(lattice.index(cells.keys) // 2 * 2).unique()
    kept = level.keys[level.kept]
    lost = 0
    for block in kept[~locate(crossed, kept)[1]].split(BLOCK):
        values = samples.at(block[:, None] + lattice.offsets(3)).abs()
        corners = values[:, [0, 2, 6, 8, 18, 20, 24, 26]].mean(dim=1)
        bends = corners - values[:, 13] > BEND * lattice.spacing
        lost += int((bends & (values.amin(dim=1) < 0.5 * lattice.spacing)).sum())
    return lost
