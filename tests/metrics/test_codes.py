"""Codes against shapes: correlation of ranks, neighbours and dimensions."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from acutance.metrics.codes import score_codes, surface_distances
from acutance.shapes.analytic import Box


def surfaces(sizes):
    rng = np.random.default_rng(0)
    return [size * rng.choice(Box().mesh().vertices, 300) + rng.normal(0, 1e-3, (300, 3))
            for size in sizes]  # fmt: skip


def test_codes_that_are_sizes_tell_how_far_boxes_are_apart():
    sizes = np.linspace(0.5, 1.0, 12)
    scores = score_codes(sizes[:, None], surface_distances(surfaces(sizes)))
    assert scores.rank_correlation > 0.98
    assert scores.near == 1.0
    assert (scores.dimensions, scores.numbers, scores.shapes) == (1, 1, 12)


def test_random_codes_tell_nothing():
    rng = np.random.default_rng(1)
    codes, sizes = rng.normal(size=(60, 20)), np.linspace(0.5, 1.0, 60)
    scores = score_codes(codes, np.abs(sizes[:, None] - sizes))
    assert abs(scores.rank_correlation) < 0.15
    assert scores.neighbours < 0.2
    assert 15 <= scores.dimensions <= 20


def test_the_correlation_is_spearmans():
    rng = np.random.default_rng(2)
    codes, places = rng.normal(size=(30, 3)), rng.normal(size=(30, 3))
    apart = np.linalg.norm(codes[:, None] - codes, axis=2)
    distances = np.linalg.norm(places[:, None] - places, axis=2) + 0.5 * apart
    pairs = np.triu_indices(30, 1)
    expected = spearmanr(apart[pairs], distances[pairs]).statistic
    assert score_codes(codes, distances).rank_correlation == pytest.approx(expected, abs=1e-6)


def test_the_table_tells_all():
    table = score_codes(np.eye(4), 1 - np.eye(4)).table()
    assert len(table.rows[0].values) == len(table.columns)
    assert table.rows[0].values[-1] == "3 of 4"
