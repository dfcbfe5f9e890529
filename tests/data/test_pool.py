"""Where samples lie."""

import numpy as np
import pytest

from acutance.data.pool import Sampling, draw_pool
from acutance.mesh.surface import SurfaceSamples, sample_surface
from acutance.shapes.analytic import Box


class Plane:
    """The half space below y = 0, with its surface between −0.5 and 0.5."""

    creases = np.empty((0, 2, 3))

    def distance(self, points):
        return points[:, 1].astype(np.float32)

    def sample_surface(self, count, rng):
        points = rng.random((count, 3)) - 0.5
        points[:, 1] = 0
        return SurfaceSamples(points, np.tile([0.0, 1.0, 0.0], (count, 1)), np.zeros(count, int))


def draw(**settings):
    return draw_pool(Plane(), Sampling(**settings), np.random.default_rng(0))


def test_samples_keep_their_widths_and_their_distances():
    pool = draw(count=50_000, widths=(0.01,), uniform=0.0)
    assert len(pool) == 50_000
    assert pool.sdf.std().item() == pytest.approx(0.01, rel=0.02)
    assert (pool.sdf == pool.points[:, 1]).all()


def test_the_uniform_share_fills_the_cube():
    pool = draw(count=50_000, widths=(1e-4,), uniform=0.5)
    assert (pool.sdf.abs() > 0.01).float().mean().item() == pytest.approx(0.495, abs=0.01)


def test_the_share_at_creases_lies_about_them_by_the_finest_width():
    class Ridge(Plane):
        """Its middle line is a crease."""

        creases = np.array([[[-0.5, 0, 0], [0.5, 0, 0]]])

    sampling = Sampling(count=40_000, widths=(0.001, 0.02), creases=0.25, uniform=0.0)
    points = draw_pool(Ridge(), sampling, np.random.default_rng(0)).points
    about = points[:, 1:].norm(dim=1) < 0.003
    assert about.float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert points[about, 0].std().item() == pytest.approx(1 / 12**0.5, rel=0.02)


def test_a_surface_gives_no_points_where_none_are_wanted():
    """As for a pool of uniform samples alone."""
    none = sample_surface(Box().mesh(), 0, np.random.default_rng(0))
    assert none.points.shape == none.normals.shape == (0, 3)


def test_any_slice_is_a_random_subset():
    pool = draw(count=20_000)
    parts = pool.sdf.abs().reshape(4, -1).mean(dim=1)
    assert (parts.max() / parts.min()).item() < 1.2


def test_surface_points_come_with_normals_on_request():
    pool = draw(count=10, surface=7)
    assert pool.surface_points.shape == (7, 3)
    assert (pool.surface_normals[:, 1] == 1).all()


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="positive widths"):
        Sampling(widths=())
    message = "needs a positive count, and no negative count on the surface; got 0 and 0"
    with pytest.raises(ValueError, match=message):
        Sampling(count=0)
    with pytest.raises(ValueError, match="fractions from 0 to 1"):
        Sampling(creases=1.5)
