"""How the surface passes through a cell: closed loops through its crossing edges.

Numbers inside a cell
    corner  ``4 x + 2 y + z`` of its offset (x, y, z)
    edge    ``4 d + 2 a + b``: along axis d, at offset a along axis d+1 and b along axis d+2
    face    ``2 d + side``: across axis d, at the lower (0) or upper (1) side
    state   ``256 rules + signs``: bit c of the signs is 1 where corner c is inside, bit f of the
            rules is 1 where face f joins its inside corners (of meaning on ambiguous faces only)

A face is ambiguous where its four signs alternate: its four crossing edges can be joined in pairs
in two ways. These are the cases of Marching Cubes (Lorensen and Cline 1987) with both resolutions
of each ambiguous face (Nielson and Hamann 1991); the loops are the patches of Nielson 2004, "Dual
Marching Cubes", and of Schaefer, Ju and Warren 2007, "Manifold Dual Contouring".
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from acutance.machine.devices import CPU


@dataclass(frozen=True)
class LoopTable:
    """The loops of every state of a cell.

    Attributes:
        loop: number of the loop through each edge; -1 where the edge does not cross the surface.
        following: the edge that comes next on the loop; the edge itself where it does not cross.
            Seen from outside of the shape, a loop runs clockwise.
        first: whether an edge is the lowest-numbered one of its loop.
        length: number of edges on the loop of each edge; 0 where it does not cross.
        count: number of loops.
    """

    loop: Int[Tensor, "states 12"]
    following: Int[Tensor, "states 12"]
    first: Bool[Tensor, "states 12"]
    length: Int[Tensor, "states 12"]
    count: Int[Tensor, " states"]


def edge_corners() -> Int[Tensor, "12 2"]:
    """The lower and the upper corner of every edge."""
    ends = []
    for axis in range(3):
        for a in (0, 1):
            for b in (0, 1):
                offset = [0, 0, 0]
                offset[(axis + 1) % 3], offset[(axis + 2) % 3] = a, b
                low = 4 * offset[0] + 2 * offset[1] + offset[2]
                ends.append([low, low + (4, 2, 1)[axis]])
    return torch.tensor(ends, device=CPU)


def face_corners() -> Int[Tensor, "6 4"]:
    """The corners of every face, counter-clockwise seen from outside of the cell."""
    faces = []
    for axis in range(3):
        u, v, w = (4, 2, 1)[(axis + 1) % 3], (4, 2, 1)[(axis + 2) % 3], (4, 2, 1)[axis]
        faces += [[0, v, u + v, u], [w, w + u, w + u + v, w + v]]
    return torch.tensor(faces, device=CPU)


def face_edges() -> Int[Tensor, "6 4"]:
    """The edges of every face; edge i leads from its corner i to its corner i + 1."""
    number = {frozenset(ends): edge for edge, ends in enumerate(edge_corners().tolist())}
    return torch.tensor(
        [
            [number[frozenset((face[i], face[(i + 1) % 4]))] for i in range(4)]
            for face in face_corners().tolist()
        ],
        device=CPU,
    )


@lru_cache(maxsize=1)
def loop_table() -> LoopTable:
    """Follow the surface around the cell, for all 256 × 64 states at once; on the CPU.

    Walking counter-clockwise around a face, one leaves the inside at some edges and enters it at
    others, in turn. The surface cuts the face along arcs from a leaving to an entering edge: to
    the one before it (around the inside corner, which stays alone) or to the one after it
    (around the outside corner: inside corners are joined). With two crossings both are the same.
    The other face at the edge walks it the other way, so that every crossing edge is left on one
    of its faces and entered on the other: the arcs close to loops.

    Example:
        >>> table = loop_table()
        >>> state = 1  # corner 0 alone is inside
        >>> table.count[state], table.length[state]
        (tensor(1), tensor([3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0]))
    """
    states = torch.arange(256 * 64, device=CPU)
    inside = (states[:, None] >> torch.arange(8, device=CPU)) & 1 == 1
    following = torch.arange(12, device=CPU).repeat(len(states), 1)
    for face, (corners, edges) in enumerate(
        zip(face_corners().tolist(), face_edges().tolist(), strict=True)
    ):
        # Arcs of this face: from each leaving edge i to an entering edge k.
        joins = (states >> (8 + face)) & 1 == 1
        signs = inside[:, corners]
        ahead = signs.roll(-1, dims=1)
        leaves, enters = signs & ~ahead, ~signs & ahead  # at edge i, from corner i to i + 1
        for i in range(4):
            # The nearest entering edge is written last.
            for step in (3, 2, 1):
                for arc, k in ((~joins, (i - step) % 4), (joins, (i + step) % 4)):
                    following[leaves[:, i] & enters[:, k] & arc, edges[i]] = edges[k]
    return _numbered(following)


def _numbered(following: Int[Tensor, "states 12"]) -> LoopTable:
    """Number the cycles of a permutation of the edges, those of a single edge excepted."""
    # The label of a cycle is its lowest edge.
    label, jump = torch.arange(12, device=CPU).expand_as(following), following
    for _ in range(4):  # doubling: 2⁴ ≥ 12 steps reach around every cycle
        label, jump = torch.minimum(label, label.gather(1, jump)), jump.gather(1, jump)
    crossing = following != torch.arange(12, device=CPU)
    first = crossing & (label == torch.arange(12, device=CPU))
    # Loops are numbered in the order of their lowest edges.
    rank = first.cumsum(dim=1) - 1
    loop = torch.where(crossing, rank.gather(1, label), -1)
    length = (loop[:, :, None] == loop[:, None, :]).sum(dim=2) * crossing
    return LoopTable(
        loop=loop, following=following, first=first, length=length, count=first.sum(dim=1)
    )
