"""How faces hang together is counted as the definitions say."""

import numpy as np
import pytest

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import connected_faces, topology

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], dtype=np.int32)
CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


def _mesh(faces: np.ndarray, vertices: np.ndarray = CORNERS) -> TriangleMesh:
    return TriangleMesh(vertices, np.asarray(faces, dtype=np.int32))


def _torus(around: int = 12, across: int = 8) -> TriangleMesh:
    i, j = np.meshgrid(np.arange(around), np.arange(across), indexing="ij")
    u, v = 2 * np.pi * i / around, 2 * np.pi * j / across
    ring = 1 + 0.4 * np.cos(v)
    vertices = np.stack([ring * np.cos(u), ring * np.sin(u), 0.4 * np.sin(v)], axis=2)
    a, b = i * across + j, (i + 1) % around * across + j
    c, d = (i + 1) % around * across + (j + 1) % across, i * across + (j + 1) % across
    faces = np.stack([a, b, c, a, c, d], axis=2).reshape(-1, 3)
    return _mesh(faces, vertices.reshape(-1, 3))


def _two(first: np.ndarray, second: np.ndarray) -> TriangleMesh:
    """Two tetrahedra whose vertex numbers are given; vertices are somewhere, in no plane."""
    faces = np.concatenate([first[TETRAHEDRON], second[TETRAHEDRON]])
    return _mesh(faces, np.random.default_rng(0).random((8, 3)))


def test_a_tetrahedron_is_a_closed_oriented_manifold_of_one_body() -> None:
    found = topology(_mesh(TETRAHEDRON))
    assert found.closed and found.oriented and found.manifold
    assert (found.vertices, found.faces, found.bodies, found.euler) == (4, 4, 1, 2)


def test_the_euler_characteristic_of_a_torus_is_zero() -> None:
    found = topology(_torus())
    assert found.manifold
    assert found.euler == 0


def test_a_missing_face_leaves_three_boundary_edges() -> None:
    found = topology(_mesh(TETRAHEDRON[:3]))
    assert found.boundary_edges == 3
    assert found.odd_edges == 3
    assert not found.closed
    assert found.oriented


def test_a_flipped_face_is_misoriented_along_its_three_edges() -> None:
    faces = TETRAHEDRON.copy()
    faces[0] = faces[0, ::-1]
    found = topology(_mesh(faces))
    assert found.misoriented_edges == 3
    assert found.closed and not found.oriented and not found.manifold


def test_tetrahedra_that_share_an_edge_are_closed_but_not_manifold() -> None:
    found = topology(_two(np.array([0, 1, 2, 3]), np.array([0, 1, 4, 5])))
    assert found.nonmanifold_edges == 1
    assert found.closed and found.oriented and not found.manifold
    assert found.bodies == 1


def test_tetrahedra_that_share_a_vertex_are_two_bodies_pinched_there() -> None:
    mesh = _two(np.array([0, 1, 2, 3]), np.array([0, 4, 5, 6]))
    found = topology(mesh)
    assert found.nonmanifold_vertices == 1
    assert found.nonmanifold_edges == 0
    assert found.bodies == 2
    assert found.closed and not found.manifold
    assert connected_faces(mesh).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_a_vertex_where_one_body_touches_itself_is_pinched() -> None:
    torus = _torus()
    faces = torus.faces.copy()
    faces[faces == 50] = 0
    found = topology(_mesh(faces, torus.vertices))
    assert found.bodies == 1
    assert found.nonmanifold_vertices == 1
    assert found.closed and not found.manifold


def test_the_corner_of_a_hole_is_no_pinch_but_the_meeting_of_two_holes_is() -> None:
    torus = _torus()
    first, *others = np.flatnonzero(np.any(torus.faces == 20, axis=1))
    corners = set(torus.faces[first].tolist())
    opposite = next(i for i in others if corners & set(torus.faces[i].tolist()) == {20})
    one_hole = np.delete(torus.faces, [first], axis=0)
    two_holes = np.delete(torus.faces, [first, opposite], axis=0)
    assert topology(_mesh(one_hole, torus.vertices)).nonmanifold_vertices == 0
    assert topology(_mesh(two_holes, torus.vertices)).nonmanifold_vertices == 1


def test_a_doubled_face_is_counted_as_duplicate_whatever_its_order() -> None:
    faces = np.concatenate([TETRAHEDRON, [[1, 2, 0]]])
    found = topology(_mesh(faces))
    assert found.duplicate_faces == 1
    assert found.nonmanifold_edges == 3
    assert not found.closed


def test_a_whole_tetrahedron_doubled_inside_out_is_closed_and_oriented() -> None:
    found = topology(_mesh(np.concatenate([TETRAHEDRON, TETRAHEDRON[:, ::-1]])))
    assert found.duplicate_faces == 4
    assert found.closed and found.oriented and not found.manifold


def test_a_whole_tetrahedron_doubled_the_same_way_is_closed_and_oriented_too() -> None:
    found = topology(_mesh(np.concatenate([TETRAHEDRON, TETRAHEDRON])))
    assert found.closed and found.oriented and not found.manifold


@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_faces_without_area_are_counted_even_where_rounding_gives_them_some(shift: float) -> None:
    direction = np.array([0.1, 0.3, 0.7])
    vertices = np.concatenate([CORNERS, [direction, 2.3 * direction, 3.7 * direction]]) + shift
    faces = np.concatenate([TETRAHEDRON, [[4, 5, 6], [0, 0, 1]]])
    found = topology(_mesh(faces, vertices))
    assert found.degenerate_faces == 2
    assert found.faces == 6


def test_faces_that_repeat_a_vertex_do_not_open_a_closed_mesh() -> None:
    found = topology(_mesh(np.concatenate([TETRAHEDRON, [[0, 0, 1], [2, 2, 2]]])))
    assert found.manifold
    assert found.euler == 2


def test_vertices_that_no_face_uses_do_not_count() -> None:
    found = topology(_mesh(TETRAHEDRON, np.concatenate([CORNERS, CORNERS + 5])))
    assert (found.vertices, found.euler) == (4, 2)


def test_no_faces_bound_nothing() -> None:
    found = topology(_mesh(np.empty((0, 3))))
    assert not found.closed and not found.manifold
    assert (found.bodies, found.vertices, found.duplicate_faces) == (0, 0, 0)
    assert connected_faces(_mesh(np.empty((0, 3)))).shape == (0,)
