"""The mesh of any signs is a closed, oriented 2-manifold: the promise of `patches`."""

import manifold3d
import numpy as np
import pytest
import torch

from acutance.contouring.dual.hermite import Hermite
from acutance.contouring.dual.patches import find_crossings, find_patches, separate_patches
from acutance.contouring.dual.vertices import dual_mesh
from acutance.contouring.marching import marching_mesh
from acutance.contouring.octree.cells import Cells, signs_differ
from acutance.contouring.octree.lattice import Lattice, Probe, locate
from acutance.contouring.octree.loops import face_edges, loop_table
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Sphere


def noise_cells(n: int, share: float, seed: int) -> tuple[Lattice, Cells]:
    """Cells of a lattice whose values are noise, with this share inside and a border outside."""
    lattice = Lattice(
        origin=(0.0, 0.0, 0.0), spacing=1.0, cells=(n, n, n), device=torch.device("cpu")
    )
    values = torch.rand(n + 1, n + 1, n + 1, generator=torch.Generator().manual_seed(seed)) - share
    border = torch.ones_like(values, dtype=torch.bool)
    border[1:-1, 1:-1, 1:-1] = False
    values[border] = values[border].abs()
    axis = torch.arange(n)
    keys = lattice.keys(torch.cartesian_prod(axis, axis, axis)).sort().values
    corners = values.reshape(-1)[keys[:, None] + lattice.offsets(2)]
    both = signs_differ(corners)
    return lattice, Cells(keys[both], corners[both])


def mesh_of(lattice: Lattice, cells: Cells, method: str) -> TriangleMesh:
    """The mesh through the middles of the crossing edges, with normals of noise."""
    patches = find_patches(lattice, cells)
    crossings = find_crossings(lattice, cells, patches)
    axes = torch.eye(3, dtype=torch.float64)[crossings.axis]
    generator = torch.Generator().manual_seed(0)
    normals = torch.randn(axes.shape, generator=generator, dtype=torch.float64)
    hermite = Hermite(
        lattice.positions(cells.keys[crossings.owner]) + 0.5 * axes,
        normals / normals.norm(dim=1, keepdim=True),
        torch.zeros(len(axes), dtype=torch.float64),
        torch.zeros(len(axes), dtype=torch.bool),
    )
    if method == "dual":
        return dual_mesh(Probe(Sphere(), 1024), lattice, cells, patches, crossings, hermite, 0.0)[0]
    return marching_mesh(lattice, patches, crossings, hermite)


@pytest.mark.parametrize("method", ["dual", "marching"])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_any_signs_give_a_closed_oriented_manifold(method: str, share: float):
    for seed in range(3):
        lattice, cells = noise_cells(14, share, seed)
        shape = topology(mesh_of(lattice, cells, method))
        assert shape.manifold
        assert shape.duplicate_faces == 0


@pytest.mark.parametrize("method", ["dual", "marching"])
def test_manifold3d_agrees_that_it_is_a_manifold(method: str):
    mesh = mesh_of(*noise_cells(16, 0.45, 7), method)
    solid = manifold3d.Manifold(
        manifold3d.Mesh64(mesh.vertices, mesh.faces.astype(np.uint64), tolerance=0.0)
    )
    assert solid.status() == manifold3d.Error.NoError
    assert mesh.volume > 0


def coinciding_edges(lattice: Lattice, cells: Cells, state: torch.Tensor) -> int:
    """Faces with two arcs that belong to one loop in both of their cells."""
    table, edges, found = loop_table(), face_edges(), 0
    for axis in range(3):
        low, high = table.loop[state][:, edges[2 * axis + 1]], table.loop[state][:, edges[2 * axis]]
        place, present = locate(cells.keys, cells.keys + lattice.strides[axis])
        single = [(x >= 0).all(dim=1) & (x == x[:, :1]).all(dim=1) for x in (low, high)]
        found += int((present & single[0] & single[1][place]).sum())
    return found


@pytest.mark.parametrize("rules", [0, 63], ids=["apart", "joined"])
def test_separating_leaves_no_dual_edges_that_coincide(rules: int):
    lattice, cells = noise_cells(16, 0.45, 0)
    state = ((cells.values < 0) << torch.arange(8)).sum(dim=1) + 256 * rules
    assert coinciding_edges(lattice, cells, state) > 0
    separated = separate_patches(lattice, cells, state.clone(), loop_table())
    assert coinciding_edges(lattice, cells, separated) == 0


def test_every_crossing_edge_has_four_different_patches():
    lattice, cells = noise_cells(14, 0.45, 1)
    patches = find_patches(lattice, cells)
    crossings = find_crossings(lattice, cells, patches)
    four = crossings.patches.sort(dim=1).values
    assert (four[:, 1:] != four[:, :-1]).all()
    assert torch.equal(patches.cell[crossings.patches], crossings.cells)
    assert len(crossings.patches.unique()) == len(patches.cell)
