"""An open cloud becomes a sheet where its points are, or, asked for, a body with flat lids."""

import numpy as np
import pytest
from clouds import ball, ground, half_ball, plate, share_inside

from acutance.contouring.contour import Contouring
from acutance.errors import InputError
from acutance.jobs.shape.clean import CleanConfig, clean
from acutance.mesh.mesh import PointCloud
from acutance.solid.solid import Solid


@pytest.mark.parametrize("cloud", [half_ball(3000), ground(3000)], ids=["half", "ground"])
@pytest.mark.parametrize("normals", [True, False])
def test_an_open_cloud_becomes_a_sheet(cloud: PointCloud, normals: bool) -> None:
    solid = Solid.of(cloud if normals else PointCloud(cloud.points), thickness=0.01)
    assert solid.rule == "flood" and solid.report.thickness == 0.01
    assert solid.report.reason.startswith("The point cloud is open")
    points = solid.transform.to_unit(cloud.points)
    np.testing.assert_allclose(solid.distance(points), -0.01, atol=7e-3)
    samples = solid.sample_surface(1000, np.random.default_rng(0))
    np.testing.assert_allclose(solid.distance(samples.points), 0.0, atol=3e-3)
    # Nothing lies where there are no points.
    rng = np.random.default_rng(1)
    somewhere = rng.uniform(-1, 1, (20_000, 3))
    inside = somewhere[solid.distance(somewhere) < 0]
    assert np.linalg.norm(inside[:, None] - points, axis=2).min(axis=1).max() < 0.1


def test_the_sheet_of_half_a_ball_has_the_stated_thickness_and_no_bulge() -> None:
    config = CleanConfig(thickness=0.01, contouring=Contouring(resolution=64))
    result = clean(half_ball(4000), config)
    scale = result.solid.transform.scale
    assert result.mesh.volume == pytest.approx(2 * np.pi * 0.02 * scale, rel=0.1)
    assert result.mesh.bounds[0, 2] > -0.08


@pytest.mark.parametrize(
    "cloud", [ball(3000), plate(8000), plate(8000, half=(0.5, 0.4, 0.3))], ids=str
)
@pytest.mark.parametrize("normals", [True, False])
def test_a_closed_cloud_stays_a_body(cloud: PointCloud, normals: bool) -> None:
    assert Solid.of(cloud if normals else PointCloud(cloud.points)).rule == "points"


def test_a_body_with_a_hole_is_closed() -> None:
    """As a statue without its underside: the lid lies where the border is."""
    whole = ball(4000)
    cloud = PointCloud(whole.points[whole.points[:, 2] > -0.75])
    solid = Solid.of(cloud)
    assert solid.rule == "points"
    rng = np.random.default_rng(0)
    below = np.stack([*rng.uniform(-0.4, 0.4, (2, 500)), np.full(500, -0.85)], axis=1)
    above = below + np.array([0.0, 0.0, 0.2])
    assert share_inside(solid.distance(solid.transform.to_unit(below))) < 0.02
    assert share_inside(solid.distance(solid.transform.to_unit(above))) > 0.98


def test_half_a_ball_can_be_closed_and_a_ball_be_a_shell() -> None:
    body = Solid.of(half_ball(4000), rule="points")
    rng = np.random.default_rng(0)
    beneath = np.stack([*rng.uniform(-0.6, 0.6, (2, 500)), np.full(500, -0.08)], axis=1)
    assert share_inside(body.distance(body.transform.to_unit(beneath))) < 0.02
    assert share_inside(body.distance(body.transform.to_unit(-beneath))) == 1.0
    shell = Solid.of(ball(3000), rule="flood", thickness=0.01)
    assert shell.rule == "flood" and shell.distance(np.zeros((1, 3)))[0] > 0.8


def test_rules_of_meshes_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        Solid.of(ball(100), rule="winding")
    assert str(caught.value) == (
        "The rule 'winding' needs a mesh; a point cloud needs 'points' (a closed body), 'flood' "
        "(a sheet) or 'auto'."
    )
