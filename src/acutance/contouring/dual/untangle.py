"""Vertices of dual contouring moved back where faces fold over or cut each other.

Dual contouring alone promises neither: Ju and Udeshi 2006, "Intersection-free Contouring on an
Octree Grid", split faces at the faces and edges of cells; Manson and Schaefer 2010, "Isosurfaces
Over Simplicial Partitions of Multiresolution Grids", contour simplices. Here only vertices move.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.contouring.dual.patches import Patches
from acutance.contouring.dual.quads import Edges, folded, quad_mesh, triangles
from acutance.contouring.finish.near import near_faces
from acutance.contouring.octree.cells import Cells
from acutance.contouring.octree.lattice import Lattice
from acutance.mesh.collapse import without_short_edges
from acutance.mesh.mesh import TriangleMesh

UNFOLD_ROUNDS = 4
"""How often vertices of faces that fold are moved back: each time their neighbours may follow."""

PROGRESS = 0.9
"""Where more than this share of the vertices at faces that cut others is left after a step, the
next one moves them further."""

RETREATS = (0.003, 0.03)
"""How far they are moved at first towards the middle of their edges: enough where sheets touch."""

STEP_SHARES = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)
"""How far they are moved then from their fallback to the middle of their edges: a small share
mostly does, and leaves the rims of thin parts straight."""

CELL_MARGIN = 1e-4
"""A vertex in its cell keeps this fraction of a cell away from the cell's sides."""

SHORTEST = 1e-3
"""Edges up to this many cells are noise: next cells find the same corner of a shape. They are
collapsed in the end (see `kept_apart`), and what they cut does not count."""

NEAR = 3e-4
"""Faces that overlap by less than this many cells are only pushed apart in the end; for what is
deeper, vertices are moved back."""

REGION = 4.0
"""Cells about a moved vertex in which faces are looked at again: the faces at it reach two or three
cells far, and so do those that they cut."""


def without_folds(
    vertices: Float[Tensor, "patches 3"],
    fallback: Float[Tensor, "patches 3"],
    edges: Edges,
) -> Float[Tensor, "patches 3"]:
    """The vertices, changed in place: those of folded faces moved to their fallback."""
    near = edges
    for _ in range(UNFOLD_ROUNDS):
        over = folded(vertices[triangles(vertices, near)], near).any(dim=1)
        back = near.patches[over].reshape(-1)  # all four of a quadrilateral
        if torch.equal(vertices[back], fallback[back]):
            break
        vertices[back] = fallback[back]
        moved = torch.zeros(len(vertices), dtype=torch.bool, device=vertices.device)
        moved[back] = True
        near = edges.at(moved[edges.patches].any(dim=1))  # elsewhere nothing has changed
    return vertices


def without_intersections(
    vertices: Float[Tensor, "patches 3"],
    places: tuple[Float[Tensor, "patches 3"], ...],
    edges: Edges,
    spacing: float,
) -> TriangleMesh:
    """The mesh, vertices of faces that cut others moved towards where none does.

    Args:
        vertices: of all patches, changed in place.
        places: for every vertex its fallback and the middle of its edges.
        edges: the crossing edges.
        spacing: edge length of a cell.
    """
    fallback, middle = places
    start = vertices.clone()
    ways = [(start, share) for share in RETREATS] + [(fallback, share) for share in STEP_SHARES]
    near, before, steps = edges, 0.0, iter(ways)
    cut = torch.arange(len(vertices), device=vertices.device)
    # Moved vertices may make new cuts: until there are none, or no step is left.
    while len(cut := _intersecting_vertices(vertices, near, cut, spacing)):
        if len(cut) > PROGRESS * before:
            step = next(steps, None)
            if step is None:
                break
            place = torch.lerp(step[0], middle, step[1])
        before = len(cut)
        vertices[cut] = place[cut]
        # Faces elsewhere cut others no more than before: not at all.
        near = edges.at(_near_chosen(vertices, cut, spacing)[edges.patches].any(dim=1))
    return quad_mesh(vertices, edges)


def _intersecting_vertices(
    vertices: Float[Tensor, "patches 3"],
    edges: Edges,
    moved: Int[Tensor, " moved"],
    spacing: float,
) -> Int[Tensor, " cut"]:
    """The vertices of faces that cut or touch others, of those at moved vertices."""
    mesh, kept = without_short_edges(quad_mesh(vertices, edges), SHORTEST * spacing)
    new = np.zeros(len(kept), dtype=bool)
    new[kept[moved.cpu().numpy()]] = True
    chosen = np.flatnonzero(new[mesh.faces].any(axis=1))
    cut = np.zeros(len(kept), dtype=bool)
    cut[mesh.faces[near_faces(mesh, NEAR * spacing, chosen, device=vertices.device)]] = True
    return torch.from_numpy(np.flatnonzero(cut[kept])).to(vertices.device)


def _near_chosen(
    vertices: Float[Tensor, "patches 3"], chosen: Int[Tensor, " chosen"], spacing: float
) -> Bool[Tensor, " patches"]:
    """Which vertices lie within `REGION` cells of chosen ones, and some a little further."""
    # Vertices in the 27 buckets of a coarse grid about the bucket of a chosen one.
    index = ((vertices - vertices.amin(dim=0)) / (REGION * spacing)).long() + 1
    side = int(index.max()) + 2
    steps = torch.cartesian_prod(*[torch.arange(-1, 2, device=index.device)] * 3)
    keys, offsets = ((x[:, 0] * side + x[:, 1]) * side + x[:, 2] for x in (index, steps))
    return torch.isin(keys, (keys[chosen].unique()[:, None] + offsets).unique())


def cell_limits(
    lattice: Lattice, cells: Cells, patches: Patches
) -> tuple[Float[Tensor, "patches 3"], Float[Tensor, "patches 3"]]:
    """Lower and upper corner of the box in its cell that holds a patch's vertex."""
    low = lattice.positions(cells.keys)[patches.cell]
    margin = CELL_MARGIN * lattice.spacing
    return low + margin, low + lattice.spacing - margin
