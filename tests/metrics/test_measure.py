"""Metrics of shapes whose differences are known in closed form."""

import json

import numpy as np
import pytest
import trimesh

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.metrics.measure import SampleCounts, measure, reference_frame
from acutance.types import PointArray, ScalarArray

FEW = SampleCounts(surface=20_000, chamfer=5_000, volume=50_000)
DENSE = SampleCounts(chamfer=5_000, volume=50_000)  # creases are seen only by dense samples


def plain(mesh: trimesh.Trimesh) -> TriangleMesh:
    return TriangleMesh(np.array(mesh.vertices, float), np.array(mesh.faces, np.int32))


def sphere(radius: float = 1.0) -> TriangleMesh:
    return plain(trimesh.creation.icosphere(subdivisions=5, radius=radius))


def box(*, lid: bool = True, at: float = 0.0) -> TriangleMesh:
    mesh = plain(trimesh.creation.box((2.0, 2.0, 2.0)))
    kept = np.ones(len(mesh.faces), dtype=bool) if lid else mesh.face_normals[:, 1] < 0.5
    return TriangleMesh(mesh.vertices + np.array([at, 0.0, 0.0]), mesh.faces[kept])


def rounded_box(radius: float) -> TriangleMesh:
    """The box with edges of a radius: a fine box, drawn to the surface around a smaller one."""
    fine = trimesh.creation.box((2.0, 2.0, 2.0))
    for _ in range(6):
        fine = fine.subdivide()
    core = np.clip(fine.vertices, radius - 1.0, 1.0 - radius)
    away = fine.vertices - core
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    return TriangleMesh(core + radius * away, np.array(fine.faces, np.int32))


def test_a_shape_does_not_differ_from_itself() -> None:
    metrics = measure(box(), box(), counts=DENSE)
    assert metrics.surface.maximum < 1e-6
    assert metrics.floor < 1e-6
    assert metrics.f_score_5 == metrics.f_score_10 == 1.0
    assert metrics.normal_consistency == pytest.approx(1.0, abs=1e-3)
    assert metrics.volume is not None
    assert metrics.volume.iou == 1.0
    assert metrics.over_holes is None
    assert metrics.chamfer.value == pytest.approx(metrics.chamfer.floor, rel=0.1)
    assert metrics.crease is not None
    assert metrics.crease.maximum < 1e-6


def test_concentric_spheres_differ_by_their_radii() -> None:
    metrics = measure(sphere(1.02), sphere(), counts=FEW)
    # The chords of the tessellation lie up to 3e-4 inside of the sphere.
    for way in (metrics.result_to_reference, metrics.reference_to_result, metrics.surface):
        assert way.mean == pytest.approx(0.02, abs=4e-4)
        assert way.rms == pytest.approx(0.02, abs=4e-4)
        assert way.p99 == pytest.approx(0.02, abs=4e-4)
        assert way.maximum == pytest.approx(0.02, abs=4e-4)
    assert metrics.f_score_10 == 0.0
    assert metrics.normal_consistency == pytest.approx(1.0, abs=1e-3)
    assert metrics.volume is not None
    assert metrics.volume.iou == pytest.approx(1 / 1.02**3, abs=5 * metrics.volume.error)


def test_lengths_are_in_radii_of_the_reference() -> None:
    def moved(mesh: TriangleMesh) -> TriangleMesh:
        return TriangleMesh(mesh.vertices * 250.0 + [1e4, 0.0, -3e3], mesh.faces)

    near = measure(sphere(1.02), sphere(), counts=FEW)
    far = measure(moved(sphere(1.02)), moved(sphere()), counts=FEW)
    assert far.radius == pytest.approx(250.0 * near.radius)
    assert far.surface.mean == pytest.approx(near.surface.mean, rel=1e-3)
    assert far.chamfer.value == pytest.approx(near.chamfer.value, rel=1e-3)


def test_boxes_half_over_each_other_overlap_by_a_third() -> None:
    metrics = measure(box(at=1.0), box(), counts=FEW)
    assert metrics.volume is not None
    assert metrics.volume.iou == pytest.approx(1 / 3, abs=5 * metrics.volume.error)


def test_given_distances_are_asked_in_the_frame_of_the_input() -> None:
    def ball(radius: float) -> TriangleMesh:
        mesh = sphere(radius)
        return TriangleMesh(mesh.vertices + 7.0, mesh.faces)

    def sdf(points: PointArray) -> ScalarArray:
        return np.linalg.norm(points - 7.0, axis=1) - 3.0

    metrics = measure(ball(2.0), ball(3.0), reference_sdf=sdf, counts=FEW)
    assert metrics.volume is not None
    assert metrics.volume.iou == pytest.approx((2 / 3) ** 3, abs=5 * metrics.volume.error)


def test_what_closes_a_hole_is_judged_apart() -> None:
    metrics = measure(box(), box(lid=False), counts=FEW)
    assert metrics.over_holes is not None
    assert metrics.over_holes.fraction == pytest.approx(1 / 6, abs=2e-3)
    # The middle of the lid is half a side from the rim, and half a side is R/√3.
    assert metrics.over_holes.deviation.maximum == pytest.approx(1 / np.sqrt(3), rel=0.05)
    assert metrics.result_to_reference.maximum < 1e-4
    assert metrics.reference_to_result.maximum < 1e-6
    assert metrics.f_score_5 == 1.0
    assert metrics.volume is None


def test_rounding_the_edges_of_a_box_shows_at_its_creases() -> None:
    sharp = measure(box(), box(), counts=DENSE)
    rounded = measure(rounded_box(0.05), box(), counts=DENSE)
    assert sharp.crease is not None
    assert rounded.crease is not None
    # At the edge itself the rounding cuts off (√2 − 1) of its radius, which is 0.05/√3 R.
    assert 0.005 < rounded.crease.mean < (np.sqrt(2) - 1) * 0.05 / np.sqrt(3)
    assert rounded.crease.mean > 5 * rounded.surface.mean
    assert sharp.sharp_chamfer is not None
    assert sharp.sharp_chamfer.value == pytest.approx(sharp.sharp_chamfer.floor, rel=0.5)


def test_a_crease_in_the_wrong_place_shows_in_the_sharp_edge_chamfer() -> None:
    right, wrong = (measure(box(at=at), box(), counts=DENSE).sharp_chamfer for at in (0.0, 0.2))
    assert right is not None
    assert wrong is not None
    assert wrong.value > 5 * right.value


def test_a_sphere_has_no_creases() -> None:
    metrics = measure(sphere(), sphere(), counts=DENSE)
    assert metrics.sharp_chamfer is None
    assert metrics.crease is None


def test_a_point_cloud_can_be_the_reference(rng: np.random.Generator) -> None:
    samples = sample_surface(sphere(), 30_000, rng)
    metrics = measure(sphere(), PointCloud(samples.points, samples.normals), counts=FEW)
    assert metrics.reference_to_result.maximum < 1e-6
    assert 0 < metrics.result_to_reference.mean < 2 * metrics.floor
    assert metrics.normal_consistency is not None
    assert metrics.normal_consistency > 0.999
    assert metrics.volume is None
    bare = measure(sphere(), PointCloud(samples.points), counts=FEW)
    assert bare.normal_consistency is None


def test_a_small_cloud_is_compared_by_halves(rng: np.random.Generator) -> None:
    samples = sample_surface(sphere(), 2_001, rng)
    metrics = measure(sphere(), PointCloud(samples.points, samples.normals), counts=FEW)
    assert metrics.chamfer.points == 1_000
    assert metrics.chamfer.value == pytest.approx(metrics.chamfer.floor, rel=0.5)
    assert metrics.reference_to_result.points == 2_001


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, second = (measure(sphere(1.1), sphere(), counts=FEW, seed=3) for _ in range(2))
    assert first == second


def test_metrics_become_json() -> None:
    metrics = measure(box(), box(lid=False), counts=FEW)
    read = json.loads(json.dumps(metrics.to_json(), allow_nan=False))
    assert read["surface"]["mean"] == metrics.surface.mean
    assert read["over_holes"]["fraction"] > 0.1
    assert read["volume"] is None


def test_the_reference_has_radius_one_in_its_frame() -> None:
    frame = reference_frame(box(at=5.0))
    assert np.linalg.norm(frame.to_unit(box(at=5.0).vertices), axis=1).max() == pytest.approx(1.0)


def test_numbers_of_points_must_be_positive() -> None:
    with pytest.raises(ValueError, match="numbers of points must be positive, not SampleCounts"):
        SampleCounts(chamfer=0)
