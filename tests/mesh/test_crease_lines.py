"""The sharp edges of a mesh."""

import numpy as np
import pytest
import trimesh

from acutance.mesh.creases import crease_lines, sample_lines
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.solid.solid import Solid

BOX = TriangleMesh(trimesh.creation.box().vertices, trimesh.creation.box().faces.astype(np.int32))
OCTAHEDRON = TriangleMesh(
    np.concatenate([np.eye(3), -np.eye(3)]),
    np.array(
        [[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]],
        np.int32,
    ),
)


def test_the_creases_of_a_box_are_its_twelve_edges_without_the_diagonals():
    lines = crease_lines(BOX, 20.0)
    assert len(lines) == 12
    np.testing.assert_allclose(np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1), 1.0)


def test_an_angle_above_that_of_the_edges_leaves_none():
    assert len(crease_lines(OCTAHEDRON, 70.0)) == 12  # its faces meet at 70.5° between normals
    assert len(crease_lines(OCTAHEDRON, 71.0)) == 0


@pytest.mark.parametrize(("sides", "creases"), [(8, 8 + 16), (13, 26)])
def test_the_facets_of_a_cylinder_are_smooth_from_13_sides_on(sides: int, creases: int):
    """The two rims are creases in any case."""
    prism = trimesh.creation.cylinder(radius=1.0, height=1.0, sections=sides)
    mesh = TriangleMesh(prism.vertices, prism.faces.astype(np.int32))
    assert len(crease_lines(mesh)) == creases


def test_faces_of_no_area_make_no_creases():
    """A square whose diagonal is a face of no area on each side."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 0.5, 0]], float)
    faces = np.array([[0, 1, 2], [0, 2, 4], [0, 4, 2], [0, 2, 3]], np.int32)
    assert len(crease_lines(TriangleMesh(corners, faces), 20.0)) == 0


def test_points_lie_evenly_on_the_lines(rng: np.random.Generator):
    lines = np.array([[[0, 0, 0], [3, 0, 0]], [[0, 1, 0], [1, 1, 0]]], float)
    points = sample_lines(lines, 40_000, rng)
    first = points[:, 1] == 0
    assert first.mean() == pytest.approx(0.75, abs=0.01)
    assert points[first, 0].mean() == pytest.approx(1.5, abs=0.02)
    assert (points[:, 2] == 0).all()
    assert sample_lines(lines[:0], 0, rng).shape == (0, 3)


def test_a_solid_has_the_creases_of_its_mesh_and_a_cloud_has_none(rng: np.random.Generator):
    assert len(Solid.of(BOX).creases) == 12
    normals = rng.normal(size=(2000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    assert len(Solid.of(PointCloud(normals, normals)).creases) == 0
