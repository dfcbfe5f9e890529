"""The formulas of the metrics on a handful of numbers."""

import numpy as np
import pytest

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.metrics.chamfer import chamfer
from acutance.metrics.holes import boundary, on_boundary
from acutance.metrics.normals import normal_consistency
from acutance.metrics.sharpness import near_crease
from acutance.metrics.surface import both_ways, deviation, f_score
from acutance.metrics.volume import overlap
from acutance.types import PointArray, ScalarArray


def test_a_deviation_sums_up_distances() -> None:
    summary = deviation(np.array([0.0, 3.0, 4.0, 5.0]))
    assert summary.mean == 3.0
    assert summary.rms == pytest.approx(np.sqrt(12.5))
    assert summary.maximum == 5.0
    assert summary.points == 4


def test_both_ways_weighs_the_directions_equally() -> None:
    together = both_ways(deviation(np.full(10, 1.0)), deviation(np.full(1000, 3.0)))
    assert together.mean == together.p99 == 2.0
    assert together.rms == pytest.approx(np.sqrt(5.0))
    assert together.maximum == 3.0
    assert together.points == 1010


def test_the_f_score_is_the_harmonic_mean_of_precision_and_recall() -> None:
    half, all_near = np.array([0.0, 1.0]), np.zeros(4)
    assert f_score(half, all_near, 0.5) == pytest.approx(2 / 3)
    assert f_score(np.ones(2), np.ones(2), 0.5) == 0.0


def test_chamfer_is_the_sum_of_the_mean_squares() -> None:
    one, two = np.zeros((1, 3)), np.array([[0.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
    assert chamfer(one, two) == pytest.approx(1e3 * (1.0 + (1.0 + 9.0) / 2))
    assert chamfer(two, one) == pytest.approx(chamfer(one, two))


def test_chamfer_of_one_plane_with_itself_is_the_floor_of_sampling(
    rng: np.random.Generator,
) -> None:
    def plane() -> PointArray:
        return np.concatenate([rng.random((20_000, 2)), np.zeros((20_000, 1))], axis=1)

    assert chamfer(plane(), plane()) == pytest.approx(1e3 * 2 / (np.pi * 20_000), rel=0.05)


def test_opposite_normals_agree_and_crossed_ones_do_not() -> None:
    up = np.tile([0.0, 0.0, 1.0], (5, 1))
    assert normal_consistency(up, -up) == 1.0
    assert normal_consistency(up, np.tile([1.0, 0.0, 0.0], (5, 1))) == 0.0


def test_overlap_of_nothing_is_nothing(rng: np.random.Generator) -> None:
    def outside(points: PointArray) -> ScalarArray:
        return np.ones(len(points))

    assert overlap(outside, outside, np.array([[0.0] * 3, [1.0] * 3]), 100, rng) is None


def folded(angle: float, rng: np.random.Generator) -> PointCloud:
    """Points of two half planes that meet in the y axis, with `angle` between their normals."""
    along, across = rng.random(40_000), rng.uniform(-0.5, 0.5, 40_000)
    right = across > 0
    x, z = np.cos(angle), -np.sin(angle)
    points = np.stack([across * np.where(right, x, 1.0), along, across * np.where(right, z, 0)], 1)
    normals = np.where(right[:, None], [-z, 0.0, x], [0.0, 0.0, 1.0])
    return PointCloud(points, normals)


@pytest.mark.parametrize(("degrees", "crease"), [(20, False), (40, True), (90, True), (178, False)])
def test_a_crease_turns_by_more_than_thirty_degrees(
    degrees: float, crease: bool, rng: np.random.Generator
) -> None:
    samples = folded(np.deg2rad(degrees), rng)
    near = near_crease(samples)
    assert near.any() == crease
    assert (np.hypot(samples.points[near, 0], samples.points[near, 2]) < 0.008).all()


def test_samples_without_normals_have_no_creases() -> None:
    assert not near_crease(PointCloud(np.zeros((3, 3)), None)).any()


def test_the_rim_of_a_square_is_its_outline_not_its_diagonal() -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    square = TriangleMesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    open_edges = boundary(square)
    assert open_edges.tolist() == [[True, True, False], [False, True, True]]
    points = np.array([[0.5, 0, 0], [0.5, 0.5, 0], [0, 0.3, 0], [0.4, 0.3, 0], [1, 1, 0]])
    faces = np.array([0, 0, 1, 0, 1])
    found = on_boundary(open_edges, square, points, faces)
    assert found.tolist() == [True, False, True, False, True]
