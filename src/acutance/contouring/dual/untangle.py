"""Vertices of dual contouring taken back where faces fold over or cut each other."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.contouring.dual.patches import Patches
from acutance.contouring.dual.quads import Edges, folded, quad_mesh, triangles
from acutance.contouring.octree.cells import Cells
from acutance.contouring.octree.lattice import Lattice
from acutance.mesh.mesh import TriangleMesh
from acutance.solid.distance.intersections import intersecting_faces

ROUNDS = 4
"""How often vertices of faces that fold are taken back: each time their neighbours may follow."""

PROGRESS = 0.9
"""Where more than this share of the vertices at faces that cut others is left after a step, the
next one takes them further."""

SHARES = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)
"""How far they are taken from where they are at home to the middle of their edges, step by step: a
small one mostly does, and leaves the rims of thin parts straight. 15 raw meshes of open5, at 128,
have 44 faces that cut others if the last share is taken at once, 6,514 with the first alone."""

MARGIN = 1e-4
"""A vertex at home keeps this fraction of a cell away from its sides, that of the cell's next patch
three times as much, and so on: no two vertices at home coincide."""

REGION = 4.0
"""Cells about a moved vertex in which faces are looked at again: the faces at it reach two or three
cells far, and so do those that they cut."""

FACTOR = 0x1E3779B97F4A7C15
"""An odd number of mixed bits, near 2⁶¹ over the golden ratio."""


def unfolded(
    vertices: Float[Tensor, "patches 3"],
    home: Float[Tensor, "patches 3"],
    edges: Edges,
) -> Float[Tensor, "patches 3"]:
    """The vertices, those of folded faces at home."""
    near = edges
    for _ in range(ROUNDS):
        over = folded(vertices[triangles(vertices, near)], near).any(dim=1)
        back = near.patches[over].reshape(-1)
        if torch.equal(vertices[back], home[back]):
            break
        vertices[back] = home[back]
        moved = torch.zeros(len(vertices), dtype=torch.bool, device=vertices.device)
        moved[back] = True
        near = edges.at(moved[edges.patches].any(dim=1))  # elsewhere nothing has changed
    return vertices


def untangled(
    vertices: Float[Tensor, "patches 3"],
    places: tuple[Float[Tensor, "patches 3"], ...],
    edges: Edges,
    spacing: float,
) -> TriangleMesh:
    """The mesh, vertices of faces that cut others moved towards where none does.

    Args:
        vertices: of all patches.
        places: where they are at home, in their cells, and in the middle of their edges.
        edges: the crossing edges.
        spacing: edge length of a cell.
    """
    home, within, middle = places
    near, before, shares = edges, 0.0, iter(SHARES)
    while len(cut := _cut(vertices, near)):
        if len(cut) > PROGRESS * before:
            share = next(shares, None)
            if share is None:
                break
            place = torch.lerp(home, middle, share)
        before = len(cut)
        vertices[cut] = place[cut]
        keep_apart(vertices, within)
        # Faces elsewhere cut others no more than before: not at all.
        near = edges.at(_around(vertices, cut, spacing)[edges.patches].any(dim=1))
    return quad_mesh(vertices, edges)


def _cut(vertices: Float[Tensor, "patches 3"], edges: Edges) -> Int[Tensor, " cut"]:
    """The vertices of faces that cut others."""
    mesh = quad_mesh(vertices, edges)
    cut = np.unique(mesh.faces[intersecting_faces(mesh, device=vertices.device)])
    return torch.from_numpy(cut).long()


def _around(
    vertices: Float[Tensor, "patches 3"], chosen: Int[Tensor, " chosen"], spacing: float
) -> Bool[Tensor, " patches"]:
    """Which vertices lie within `REGION` cells of chosen ones, and some a little further."""
    index = ((vertices - vertices.amin(dim=0)) / (REGION * spacing)).long() + 1
    side = int(index.max()) + 2
    scale = torch.tensor([side * side, side, 1], device=index.device)
    keys = index @ scale
    steps = torch.cartesian_prod(*[torch.arange(-1, 2, device=index.device)] * 3) @ scale
    return torch.isin(keys, (keys[chosen].unique()[:, None] + steps).unique())


def room(
    lattice: Lattice, cells: Cells, patches: Patches
) -> tuple[Float[Tensor, "patches 3"], Float[Tensor, "patches 3"]]:
    """Lower and upper corner of where a patch's vertex is in its cell, apart from all others."""
    low = lattice.positions(cells.keys)[patches.cell]
    rank = torch.arange(len(low), device=low.device) - patches.first[patches.cell]
    margin = (MARGIN * lattice.spacing * (1 + 2 * rank))[:, None]
    return low + margin, low + lattice.spacing - margin


def keep_apart(vertices: Float[Tensor, "patches 3"], within: Float[Tensor, "patches 3"]) -> None:
    """Take vertices at the same place into their cells, where no two are, until all are apart.

    Readers merge vertices at one place, which would join what the patches keep apart. Neighbours
    meet at the tip of a corner, where each finds the same point, and in cells with two patches.
    """
    while True:
        _, place, count = torch.unique(_marks(vertices), return_inverse=True, return_counts=True)
        shared = (count[place] > 1) & (vertices != within).any(dim=1)
        if not shared.any():
            return
        vertices[shared] = within[shared]


def _marks(vertices: Float[Tensor, "patches 3"]) -> Int[Tensor, " patches"]:
    """A number that only vertices at the same place have in common: a hash of their bits."""
    mark = torch.zeros_like(vertices[:, 0], dtype=torch.int64)
    for bits in (vertices + 0.0).view(torch.int64).unbind(dim=1):  # the sum makes −0 and 0 one
        mark = (mark ^ bits) * FACTOR
        mark ^= mark >> 32  # numbers from float32 end in zeros, which a product keeps
    return mark
