"""Following the surface from cell to cell (continuation), until no neighbour is missing."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from acutance.contouring.octree.cells import Cells, near_zero_message
from acutance.contouring.octree.lattice import Keys, Lattice, LatticeValues, locate
from acutance.contouring.octree.loops import face_corners
from acutance.errors import InputError


def follow_surface(samples: LatticeValues, cells: Cells, *, crowd: float) -> Cells:
    """Add the neighbouring cells that the surface continues into, until none is missing.

    A face whose corners differ in sign needs the cells on both of its sides. Around a crossing
    edge every face has both signs, so that at the end each crossing edge has its four cells, and
    a component of which one cell was found is whole, whatever was assumed of the field.

    Args:
        samples: the field; takes the values that are evaluated.
        cells: some cells of every component that is wanted.
        crowd: most cells there may be, as a multiple of the square of the cells along the longest
            side.

    Raises:
        InputError: there are more cells than that.
    """
    lattice = samples.lattice
    most = crowd * max(lattice.cells) ** 2
    fresh = cells  # the front: its neighbours have not been looked for
    while len(fresh.keys):
        if len(cells.keys) > most:
            raise InputError(near_zero_message(samples, 1))
        wanted = _across_faces(lattice, fresh).unique()
        missing = wanted[~locate(cells.keys, wanted)[1]]
        # The missing neighbours may have changes of sign on their other faces: they are the front.
        values = samples.at(missing[:, None] + lattice.offsets(2))
        fresh = Cells(missing, values)
        keys, order = torch.cat([cells.keys, missing]).sort()
        cells = Cells(keys, torch.cat([cells.values, values])[order])
    return cells


def _across_faces(lattice: Lattice, cells: Cells) -> Keys:
    """The cells across the faces with both signs, inside the box."""
    negative = cells.values < 0
    index = lattice.index(cells.keys)
    found = []
    for face, corners in enumerate(face_corners().tolist()):
        axis, side = divmod(face, 2)
        signs = negative[:, corners]
        # A face needs its other cell where its corners differ in sign; the border has none.
        last = lattice.cells[axis] - 1 if side else 0
        through = signs.any(dim=1) & ~signs.all(dim=1) & (index[:, axis] != last)
        found.append(cells.keys[through] + (2 * side - 1) * lattice.strides[axis])
    return torch.cat(found)


def touches_border(lattice: Lattice, cells: Cells) -> bool:
    """Whether a corner on the border of the lattice is inside."""
    index = lattice.index(cells.keys)
    negative = cells.values < 0
    return any(
        bool((_on_border(lattice, index, face) & negative[:, corners].any(dim=1)).any())
        for face, corners in enumerate(face_corners().tolist())
    )


def _on_border(
    lattice: Lattice, index: Int[Tensor, "cells 3"], face: int
) -> Bool[Tensor, " cells"]:
    """Whether a face of cells lies on the border."""
    axis, side = divmod(face, 2)
    return index[:, axis] == (lattice.cells[axis] - 1 if side else 0)
