"""Distances between crease lines."""

import numpy as np
import pytest

from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.creases import crease_distance


def box(size=1.0, shift=0.0):
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    faces = [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ]  # fmt: skip
    return TriangleMesh(size * (corners - 0.5) + shift, np.array(faces, np.int32))


def test_a_mesh_has_no_distance_to_itself():
    found = crease_distance(box(), box(), np.random.default_rng(0))
    assert found.to_result.maximum < 1e-6
    assert found.to_reference.maximum < 1e-6
    assert found.mean < 1e-6


def test_a_moved_box_is_as_far_away_as_geometry_says():
    found = crease_distance(box(shift=[0.1, 0, 0]), box(), np.random.default_rng(0))
    # The four edges along x slide on themselves, but for their last tenth. The other eight are 0.1
    # away; four of them have both ends, a tenth long, on edges of the moved box along x.
    expected = (4 * 0.1 * 0.05 + 4 * 0.1 + 4 * (0.8 * 0.1 + 0.2 * 0.05)) / 12
    assert found.to_result.mean == pytest.approx(expected, rel=0.02)
    assert found.to_result.maximum == pytest.approx(0.1, abs=1e-6)


def test_a_crease_that_is_missing_and_one_too_many_are_told_apart():
    two = TriangleMesh(
        np.concatenate([box().vertices, box(shift=3.0).vertices]),
        np.concatenate([box().faces, box().faces + 8]),
    )
    lost = crease_distance(box(), two, np.random.default_rng(0))
    assert lost.to_result.mean > 1.0
    assert lost.to_reference.mean < 1e-6
    false = crease_distance(two, box(), np.random.default_rng(0))
    assert false.to_result.mean < 1e-6
    assert false.to_reference.mean > 1.0


def test_a_mesh_without_creases_has_none_to_compare():
    flat = TriangleMesh(np.eye(3), np.array([[0, 1, 2]], np.int32))
    assert crease_distance(flat, box(), np.random.default_rng(0)) is None
    assert crease_distance(box(), flat, np.random.default_rng(0)) is None
