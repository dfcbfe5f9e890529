"""A model that is damaged, or made to do harm, is one sentence and costs nothing."""

import json
import math

import pytest
import torch
from balls import SMOOTH, TINY, TINY_GRID
from safetensors.torch import load_file, save_file

from acutance.errors import InputError
from acutance.mesh.normalize import Similarity
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Fourier
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.coded import Coded
from acutance.model.space.refined import Refined, RefinedConfig
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry


@pytest.fixture
def model(tmp_path):
    """The folder of a model with a grid."""
    network = DecoderConfig(encoding=TINY_GRID).build(torch.Generator())
    NeuralSDF(network, Similarity()).save(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def space(tmp_path):
    """The folder of a space of one shape."""
    entries = (SpaceEntry(key="ball/a", transform=Similarity()),)
    ShapeSpace(TINY.build(torch.Generator()), torch.zeros(1, 4), entries).save(tmp_path / "space")
    return tmp_path / "space"


def change(folder, *path, to):
    """Put a value into the configuration."""
    config = json.loads((folder / "config.json").read_text())
    place = config
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("decoder", "width"), 200_000),
        (("decoder", "width"), 10**30),
        (("decoder", "width"), 16.5),
        (("decoder", "width"), True),
        (("decoder", "depth"), 10**9),
        (("decoder", "depth"), "2"),
        (("decoder", "encoding", "levels"), 10**9),
        (("decoder", "encoding", "log2_table_size"), 24),
        (("decoder", "encoding"), {"type": "Fourier", "frequencies": 10**9, "scale": 1.0}),
        (("decoder", "encoding"), {"type": "Planes", "volumes": [2048] * 50}),
        (("decoder", "encoding"), {"type": ["Hash"]}),
        (("decoder", "encoding"), None),
        (("decoder", "activation", "beta"), math.nan),
        (("decoder",), []),
        (("transform", "scale"), math.nan),
        (("transform", "scale"), -1.0),
        (("transform", "scale"), 0),
        (("transform", "scale"), math.inf),
        (("transform", "scale"), "1"),
        (("transform", "centre"), [0, 0]),
        (("transform", "centre"), [0, 0, None]),
        (("transform", "centre"), [0, 0, math.nan]),
        (("bounds",), [[-1, -1, -1], [1, 1, math.inf]]),
        (("bounds",), [[-1, -1, -1], [1, 1, 10**400]]),
        (("bounds",), [[1, 1, 1], [-1, -1, -1]]),
        (("bounds",), {"a": 1}),
        (("format",), [1]),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_in_one_sentence(model, path, value):
    change(model, *path, to=value)
    with pytest.raises(InputError, match=r"config\.json .*[;:]"):
        NeuralSDF.load(model)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("space", "width"), 200_000),
        (("space", "depth"), 10**9),
        (("space", "code"), 10**9),
        (("space", "conditioning", "grid", "levels"), 10**9),
        (("space", "conditioning"), {"type": "Film"}),
        (("shapes",), []),
        (("shapes",), 3),
        (("shapes",), [None]),
        (("shapes", 0, "key"), 3),
        (("shapes", 0, "transform"), None),
        (("shapes", 0, "bounds"), None),
        (("space",), None),
    ],
)
def test_a_space_that_cannot_be_is_refused_in_one_sentence(space, path, value):
    change(space, *path, to=value)
    with pytest.raises(InputError, match=str(space)):
        ShapeSpace.load(space)


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, "\ufeff", "3", "null", ""])
def test_a_configuration_that_is_none_is_one_sentence(model, content):
    (model / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.json (cannot be read|has format)"):
        NeuralSDF.load(model)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_refused(model, value):
    weights = load_file(model / "model.safetensors")
    name = next(iter(weights))
    weights[name].view(-1)[0] = value
    save_file(weights, model / "model.safetensors")
    with pytest.raises(InputError, match="holds numbers that are not finite"):
        NeuralSDF.load(model)


@pytest.mark.parametrize(
    "header",
    [
        {"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "C64", "shape": [1], "data_offsets": [0, 8]}},
        {"a": []},
        [],
    ],
)
def test_a_header_that_lies_is_one_sentence(model, header):
    text = json.dumps(header).encode()
    content = len(text).to_bytes(8, "little") + text + bytes(8)
    (model / "model.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.safetensors is missing, damaged, or of another"):
        NeuralSDF.load(model)


def test_networks_of_every_kind_are_within_the_size_of_their_files(tmp_path):
    grid = DecoderConfig(encoding=TINY_GRID)
    wide = DecoderConfig(encoding=Fourier(frequencies=64), width=128, depth=4)
    coded = Coded(TINY.build(torch.Generator()), torch.ones(4))
    refined = Refined(coded, RefinedConfig(base=coded.config).residual.build(torch.Generator()))
    smooth = Coded(SMOOTH.build(torch.Generator()), torch.ones(4))
    networks = [
        grid.build(torch.Generator()),
        wide.build(torch.Generator()),
        coded,
        refined,
        smooth,
    ]
    for index, network in enumerate([*networks, coded.alone()]):
        NeuralSDF(network, Similarity()).save(tmp_path / str(index))
        again = NeuralSDF.load(tmp_path / str(index))
        assert again.decoder.parameter_count == network.parameter_count


@pytest.mark.parametrize("frame", [{"centre": (0.0, 0.0, 1e300)}, {"scale": 1e300}])
def test_a_frame_where_no_mesh_fits_32_bits_is_refused(frame: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"numbers that fit 32 bits, up to 1e\+32"):
        Similarity(**frame)
