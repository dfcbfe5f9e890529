"""The part that the package makes itself is a sound CAD part."""

from functools import cache

import numpy as np
import pytest

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.part import BearingBlock, part

made = cache(part)


@pytest.fixture(params=[None, 0, 1, 2], ids=lambda seed: f"seed {seed}")
def block(request: pytest.FixtureRequest) -> TriangleMesh:
    return made(request.param)


def directed_edges(mesh: TriangleMesh) -> np.ndarray:
    """One number a directed edge."""
    return mesh.edges[:, 0].astype(np.int64) * len(mesh.vertices) + mesh.edges[:, 1]


def test_every_edge_is_met_once_in_each_direction(block: TriangleMesh) -> None:
    forth = directed_edges(block)
    back = directed_edges(TriangleMesh(block.vertices, block.faces[:, ::-1]))
    assert len(np.unique(forth)) == len(forth)
    np.testing.assert_array_equal(np.sort(forth), np.sort(back))


def test_its_genus_counts_the_bore_the_oil_hole_and_four_bolt_holes(block: TriangleMesh) -> None:
    euler = len(block.vertices) - len(block.faces) // 2
    assert euler == 2 - 2 * 6


def test_no_face_has_lost_its_area(block: TriangleMesh) -> None:
    assert block.face_areas.min() > 1e-6
    assert 5_000 < len(block.faces) < 20_000


def test_it_is_oriented_outwards_and_stands_on_the_ground(block: TriangleMesh) -> None:
    assert block.volume > 0
    assert block.bounds[0, 2] == 0.0


def test_the_drawn_block_has_the_dimensions_of_its_drawing() -> None:
    drawn, mesh = BearingBlock(), made(None)
    size = mesh.bounds[1] - mesh.bounds[0]
    np.testing.assert_allclose(size[:2], (drawn.length, drawn.depth), atol=1e-9)


def test_points_of_the_bore_lie_on_its_cylinder() -> None:
    drawn, mesh = BearingBlock(), made(None)
    x, y, z = (mesh.vertices - (0.0, 0.0, drawn.axis)).T
    radius = np.hypot(x, z)
    inside = (np.abs(y) < drawn.boss_depth / 2 - 3) & (radius < 1.01 * drawn.bore_radius) & (x < 0)
    assert inside.any()
    assert radius[inside].max() <= drawn.bore_radius + 1e-9


def test_it_has_creases_and_curved_faces() -> None:
    mesh = made(None)
    normals = mesh.face_normals
    edge = np.sort(mesh.edges, axis=1)
    order = np.lexsort(edge.T)
    pairs = np.repeat(np.arange(len(mesh.faces)), 3)[order].reshape(-1, 2)
    angle = np.degrees(
        np.arccos(np.clip(np.einsum("ij,ij->i", normals[pairs[:, 0]], normals[pairs[:, 1]]), -1, 1))
    )
    assert (angle > 80).sum() > 500
    assert ((angle > 1) & (angle < 8)).sum() > 2_000


def test_the_same_seed_gives_the_same_part_and_another_seed_another() -> None:
    first, again, other = made(0), part(0), made(1)
    np.testing.assert_array_equal(first.vertices, again.vertices)
    np.testing.assert_array_equal(first.faces, again.faces)
    assert not np.array_equal(first.bounds, other.bounds)


def test_its_arrays_are_float64_and_int32() -> None:
    mesh = made(None)
    assert mesh.vertices.dtype == np.float64
    assert mesh.faces.dtype == np.int32
