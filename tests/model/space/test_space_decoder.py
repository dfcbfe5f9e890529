"""Decoders of shapes: every conditioning against one shape at a time, and its derivatives."""

from dataclasses import replace

import pytest
import torch
from balls import TINY_GRID
from torch.utils.flop_counter import FlopCounterMode

from acutance.model.activations import Hosc, Relu, Sine
from acutance.model.encodings import Fourier, Hash, Planes
from acutance.model.space.conditioning import Concatenated, Film
from acutance.model.space.decoder import SpaceDecoderConfig
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.tables import (
    LATTICE_SCALE,
    TABLE_SCALE,
    Deformed,
    Local,
    MixedTables,
    Mixture,
)

GRID = replace(TINY_GRID, base_resolution=1, finest_resolution=2, log2_table_size=4)

BASE = SpaceDecoderConfig(code=6, width=8, depth=3)
CONFIGS = {
    "concatenated": replace(BASE, conditioning=Concatenated(), activation=Sine()),
    "film": replace(BASE, conditioning=Film(), activation=Hosc()),
    "film-relu": replace(BASE, conditioning=Film(), encoding=Fourier(frequencies=4)),
    "shared hash": replace(BASE, conditioning=Concatenated(), encoding=GRID),
    "mixture": replace(BASE, conditioning=Mixture(grid=GRID), code=3),
    "planes": replace(
        BASE, conditioning=Mixture(grid=Planes(volumes=(1,), planes=(2,), lines=(2,))), code=3
    ),
    "deformed": replace(
        BASE, conditioning=Deformed(grid=GRID, lattices=(1,), proportions=2), code=5
    ),
    "local": replace(BASE, conditioning=Local(grid=GRID), code=GRID.numbers),
    "deepsdf": DeepSdfConfig(code=6, width=12, depth=3, skip=1),
}
each_decoder = pytest.mark.parametrize("name", CONFIGS)


def built(name, *, double=False):
    """A decoder with random weights, its tables large enough to matter."""
    torch.manual_seed(0)
    decoder = CONFIGS[name].build(torch.Generator().manual_seed(0)).eval()
    for table, value in decoder.named_parameters():
        if table.split(".")[-1] in ("mean", "basis", "table"):
            value.data.normal_()
        if "lattice" in table:  # moves of a hundredth: no point comes into another cell
            value.data.normal_(std=0.01)
    return decoder.double() if double else decoder


def codes_of(decoder, count, dtype=torch.float32):
    """Random codes; those that are tables as large as tables become."""
    scale = 1 / TABLE_SCALE if decoder.code_length == GRID.numbers else 1.0
    return scale * torch.randn(count, decoder.code_length, dtype=dtype)


def cell_interiors(shapes, count):
    """Points that keep away from the faces of the grids, where derivatives jump."""
    points = torch.rand(4000, 3, dtype=torch.float64) * 2 - 1
    for level in GRID.levels_of_table():
        share = ((0.5 * points + 0.5) * level.resolution).frac()
        points = points[((share > 0.05) & (share < 0.95)).all(dim=1)]
    return points[: shapes * count].reshape(shapes, count, 3)


@each_decoder
def test_a_batch_of_shapes_is_one_shape_at_a_time(name):
    decoder = built(name)
    points, codes = torch.rand(4, 33, 3) * 2 - 1, codes_of(decoder, 4)
    together = decoder(points, codes)
    apart = [decoder(p[None], c[None])[0] for p, c in zip(points, codes, strict=True)]
    torch.testing.assert_close(together, torch.stack(apart), rtol=1e-4, atol=1e-5)
    assert together.std(dim=0).min() > 0, "the code makes no difference"


@each_decoder
def test_a_point_is_evaluated_alike_whatever_points_are_beside_it(name):
    decoder = built(name)
    points, codes = torch.rand(2, 20, 3) * 2 - 1, codes_of(decoder, 2)
    condition = decoder.condition(codes)
    parts = [decoder.evaluate(part, condition) for part in points.split(5, dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), decoder(points, codes))


def flops(config, points):
    """Floating-point operations of the matrix products for one shape."""
    decoder = config.build(torch.Generator()).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        decoder(torch.zeros(1, points, 3), torch.zeros(1, config.code))
    return counter.get_total_flops()


@pytest.mark.parametrize("name", sorted(CONFIGS.keys() - {"local", "deepsdf"}))
def test_a_longer_code_costs_nothing_a_point(name):
    short, long = CONFIGS[name], replace(CONFIGS[name], code=60)
    a_point = {c.code: flops(c, 101) - flops(c, 100) for c in (short, long)}
    assert a_point[60] == a_point[short.code] > 0
    assert flops(long, 100) > flops(short, 100)


def test_deepsdf_costs_a_point_what_its_layers_without_the_code_cost():
    config = DeepSdfConfig()
    narrow = 512 - 259
    layers = [3 * 512, 512 * 512, 512 * 512, 512 * narrow, (narrow + 3) * 512, *[512 * 512] * 3]
    assert flops(config, 3) - flops(config, 2) == 2 * (sum(layers) + 512)


@each_decoder
def test_the_derivatives_are_right_to_points_codes_and_parameters(name):
    decoder = built(name, double=True)
    points = cell_interiors(2, 3).requires_grad_()
    scale = 1 / TABLE_SCALE if name == "local" else 1.0
    codes = (codes_of(decoder, 2, torch.float64) / scale).requires_grad_()
    names, values = zip(*decoder.named_parameters(), strict=True)

    def field(points, codes, *parameters):
        weights = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(decoder, weights, (points, scale * codes))

    inputs = [points, codes, *(value.detach().clone().requires_grad_() for value in values)]
    gradients = torch.autograd.grad(field(*inputs).sum(), inputs)
    assert all(gradient.abs().max() > 1e-6 for gradient in gradients)
    # Every number of the tables of planes would take half a minute: random directions instead.
    assert torch.autograd.gradcheck(field, inputs, atol=1e-7, fast_mode=name == "planes")


@pytest.mark.parametrize("name", ["mixture", "local"])
def test_tables_give_in_double_precision_what_they_give_in_single(name):
    decoder = built(name)
    points, codes = torch.rand(2, 50, 3) * 2 - 1, codes_of(decoder, 2)
    single = decoder(points, codes)
    double = decoder.double()(points.double(), codes.double())
    torch.testing.assert_close(single, double.float(), rtol=1e-4, atol=1e-4)


def test_the_normal_term_reaches_the_tables_through_a_second_derivative():
    decoder = built("mixture")
    points, codes = torch.rand(2, 50, 3, requires_grad=True), codes_of(decoder, 2).requires_grad_()
    (gradient,) = torch.autograd.grad(decoder(points, codes).sum(), points, create_graph=True)
    wanted = (codes, decoder.conditioning.mean, decoder.conditioning.basis)
    for second in torch.autograd.grad(gradient.square().sum(), wanted):
        assert torch.isfinite(second).all()
        assert second.abs().max() > 0


def test_a_mixture_is_linear_in_the_code_before_the_network():
    mixed = MixedTables(GRID, 2, 1, torch.Generator())
    first, second = torch.eye(2)
    tables = mixed(torch.stack([torch.zeros(2), first, second, 2 * first - 3 * second])).tables
    zero, a, b, both = tables
    torch.testing.assert_close(both, zero + 2 * (a - zero) - 3 * (b - zero))


def test_proportions_move_space_and_nothing_else():
    decoder = built("deformed")
    reader = decoder.conditioning
    reader.lattice_mean.data.zero_()
    reader.lattice_basis.data.zero_()
    reader.lattice_basis.data[0, 0::4] = 1.0  # x of all eight vertices of the lattice
    points, style = torch.rand(1, 50, 3) * 0.4, torch.randn(3)
    still = torch.cat([torch.zeros(2), style])[None]
    moved = torch.cat([torch.tensor([0.5, 0.0]), style])[None]
    shift = torch.tensor([0.5 * LATTICE_SCALE, 0.0, 0.0])
    torch.testing.assert_close(decoder(points, moved), decoder(points + shift, still))


def test_a_code_must_have_numbers_for_style():
    config = replace(BASE, conditioning=Deformed(proportions=6), code=6)
    with pytest.raises(ValueError, match="fewer than the 6 numbers of a code, got 6"):
        config.build(torch.Generator())


def test_film_without_a_code_changes_nothing():
    torch.manual_seed(0)
    plain = replace(BASE, conditioning=Concatenated()).build(torch.Generator())
    modulated = replace(BASE, conditioning=Film()).build(torch.Generator())
    modulated.load_state_dict(
        {n: t for n, t in plain.state_dict().items() if "conditioning" not in n}, strict=False
    )
    points, none = torch.rand(2, 9, 3), torch.zeros(2, 6)
    torch.testing.assert_close(modulated(points, none), plain(points, none))


def test_parameters_are_counted_without_codes():
    config = replace(BASE, conditioning=Concatenated(), activation=Relu())
    assert (
        config.build(torch.Generator()).parameter_count == (3 * 8 + 8) + 2 * (8 * 8 + 8) + 9 + 6 * 8
    )
    mixture = replace(BASE, conditioning=Mixture(grid=GRID)).build(torch.Generator())
    inputs = 3 + GRID.levels * GRID.features
    layers = (inputs * 8 + 8) + 2 * (8 * 8 + 8) + 9
    assert mixture.parameter_count == layers + 7 * GRID.numbers


def test_sizes_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"code, width and depth of 1 or more.*, got 0, 64 and 2"):
        SpaceDecoderConfig(code=0)
    wrong = SpaceDecoderConfig(code=5, conditioning=Local(grid=Hash()))
    with pytest.raises(ValueError, match=r"the code must have \d+ numbers, got 5"):
        wrong.build(torch.Generator())
