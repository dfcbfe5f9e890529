"""Grids of features: the reference against its derivatives, the kernels against the reference."""

import pytest
import torch

from acutance.model.encodings import Hash, Planes
from acutance.model.grid import feature_grid
from acutance.model.grid.levels import lay_out
from acutance.model.grid.native import BLOCK


def encode_fast(points, table, levels):
    return feature_grid.encode_fast(points[None], table[None], levels)[0]


def encode_plain(points, table, levels):
    return feature_grid.encode_plain(points[None], table[None], levels)[0]


def grid(features=2, seed=0, **settings):
    torch.manual_seed(seed)
    settings = {
        "levels": 4,
        "base_resolution": 4,
        "finest_resolution": 40,
        "log2_table_size": 10,
        **settings,
    }
    built = Hash(features=features, **settings).build(torch.Generator())
    built.table.data.normal_()
    return built


def planes(features=2):
    torch.manual_seed(0)
    built = Planes(volumes=(3,), planes=(5, 8), lines=(21,), features=features).build(
        torch.Generator()
    )
    built.table.data.normal_()
    return built


def cell_interiors(count, resolutions, margin=0.05):
    """Random points that keep away from the faces of all grids, where derivatives jump."""
    points = torch.rand(40 * count, 3, dtype=torch.float64) * 2 - 1
    for resolution in resolutions:
        share = ((0.5 * points + 0.5) * resolution).frac()
        points = points[((share > margin) & (share < 1 - margin)).all(dim=1)]
    return points[:count]


def test_features_at_a_vertex_are_the_rows_of_its_entries():
    levels = lay_out([("xyz", 4)])
    table = torch.arange(125, dtype=torch.float64)[:, None]
    points = torch.tensor([[-1.0, -1, -1], [-0.5, -1, -1], [-1, -0.5, 1]], dtype=torch.float64)
    expected = torch.tensor([0.0, 1.0, 5.0 + 100.0], dtype=torch.float64)
    torch.testing.assert_close(encode_plain(points, table, levels)[:, 0], expected)


def test_a_dense_level_reproduces_a_linear_function_exactly_also_beyond_the_cube():
    levels = lay_out([("xyz", 5)])
    axis = torch.linspace(-1, 1, 6, dtype=torch.float64)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    table = (2 * x - 3 * y + 0.5 * z + 1).reshape(-1, 1)
    points = torch.rand(200, 3, dtype=torch.float64) * 3 - 1.5
    expected = points @ torch.tensor([[2.0], [-3.0], [0.5]], dtype=torch.float64) + 1
    torch.testing.assert_close(encode_plain(points, table, levels), expected)


@pytest.mark.parametrize("axes", ["xy", "xz", "yz", "x", "y", "z"])
def test_a_plane_or_a_line_reproduces_a_function_of_its_axes_and_knows_no_other(axes):
    levels = lay_out([("xyz", 2), (axes, 7)])
    slopes = torch.tensor([2.0, -3.0, 0.5], dtype=torch.float64)
    slopes = torch.where(torch.tensor([axis in axes for axis in "xyz"]), slopes, 0.0)
    places = torch.linspace(-1, 1, 8, dtype=torch.float64)
    vertices = torch.cartesian_prod(*[places if axis in axes else places[:1] for axis in "zyx"])
    table = torch.cat([torch.zeros(27, dtype=torch.float64), vertices.flip(1) @ slopes])[:, None]
    points = torch.rand(200, 3, dtype=torch.float64) * 3 - 1.5
    found = encode_plain(points, table, levels)
    torch.testing.assert_close(found[:, 1], points @ slopes)
    assert not found[:, 0].any()


def test_the_reference_passes_gradcheck_to_second_order():
    levels = lay_out([("xyz", 3), ("xyz", 5)], 32)
    points = cell_interiors(4, [3, 5]).requires_grad_()
    table = torch.randn(levels[-1].stop, 2, dtype=torch.float64, requires_grad=True)

    def encode(points, table):
        return encode_plain(points, table, levels)

    assert torch.autograd.gradcheck(encode, (points, table))
    assert torch.autograd.gradgradcheck(encode, (points, table))


@pytest.mark.parametrize("make", [grid, planes])
@pytest.mark.parametrize("features", [1, 2, 4])
def test_the_kernels_give_the_features_of_the_reference(make, features):
    hashed = make(features)
    points = torch.rand(1000, 3) * 2.2 - 1.1
    torch.testing.assert_close(
        encode_fast(points, hashed.table, hashed.levels),
        encode_plain(points, hashed.table, hashed.levels),
        rtol=1e-5,
        atol=1e-5,
    )


def derivatives(encode, hashed, points):
    """First derivatives of a random functional, and the second derivatives of one of those."""
    generator = torch.Generator().manual_seed(5)
    points = points.clone().requires_grad_()
    table = hashed.table.detach().clone().requires_grad_()
    features = encode(points, table, hashed.levels)
    cotangent = torch.randn(features.shape, generator=generator).requires_grad_()
    first = torch.autograd.grad(features, (points, table), cotangent, create_graph=True)
    weights = [torch.randn(g.shape, generator=generator) for g in first]
    total = sum((w * g).sum() for w, g in zip(weights, first, strict=True))
    return [*first, *torch.autograd.grad(total, (points, table, cotangent))]


@pytest.mark.parametrize("make", [grid, planes])
@pytest.mark.parametrize("features", [1, 2])
def test_the_kernels_have_the_first_and_second_derivatives_of_the_reference(make, features):
    hashed = make(features)
    points = cell_interiors(500, [level.resolution for level in hashed.levels]).float()
    fast = derivatives(encode_fast, hashed, points)
    plain = derivatives(encode_plain, hashed, points)
    for ours, reference in zip(fast, plain, strict=True):
        scale = float(reference.detach().abs().max())
        torch.testing.assert_close(ours / scale, reference / scale, rtol=0, atol=1e-5)


def test_the_kernels_are_deterministic():
    hashed = grid()
    points = torch.rand(5000, 3) * 2 - 1
    first, second = (
        torch.autograd.grad(encode_fast(points, hashed.table, hashed.levels).sum(), hashed.table)
        for _ in range(2)
    )
    assert torch.equal(first[0], second[0])


def test_no_points_give_no_features():
    hashed = grid()
    assert hashed(torch.empty(0, 3)).shape == (0, hashed.width)


@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_every_shape_of_a_batch_is_interpolated_in_its_own_table(count):
    torch.manual_seed(0)
    levels = lay_out([("xyz", 3), ("xyz", 7)])
    tables = torch.randn(5, levels[-1].stop, 4, requires_grad=True)
    points = (torch.rand(5, count, 3) * 2 - 1).requires_grad_()
    fast = feature_grid.encode_fast(points, tables, levels)
    one_by_one = torch.cat(
        [
            encode_plain(p, t, levels)[None]
            for p, t in zip(points.unbind(), tables.unbind(), strict=True)
        ]
    )
    torch.testing.assert_close(fast, one_by_one)
    weights = torch.randn_like(fast)
    for given, expected in zip(
        torch.autograd.grad((weights * fast).sum(), (points, tables)),
        torch.autograd.grad((weights * one_by_one).sum(), (points, tables)),
        strict=True,
    ):
        torch.testing.assert_close(given, expected, atol=1e-4, rtol=1e-4)
