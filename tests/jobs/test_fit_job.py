"""The whole way: from a mesh or points to a model, a mesh, metrics and a report."""

import json
from dataclasses import replace

import manifold3d
import numpy as np
import pytest
import torch

from acutance.contouring.contour import Contouring
from acutance.errors import InputError
from acutance.jobs.info import describe
from acutance.jobs.shape.fit import FitConfig, fit_shape, resolution_for
from acutance.jobs.shape.models import evaluate_points, open_model
from acutance.jobs.shape.report import write_fit
from acutance.mesh.io.load import load
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.metrics.measure import SampleCounts
from acutance.model.neural_sdf import NeuralSDF
from acutance.training.objective import Objective
from acutance.training.schedule import Budget
from acutance.training.shape.presets import PRESETS

HASH = PRESETS["hash"]
SMALL = replace(HASH, fitting=replace(HASH.fitting, batch=1024, batch_growth=2.0))
"""The default network, on small batches."""

COUNTS = SampleCounts(surface=20_000, chamfer=5000, volume=20_000)
QUICK = FitConfig(
    preset=SMALL, budget=Budget(steps=500), contouring=Contouring(resolution=48), counts=COUNTS
)
CENTRE, SIZE = np.array([100.0, -50.0, 7.0]), 40.0


def box() -> TriangleMesh:
    """A box far from the origin, in large units."""
    solid = manifold3d.Manifold.cube((1.0, 0.6, 0.4), True).to_mesh()
    vertices = np.asarray(solid.vert_properties, dtype=np.float64)[:, :3]
    return TriangleMesh(CENTRE + SIZE * vertices, np.asarray(solid.tri_verts, dtype=np.int32))


@pytest.fixture(scope="module")
def fitted():
    preset = replace(HASH, fitting=replace(HASH.fitting, batch_growth=2.0))
    return fit_shape(box(), replace(QUICK, preset=preset, budget=Budget(steps=600)))


def test_the_mesh_is_closed_and_in_the_coordinates_and_units_of_the_input(fitted):
    assert topology(fitted.mesh).manifold
    # A cell is 0.03 of the size, and so few steps leave bumps of a few cells.
    np.testing.assert_allclose(fitted.mesh.bounds, box().bounds, atol=0.1 * SIZE)
    assert fitted.mesh.volume == pytest.approx(0.24 * SIZE**3, rel=0.03)


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (InputError("No surface."), r"^No surface\. The trained network"),
        (KeyboardInterrupt(), "^The"),
    ],
)
def test_what_was_trained_is_kept_where_meshing_fails(failure, told, tmp_path, monkeypatch):
    def fail(*args):
        raise failure

    config = replace(QUICK, budget=Budget(steps=2))
    with monkeypatch.context() as patch:
        patch.setattr(NeuralSDF, "extract", fail)
        with pytest.raises(type(failure), match=told + r".* is in .*kept"):
            fit_shape(box(), config, rescue=tmp_path / "kept")
        with pytest.raises(type(failure)):
            fit_shape(box(), config)
    assert NeuralSDF.load(tmp_path / "kept").sdf(torch.zeros(1, 3)).isfinite().all()


def test_a_long_training_gets_finer_cells():
    assert resolution_for(Budget(seconds=12)) == resolution_for(Budget(steps=10**6)) == 256
    assert resolution_for(Budget(seconds=120)) == 384


def test_metrics_are_relative_to_the_bounding_sphere(fitted):
    radius = 0.5 * SIZE * np.linalg.norm([1.0, 0.6, 0.4])
    assert fitted.metrics.radius == pytest.approx(radius)
    assert fitted.metrics.surface.mean < 5e-3
    assert fitted.metrics.volume.iou > 0.97


def test_the_floor_of_a_flooded_sheet_holds_its_thickness():
    vertices = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=np.float64)
    sheet = TriangleMesh(vertices, np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32))
    result = fit_shape(sheet, replace(QUICK, thickness=0.05))
    assert result.solid.rule == "flood"
    assert result.metrics.floor == pytest.approx(0.05 / UNIT_RADIUS, rel=1e-3)
    assert result.metrics.reference_to_result.mean == pytest.approx(result.metrics.floor, rel=0.1)


def test_the_written_model_gives_distances_and_meshes_again(fitted, tmp_path):
    files = write_fit(fitted, tmp_path / "out", "box <1>.obj", ["stl"])
    assert [f.name for f in files] == [
        "model.safetensors",
        "mesh.glb",
        "mesh.stl",
        "metrics.json",
        "report.html",
    ]
    assert topology(load(tmp_path / "out" / "mesh.stl")).closed
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["solid"]["rule"] == "exact"
    assert "box &lt;1&gt;.obj" in (tmp_path / "out" / "report.html").read_text()
    model = open_model(tmp_path / "out")
    points = CENTRE + SIZE * np.array([[0.0, 0.0, 0.195], [0.0, 0.0, 0.205], [0.0, 0.0, 1.2]])
    inside, outside, far = model.sdf(torch.from_numpy(points)).tolist()
    assert inside == pytest.approx(-0.005 * SIZE, rel=0.25)
    assert outside == pytest.approx(0.005 * SIZE, rel=0.25)
    assert far == pytest.approx(SIZE, rel=0.2)
    again = model.extract(QUICK.contouring).mesh
    assert np.array_equal(again.faces, fitted.mesh.faces)
    assert np.array_equal(again.vertices, fitted.mesh.vertices)
    assert describe(tmp_path / "out").facts["kind"] == "neural SDF"


def test_points_of_a_file_get_their_distances_and_normals(fitted, tmp_path):
    write_fit(fitted, tmp_path / "out", "box")
    place = np.random.default_rng(0).uniform(-0.25, 0.25, (200, 2))
    points = CENTRE + SIZE * np.column_stack([place, np.full(200, 0.21)])
    np.savez(tmp_path / "points.npz", points=points)
    model = open_model(tmp_path / "out" / "model")
    written = evaluate_points(model, tmp_path / "points.npz", tmp_path / "sdf.npz", normals=True)
    with np.load(written) as arrays:
        np.testing.assert_array_equal(arrays["points"], points)
        assert arrays["sdf"].mean() == pytest.approx(0.01 * SIZE, rel=0.1)
        assert arrays["normals"][:, 2].mean() > 0.8


def test_an_oriented_point_cloud_becomes_a_closed_mesh():
    samples = sample_surface(box(), 20_000, np.random.default_rng(0))
    cloud = PointCloud(samples.points, samples.normals)
    result = fit_shape(cloud, replace(QUICK, budget=Budget(steps=400)))
    assert result.solid.rule == "points"
    assert topology(result.mesh).manifold
    assert result.mesh.volume == pytest.approx(0.24 * SIZE**3, rel=0.05)


def test_the_same_seed_and_steps_give_the_same_mesh():
    config = replace(QUICK, budget=Budget(steps=100), contouring=Contouring(resolution=24))
    first, second = (fit_shape(box(), config).mesh for _ in range(2))
    np.testing.assert_array_equal(first.vertices, second.vertices)


def test_a_preset_of_one_s_own_can_weigh_the_normals():
    objective = Objective(normal_weight=0.1)
    preset = replace(SMALL, fitting=replace(SMALL.fitting, objective=objective))
    config = replace(QUICK, preset=preset, budget=Budget(steps=60))
    result = fit_shape(box(), config)
    assert result.preset.fitting.objective.normal_weight == 0.1
    assert topology(result.mesh).manifold


def test_an_unknown_preset_and_an_unknown_device_are_named_with_the_choices():
    with pytest.raises(InputError, match="There is no preset 'swish'; choose one of hash, siren"):
        FitConfig(preset="swish")
    with pytest.raises(InputError, match="There is no device 'quantum' on this machine"):
        fit_shape(box(), FitConfig(device="quantum"))
