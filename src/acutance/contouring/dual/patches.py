"""Patches of surface in cells, and the crossing edges that join them: the mesh without positions.

Every loop around a cell (see `loops`) bounds one patch. The patches are the vertices of the dual
surface; its faces are the crossing edges of the lattice, each a quadrilateral of the patches of
its four cells; its edges are the arcs on the faces of cells.

One dual vertex a patch, not one a cell, makes the surface a manifold also where it passes a cell
twice: Nielson 2004, "Dual Marching Cubes"; Schaefer, Ju and Warren 2007, "Manifold Dual
Contouring".

Why this is a closed, oriented 2-manifold, whatever the signs
    1. An arc lies on one face between two cells and joins two crossing edges. So each dual edge
       belongs to exactly two quadrilaterals, which run it in opposite directions.
    2. Two dual edges could only coincide on a face with two arcs, and only if in both of its
       cells the two arcs belong to one loop. There the ambiguous face is resolved the other way
       (`separate_patches`): pairing two arcs of one oriented loop anew cuts the loop in two, in
       both cells. Loops are only ever cut, so no other face gets worse.
    3. Now no two dual edges have the same ends. The quadrilaterals around a patch follow each
       other as the edges of its loop do: one cycle, whose outer vertices are all different.
    4. The diagonal that cuts a quadrilateral joins patches of two cells with nothing but the
       crossing edge in common, so that it is no other's edge or diagonal.
"""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from acutance.contouring.octree.cells import Cells
from acutance.contouring.octree.lattice import Lattice, locate
from acutance.contouring.octree.loops import LoopTable, face_corners, face_edges, loop_table


@dataclass(frozen=True)
class Patches:
    """The patches of all cells, numbered cell by cell.

    Attributes:
        state: state of every cell (see `loops`).
        first: number of the first patch of every cell.
        cell: the cell of every patch.
    """

    state: Int[Tensor, " cells"]
    first: Int[Tensor, " cells"]
    cell: Int[Tensor, " patches"]


@dataclass(frozen=True)
class Crossings:
    """The edges of the lattice that cross the surface.

    Attributes:
        owner: index of the cell whose lowest corner is the lower end of the edge.
        axis: direction of the edge.
        outward: whether the lower end is inside.
        cells: the four cells at the edge, counter-clockwise about the axis, the owner first.
        patches: the patch of each of these cells that the edge belongs to.
    """

    owner: Int[Tensor, " edges"]
    axis: Int[Tensor, " edges"]
    outward: Bool[Tensor, " edges"]
    cells: Int[Tensor, "edges 4"]
    patches: Int[Tensor, "edges 4"]


def loops_on(device: torch.device) -> LoopTable:
    """The table of loops on a device."""
    table = loop_table()
    return LoopTable(**{f.name: getattr(table, f.name).to(device) for f in fields(table)})


def find_patches(lattice: Lattice, cells: Cells) -> Patches:
    """The state of every cell and its patches, ambiguous faces resolved to a manifold.

    Args:
        lattice: the lattice of the cells.
        cells: complete (see `follow`): every face with both signs has both of its cells.
    """
    # The state: signs of the corners, and the resolution of ambiguous faces.
    table = loops_on(lattice.device)
    signs = ((cells.values < 0) << torch.arange(8, device=lattice.device)).sum(dim=1)
    state = separate_patches(lattice, cells, signs + 256 * _asymptotic_decider(cells), table)
    count = table.count[state]
    numbers = torch.arange(len(state), device=lattice.device)
    return Patches(state, count.cumsum(dim=0) - count, numbers.repeat_interleave(count))


def _asymptotic_decider(cells: Cells) -> Int[Tensor, " cells"]:
    """The bits of the ambiguous faces that join their inside corners.

    Nielson and Hamann 1991, "The Asymptotic Decider": the bilinear interpolation of a face with
    alternating signs is negative (inside) at its saddle point where the product of the inside
    values is greater than that of the outside values. Both cells at the face multiply the same
    numbers and so come to the same rule.
    """
    rules = torch.zeros_like(cells.keys)
    for face, corners in enumerate(face_corners().tolist()):
        # Around the face: a and c are opposite corners, b and d the others.
        a, b, c, d = cells.values[:, corners].unbind(dim=1)
        joined = torch.where(a < 0, a * c > b * d, b * d > a * c)
        rules += joined.long() << face
    return rules


def separate_patches(
    lattice: Lattice, cells: Cells, state: Int[Tensor, " cells"], table: LoopTable
) -> Int[Tensor, " cells"]:
    """Resolve every face on which two dual edges would coincide the other way.

    One pass is enough, since a changed rule makes no other face worse; but the rules of two faces
    of one cell are changed one after the other, as the first change may do for the second. Faces
    across one axis, with the same parity along it, share no cell and are changed together.

    Args:
        lattice: the lattice of the cells.
        cells: complete (see `follow`).
        state: state of every cell, changed in place.
        table: the loops of all states, on the device of the cells.

    Returns:
        The states, in which the two arcs of no face belong to one loop in both of its cells.
    """
    index = lattice.index(cells.keys)
    edges = face_edges().to(lattice.device)
    for axis in range(3):
        upper, lower = 2 * axis + 1, 2 * axis
        # Ambiguous faces have four crossing edges; each is found from the cell below it.
        crossing = (table.loop[state][:, edges[upper]] >= 0).all(dim=1)
        below = crossing.nonzero().squeeze(1)
        above, _ = locate(cells.keys, cells.keys[below] + lattice.strides[axis])
        for parity in (0, 1):
            chosen = index[below, axis] % 2 == parity
            low, high = below[chosen], above[chosen]
            coincide = _single_loop(table, state[low], edges[upper])
            coincide &= _single_loop(table, state[high], edges[lower])
            # The face is the upper one of the cell below it, the lower one of the cell above.
            state[low[coincide]] ^= 1 << (8 + upper)
            state[high[coincide]] ^= 1 << (8 + lower)
    return state


def _single_loop(
    table: LoopTable, state: Int[Tensor, " cells"], edges: Int[Tensor, " 4"]
) -> Bool[Tensor, " cells"]:
    """Whether all edges of a face belong to the same loop of the cell."""
    loops = table.loop[state][:, edges]
    return (loops == loops[:, :1]).all(dim=1)


def find_crossings(lattice: Lattice, cells: Cells, patches: Patches) -> Crossings:
    """All crossing edges of the lattice, with their four cells and patches."""
    parts = [_crossings_along(lattice, cells, patches, axis) for axis in range(3)]
    return Crossings(
        **{f.name: torch.cat([getattr(p, f.name) for p in parts]) for f in fields(Crossings)}
    )


def _crossings_along(lattice: Lattice, cells: Cells, patches: Patches, axis: int) -> Crossings:
    """The crossing edges along an axis; each starts at the lowest corner of its owner."""
    table = loops_on(lattice.device)
    low, high = cells.values[:, 0] < 0, cells.values[:, (4, 2, 1)[axis]] < 0
    owner = (low != high).nonzero().squeeze(1)
    # The four cells at the edge, counter-clockwise about it.
    u, v = lattice.strides[(axis + 1) % 3], lattice.strides[(axis + 2) % 3]
    around = torch.tensor([0, u, u + v, v], device=lattice.device)
    four, _ = locate(cells.keys, (cells.keys[owner, None] - around).reshape(-1))
    four = four.reshape(-1, 4)
    # The same edge is another one of the twelve in each of the four cells.
    local = torch.tensor([0, 2, 3, 1], device=lattice.device) + 4 * axis
    numbers = patches.first[four] + table.loop[patches.state[four], local]
    return Crossings(owner, torch.full_like(owner, axis), low[owner], four, numbers)
