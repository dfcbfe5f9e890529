"""One shape of a space, alone and refined, in memory and on disk."""

from dataclasses import replace

import pytest
import torch
from balls import TINY, TINY_GRID

from acutance.mesh.normalize import Similarity
from acutance.model.activations import Relu
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Planes
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.coded import Coded
from acutance.model.space.conditioning import Concatenated, Film
from acutance.model.space.decoder import SpaceDecoderConfig
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.refined import Refined
from acutance.model.space.tables import Deformed, Local, Mixture

RESIDUAL = DecoderConfig(encoding=TINY_GRID, activation=Relu(), width=8, depth=1)
DECODERS = {
    "mixture": replace(TINY, code=12),
    "planes": replace(TINY, conditioning=Mixture(grid=Planes(volumes=(), planes=(4,), lines=(9,)))),
    "deformed": replace(
        TINY, conditioning=Deformed(grid=TINY_GRID, lattices=(2, 3), proportions=3), code=8
    ),
    "local": replace(TINY, conditioning=Local(grid=TINY_GRID), code=TINY_GRID.numbers),
    "concatenated": SpaceDecoderConfig(code=6, conditioning=Concatenated(), width=8),
    "film": SpaceDecoderConfig(code=6, conditioning=Film(), width=8),
    "deepsdf": DeepSdfConfig(code=6, width=16, depth=4, skip=2),
}
each_decoder = pytest.mark.parametrize("name", DECODERS)


@pytest.fixture
def points(generator):
    return torch.rand(200, 3, generator=generator) * 2 - 1


def coded(name):
    torch.manual_seed(0)
    decoder = DECODERS[name].build(torch.Generator()).eval()
    if name in ("mixture", "planes", "deformed"):
        decoder.conditioning.mean.data.normal_()
        decoder.conditioning.basis.data.normal_()
    if name == "deformed":
        decoder.conditioning.lattice_basis.data.normal_(std=0.1)
    return Coded(decoder, torch.randn(decoder.code_length))


def refined(name):
    shape = coded(name)
    return Refined(shape, RESIDUAL.build(torch.Generator()))


@each_decoder
def test_a_coded_shape_is_the_decoder_at_its_code(name, points):
    shape = coded(name)
    expected = shape.decoder(points[None], shape.code[None])[0]
    assert torch.equal(shape(points), expected)
    assert shape.parameter_count == shape.decoder.parameter_count + len(shape.code)


@each_decoder
def test_alone_a_shape_is_the_same_field(name, points):
    shape = coded(name)
    torch.testing.assert_close(shape.alone()(points), shape(points), rtol=1e-4, atol=1e-5)


def test_alone_a_mixture_needs_one_table_and_no_other_shape_s():
    shape = coded("mixture")
    alone = shape.alone()
    layers = shape.decoder.parameter_count - 13 * TINY_GRID.numbers
    assert alone.parameter_count == layers + TINY_GRID.numbers
    assert alone.alone() is alone


def test_alone_a_deformed_shape_keeps_its_lattices():
    alone = coded("deformed").alone()
    assert alone.config.decoder.conditioning == Local(grid=TINY_GRID, lattices=(2, 3))
    assert len(alone.code) == TINY_GRID.numbers + 4 * (3**3 + 4**3)


def test_the_default_shape_alone_is_a_thirtieth_of_its_space():
    shape = Coded(SpaceDecoderConfig().build(torch.Generator()), torch.zeros(48))
    assert 30 * shape.alone().parameter_count < shape.parameter_count


def test_a_shape_does_not_change_when_its_code_is_changed_elsewhere(points):
    decoder, code = DECODERS["film"].build(torch.Generator()), torch.zeros(6)
    shape = Coded(decoder, code)
    before = shape(points)
    code += 1
    assert torch.equal(shape(points), before)


@each_decoder
def test_a_refinement_starts_as_the_shape_itself(name, points):
    shape = refined(name)
    assert torch.equal(shape(points), shape.base(points))
    shape.residual.output.bias.data += 0.5
    torch.testing.assert_close(shape(points), shape.base(points) + 0.5)
    assert shape.parameter_count == shape.base.parameter_count + shape.residual.parameter_count


@pytest.mark.parametrize("kind", ["coded", "alone", "refined", "refined alone"])
@each_decoder
def test_what_is_saved_is_loaded_again(name, kind, points, tmp_path):
    shape = refined(name) if kind.startswith("refined") else coded(name)
    if kind.startswith("refined"):
        # A power of two, so that tables of the residual are not rounded to half precision.
        torch.nn.init.constant_(shape.residual.encoding.table, 0.5)
        shape.residual.output.weight.data.normal_()
    if kind == "alone":
        shape = shape.alone()
    if kind == "refined alone":
        shape = Refined(shape.base.alone(), shape.residual)
        shape.residual.output.weight.data.normal_()
    frame, box = Similarity(centre=(1.0, 2.0, 3.0), scale=4.0), ((-0.5,) * 3, (0.5, 0.5, 1.0))
    model = NeuralSDF(shape, frame, box)
    model.save(tmp_path / "model")
    again = NeuralSDF.load(tmp_path / "model")
    assert type(again.decoder) is type(shape)
    assert again.decoder.config == shape.config
    assert (again.transform, again.bounds) == (frame, box)
    torch.testing.assert_close(again.sdf(points), model.sdf(points), rtol=0, atol=0)


def test_mixed_tables_live_where_the_code_does_and_keep_their_levels():
    alone = coded("mixture").alone()
    assert alone.config.decoder.conditioning == Local(grid=TINY_GRID)
    assert DECODERS["mixture"].conditioning == Mixture(grid=TINY_GRID)
    assert len(alone.code) == alone.config.decoder.code == TINY_GRID.numbers
