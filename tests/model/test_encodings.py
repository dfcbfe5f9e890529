"""Encodings of the coordinates."""

import pytest
import torch

from acutance.model.encodings import Fourier, Hash, Identity, Planes


def test_identity_gives_the_points():
    points = torch.rand(5, 3)
    assert Identity().build(torch.Generator())(points) is points


def test_fourier_features_lie_on_unit_circles_and_keep_their_frequencies_in_the_state():
    encoding = Fourier(frequencies=8, scale=3.0).build(torch.Generator())
    features = encoding(torch.rand(100, 3))
    assert features.shape == (100, encoding.width)
    circles = features[:, :8] ** 2 + features[:, 8:] ** 2
    torch.testing.assert_close(circles, torch.ones(100, 8))
    assert "frequencies" in encoding.state_dict()


def test_fourier_features_are_twice_differentiable():
    encoding = Fourier(frequencies=3).build(torch.Generator()).double()
    points = torch.rand(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(encoding, (points,))
    assert torch.autograd.gradgradcheck(encoding, (points,))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"levels": 1}, "2 to 64 levels"),
        ({"levels": 10**9}, "2 to 64 levels"),
        ({"features": 3}, "1, 2, 4 or 8 features"),
        ({"base_resolution": 64, "finest_resolution": 32}, "base_resolution ≤ finest_resolution"),
        ({"log2_table_size": 30}, "log2_table_size must be 4 to 24, got 30"),
    ],
)
def test_a_hash_grid_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Hash(**settings)


def test_planes_have_a_row_a_vertex_of_every_grid():
    planes = Planes(volumes=(2, 3), planes=(4,), lines=(5, 6), features=4)
    vertices = 3**3 + 4**3 + 3 * 5**2 + 3 * (6 + 7)
    assert planes.numbers == 4 * vertices
    assert planes.build(torch.Generator()).width == 4 * (2 + 3 + 3 + 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"volumes": (), "planes": (), "lines": ()}, r"1 to 2048 cells a side, got \[\]"),
        ({"lines": (4096,)}, "1 to 2048 cells"),
        ({"planes": (0,)}, "1 to 2048 cells"),
        ({"features": 3}, "1, 2, 4 or 8 features"),
    ],
)
def test_planes_that_cannot_be_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Planes(**settings)
