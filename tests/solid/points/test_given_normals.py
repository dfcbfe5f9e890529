"""Normals that came with a cloud are kept where they are good, and mended where they are not."""

import numpy as np
import pytest
from clouds import ball, ground, half_ball, plate

from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud
from acutance.solid.points.given import sound_normals
from acutance.solid.solid import Solid

RNG = np.random.default_rng(5)


def flipped(normals: np.ndarray, share: float) -> np.ndarray:
    signs = np.where(np.random.default_rng(1).random((len(normals), 1)) < share, -1.0, 1.0)
    return signs * normals


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("cloud", [ball(3000), plate(8000)], ids=["ball", "plate"])
def test_normals_of_random_sign_are_turned_outwards(cloud: PointCloud, share: float) -> None:
    assert cloud.normals is not None
    found, _, notes = sound_normals(0.8 * cloud.points, flipped(cloud.normals, share))
    assert np.mean(np.einsum("px,px->p", found, cloud.normals) > 0) > 0.995
    assert "of the normals pointed to the wrong side; the signs of all were found anew" in notes[0]


def test_a_region_that_is_inside_out_is_turned() -> None:
    """One of several scans whose normals point inwards: few neighbours disagree."""
    cloud = ball(3000)
    assert cloud.normals is not None
    wrong = np.where(cloud.points[:, :1] > 0.4, -1.0, 1.0) * cloud.normals
    found, _, notes = sound_normals(0.8 * cloud.points, wrong)
    np.testing.assert_allclose(found, cloud.normals)
    assert len(notes) == 1


def test_normals_of_random_sign_on_open_ground_are_made_to_agree() -> None:
    cloud = ground(3000)
    assert cloud.normals is not None
    found, _, notes = sound_normals(0.6 * cloud.points, flipped(cloud.normals, 0.4))
    agree = np.mean(np.einsum("px,px->p", found, cloud.normals) > 0)
    assert max(agree, 1 - agree) > 0.995
    assert len(notes) == 1


@pytest.mark.parametrize(
    "wrong",
    [RNG.normal(size=(3000, 3)), np.tile([0.0, 0.0, 1.0], (3000, 1))],
    ids=["random", "all the same"],
)
def test_normals_that_do_not_stand_on_the_surface_are_estimated_anew(wrong: np.ndarray) -> None:
    cloud = ball(3000)
    wrong = wrong / np.linalg.norm(wrong, axis=1, keepdims=True)
    found, _, notes = sound_normals(0.8 * cloud.points, wrong)
    assert np.einsum("px,px->p", found, cloud.points).min() > 0.95
    assert "% of the normals do not stand on the surface that the points show" in notes[0]


@pytest.mark.parametrize("cloud", [ball(3000), plate(8000), half_ball(3000), ground(3000)])
def test_good_normals_are_kept(cloud: PointCloud) -> None:
    """Also at creases, and at the rims of thin plates."""
    found, _, notes = sound_normals(0.6 * cloud.points, cloud.normals)
    assert found is cloud.normals and notes == ()


@pytest.mark.parametrize("cloud", [ball(3000), plate(8000), half_ball(3000), ground(3000)])
def test_noisy_normals_are_kept(cloud: PointCloud) -> None:
    """But for a few that are too far off."""
    assert cloud.normals is not None
    normals = cloud.normals + 0.2 * np.random.default_rng(2).normal(size=cloud.normals.shape)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    found, _, _ = sound_normals(0.6 * cloud.points, normals)
    assert np.mean((found == normals).all(axis=1)) > 0.98


@pytest.mark.parametrize("cloud", [ball(3000), plate(8000), half_ball(3000), ground(3000)])
def test_a_few_wrong_normals_are_replaced(cloud: PointCloud) -> None:
    """Of two in a hundred that are flipped, nearly all, and no others."""
    assert cloud.normals is not None
    normals = flipped(cloud.normals, 0.02)
    wrong = (normals != cloud.normals).any(axis=1)
    found, _, notes = sound_normals(0.6 * cloud.points, normals)
    assert np.array_equal(found[~wrong], normals[~wrong])
    assert np.mean(np.sum(found * cloud.normals, axis=1)[wrong] > 0.8) > 0.9
    assert len(notes) == 1 and "normals agree with none of those around" in notes[0]


def test_normals_that_all_point_inwards_are_turned() -> None:
    cloud = ball(3000)
    assert cloud.normals is not None
    found, _, notes = sound_normals(0.8 * cloud.points, -cloud.normals)
    np.testing.assert_array_equal(found, cloud.normals)
    assert notes == ("The normals pointed inwards and were turned.",)


def test_zero_normals_of_a_cloud_in_memory_are_estimated() -> None:
    cloud = ball(2000)
    report = Solid.of(PointCloud(cloud.points, np.zeros((2000, 3)))).report
    assert report.warnings == (
        "All 2,000 normals are zero or NaN, and were left out.",
        "The points had no normals; they were estimated and oriented from neighbours.",
    )


def test_few_points_without_normals_are_refused() -> None:
    """Fifty points with normals show a ball; without, nobody can tell what they show."""
    cloud = ball(50)
    sound_normals(0.6 * cloud.points, cloud.normals)
    with pytest.raises(InputError, match="50 points without sound normals show no surface: at le"):
        sound_normals(0.6 * cloud.points, None)
