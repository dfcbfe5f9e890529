"""Errors of fields that are known."""

import numpy as np
import pytest
import torch

from acutance.mesh.normalize import UNIT_RADIUS
from acutance.metrics.field import BAND, field_error
from acutance.metrics.table import field_table
from acutance.shapes.part import part
from acutance.solid.solid import Solid


class Altered:
    """The exact distance of a solid, scaled and shifted."""

    def __init__(self, solid: Solid, factor: float, shift: float) -> None:
        self.solid, self.factor, self.shift = solid, factor, shift

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        exact = torch.from_numpy(self.solid.distance(points.double().numpy())).float()
        return self.factor * exact + self.shift

    def gradient(self, points: torch.Tensor) -> torch.Tensor:
        return self.factor * torch.from_numpy(self.solid.inside.gradient(points.numpy())).float()


@pytest.fixture(scope="module")
def solid():
    return Solid.of(part())


def test_the_exact_field_has_no_error(solid):
    error = field_error(Altered(solid, 1.0, 0.0), solid, np.random.default_rng(0))
    assert max(error.near.maximum, error.anywhere.maximum) < 1e-6
    assert error.slope.p99 < 1e-5  # on the surface itself a gradient can have no direction


def test_a_shift_is_seen_everywhere_and_a_steeper_field_by_its_slope(solid):
    shifted = field_error(Altered(solid, 1.0, 0.01), solid, np.random.default_rng(0))
    assert shifted.near.mean == pytest.approx(0.01 / UNIT_RADIUS, rel=1e-3)
    assert shifted.anywhere.maximum == pytest.approx(0.01 / UNIT_RADIUS, rel=1e-3)
    steeper = field_error(Altered(solid, 1.5, 0.0), solid, np.random.default_rng(0))
    assert steeper.slope.mean == pytest.approx(0.5, rel=1e-3)
    assert 0 < steeper.near.maximum <= 0.5 * BAND * (1 + 1e-3)
    assert steeper.anywhere.mean > steeper.near.mean


def test_the_table_says_lengths_in_thousandths_and_slopes_as_they_are(solid):
    table = field_table(field_error(Altered(solid, 1.5, 0.0), solid, np.random.default_rng(0)))
    near, _, slope = table.rows
    assert near.unit == "10⁻³ R" and 1 < float(near.values[3]) <= 10.01
    assert slope.unit == "" and float(slope.values[0]) == pytest.approx(0.5, rel=1e-2)
