"""Sets of new shapes beside real ones: what the three numbers say of sets that are known."""

import itertools

import numpy as np
import pytest

from acutance.metrics.chamfer import chamfer
from acutance.metrics.generation import earth_movers, score_set


def clouds(places, seed=0):
    """A small cloud of points about every place."""
    rng = np.random.default_rng(seed)
    return [place + 0.01 * rng.normal(size=(50, 3)) for place in places]


PLACES = np.random.default_rng(1).normal(size=(24, 3))


def test_two_draws_of_one_kind_cannot_be_told_apart():
    rng = np.random.default_rng(2)
    new, real = (clouds(rng.normal(size=(120, 3)), seed) for seed in (0, 1))
    scores = score_set(new, real, lambda a, b: float(np.abs(a.mean(0) - b.mean(0)).sum()))
    assert 0.35 < scores.accuracy < 0.65
    assert 0.4 < scores.coverage < 0.8


def test_copies_match_and_cover_all_and_lie_on_the_real_ones():
    scores = score_set(clouds(PLACES), clouds(PLACES, seed=1), chamfer)
    assert scores.coverage == 1.0
    assert scores.accuracy == 0.0
    assert scores.matching < 1.0  # ·10³, of points 0.01 apart


def test_shapes_that_are_all_alike_cover_one():
    new = clouds(np.repeat(PLACES[:1], len(PLACES), axis=0))
    scores = score_set(new, clouds(PLACES, seed=1), chamfer)
    assert scores.coverage == 1 / len(PLACES)


def test_shapes_from_elsewhere_are_told_apart():
    scores = score_set(clouds(PLACES + 50), clouds(PLACES, seed=1), chamfer)
    assert scores.accuracy == 1.0
    assert scores.matching > 1e6


@pytest.mark.parametrize("count", [1, 3])
def test_sets_of_other_sizes_are_refused(count):
    with pytest.raises(ValueError, match=f"got {count} and 1"):
        score_set(clouds(PLACES[:count]), clouds(PLACES[:1]), chamfer)


def test_earth_is_moved_as_by_the_best_of_all_assignments():
    rng = np.random.default_rng(3)
    first, second = rng.random((5, 3)), rng.random((5, 3))
    ways = np.linalg.norm(first[:, None] - second, axis=2)
    best = min(ways[range(5), order].mean() for order in itertools.permutations(range(5)))
    assert earth_movers(first, second) == pytest.approx(1e3 * best)
