"""Marching cubes: the loops around the cells as polygons through the roots on their edges.

Lorensen and Cline 1987, with the loops of `loops` instead of tables of triangles, so that all
ambiguous faces are resolved alike on both sides.

Vertices are the crossing edges, polygons the loops. It is a closed, oriented 2-manifold for the
reasons given in `patches`: an arc on a face is an edge of one polygon on either side, no two arcs
have the same ends, and the polygons at a root follow each other around its lattice edge.
Polygons are cut inside of their cells: one of four corners along a diagonal between edges without
a common face, longer ones around a new vertex in their middle. So no cut is another's edge.
"""

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from acutance.contouring.dual.hermite import Hermite
from acutance.contouring.dual.patches import Crossings, Patches, loops_on
from acutance.contouring.octree.lattice import Lattice
from acutance.contouring.octree.loops import LoopTable, face_edges
from acutance.machine.devices import CPU
from acutance.mesh.mesh import TriangleMesh


def marching_mesh(
    lattice: Lattice, patches: Patches, crossings: Crossings, hermite: Hermite
) -> TriangleMesh:
    """The mesh through the roots on all crossing edges.

    Args:
        lattice: the lattice of the cells.
        patches: the patches of the cells, each a polygon.
        crossings: the edges of the lattice that cross the surface, each a vertex.
        hermite: the points there.

    Returns:
        The mesh, closed and 2-manifold, in the frame of the field.

    Example:
        >>> import torch
        >>> from acutance.contouring.dual.hermite import tangent_planes
        >>> from acutance.contouring.dual.patches import find_crossings, find_patches
        >>> from acutance.contouring.octree.lattice import Probe
        >>> from acutance.contouring.octree.search import find_cells
        >>> from acutance.shapes.analytic import Sphere
        >>> probe = Probe(Sphere(radius=0.7), 1000)
        >>> box, cpu = ([-1.0] * 3, [1.0] * 3), torch.device("cpu")
        >>> found = find_cells(probe, *box, 16, safety=1.25, thin=False, crowd=64.0, device=cpu)
        >>> lattice, cells = found.lattice, found.cells
        >>> patches = find_patches(lattice, cells)
        >>> crossings = find_crossings(lattice, cells, patches)
        >>> hermite = tangent_planes(probe, lattice, cells, crossings, found.thin_points)
        >>> mesh = marching_mesh(lattice, patches, crossings, hermite)
        >>> mesh.vertices.shape, mesh.faces.shape
        ((702, 3), (1400, 3))
    """
    corner = _corners(patches, crossings)
    vertices, faces = hermite.points, []
    for size in range(3, 13):  # edges of a loop
        cell, edges = _polygons(patches, loops_on(lattice.device), size)
        polygon = corner[cell[:, None], edges]
        if size == 3:
            faces.append(polygon)
        elif size == 4:
            # A diagonal on a face would be an edge of the neighbour's polygon, too.
            apart = ~_share_face().to(lattice.device)[edges[:, 0], edges[:, 2]]
            polygon = torch.where(apart[:, None], polygon, polygon.roll(-1, dims=1))
            faces += [polygon[:, :3], polygon[:, [0, 2, 3]]]
        else:
            # A fan about a new vertex.
            middle = torch.arange(len(polygon), device=lattice.device) + len(vertices)
            vertices = torch.cat([vertices, vertices[polygon].mean(dim=1)])
            around = torch.stack([polygon, polygon.roll(-1, dims=1)], dim=2)
            centre = middle[:, None, None].expand(-1, size, 1)
            faces.append(torch.cat([centre, around], dim=2).reshape(-1, 3))
    # Loops run clockwise seen from outside of the shape.
    triangles = torch.cat(faces).flip(dims=(1,))
    return TriangleMesh(vertices.cpu().numpy(), triangles.cpu().numpy().astype(np.int32))


def _corners(patches: Patches, crossings: Crossings) -> Int[Tensor, "cells 12"]:
    """The crossing at each of the twelve edges of every cell; -1 where there is none."""
    corner = torch.full((len(patches.state), 12), -1, device=patches.state.device)
    numbers = torch.arange(len(crossings.owner), device=corner.device)
    # An edge of the lattice is another one of the twelve in each of its four cells.
    for place, local in enumerate((0, 2, 3, 1)):
        corner[crossings.cells[:, place], 4 * crossings.axis + local] = numbers
    return corner


def _polygons(
    patches: Patches, table: LoopTable, size: int
) -> tuple[Int[Tensor, " polygons"], Int[Tensor, "polygons corners"]]:
    """The cells and the edges, in their order, of all loops with this number of edges."""
    starts = table.first & (table.length == size)
    cell, edge = starts[patches.state].nonzero().unbind(dim=1)
    # Walk around each loop from its lowest edge.
    edges = [edge]
    for _ in range(size - 1):
        edges.append(table.following[patches.state[cell], edges[-1]])
    return cell, torch.stack(edges, dim=1)


def _share_face() -> Bool[Tensor, "12 12"]:
    """Which edges of a cell lie on a common face."""
    on = torch.zeros(6, 12, device=CPU)
    on.scatter_(1, face_edges(), 1.0)
    return on.T @ on > 0
