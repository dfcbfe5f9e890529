"""Faces that cut other faces."""

import numpy as np

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.analytic import Box
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.walls import wall_thickness


def joined(*meshes: TriangleMesh) -> TriangleMesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return TriangleMesh(
        np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces).astype(np.int32)
    )


def test_a_box_cuts_itself_nowhere():
    assert len(intersecting_faces(Box().mesh())) == 0


def test_the_faces_where_two_boxes_pass_each_other_are_found():
    bar = Box(half=(1.0, 0.1, 0.1)).mesh()
    wall = Box(half=(0.2, 0.9, 0.9)).mesh()
    found = intersecting_faces(joined(bar, wall))
    along_x = np.abs(joined(bar, wall).face_normals[:, 0]) > 0.5
    # The ends of the bar are free, and so are the narrow sides of the wall.
    expected = np.r_[~along_x[:12], along_x[12:]]
    assert set(found) <= set(np.flatnonzero(expected))
    assert len(found) >= 10


def test_boxes_that_touch_in_a_plane_do_not_cut():
    box = Box(half=(0.5, 0.5, 0.5)).mesh()
    beside = TriangleMesh(box.vertices + np.array([1.0, 0.0, 0.0]), box.faces)
    assert len(intersecting_faces(joined(box, beside))) == 0


def test_a_face_folded_through_its_neighbour_at_a_common_vertex_is_found():
    vertices = np.array([[0, 0, 0], [2, -1, 0], [2, 1, 0], [1, 0, -1], [1, 0, 1]], dtype=np.float64)
    mesh = TriangleMesh(vertices, np.array([[0, 1, 2], [0, 3, 4]], np.int32))
    np.testing.assert_array_equal(intersecting_faces(mesh), [0, 1])


def test_the_walls_of_a_plate_are_as_thick_as_it_is(rng: np.random.Generator):
    walls = wall_thickness(Box(half=(0.6, 0.5, 0.01)).mesh(), 5000, rng)
    np.testing.assert_allclose([walls.min(), np.median(walls)], 0.02, rtol=1e-3)
    np.testing.assert_allclose(walls.max(), 1.2, rtol=1e-3)


def test_a_line_that_cuts_the_corner_of_a_wedge_is_no_wall(rng: np.random.Generator):
    wedge = np.array(
        [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]], dtype=np.float64
    )
    faces = [[0, 2, 1], [3, 4, 5], [0, 1, 4], [0, 4, 3], [0, 3, 5], [0, 5, 2], [1, 2, 5], [1, 5, 4]]
    walls = wall_thickness(TriangleMesh(wedge, np.array(faces, np.int32)), 5000, rng)
    assert walls.min() > 1e-3
