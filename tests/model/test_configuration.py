"""Configurations as plain values."""

import json
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from acutance.errors import InputError
from acutance.mesh.normalize import Similarity
from acutance.model import configuration
from acutance.model.activations import Activation, Hosc, Layer
from acutance.model.configuration import from_plain, part_of, to_plain
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Encoding, Fourier, Identity
from acutance.model.linear import linear
from acutance.model.neural_sdf import NeuralSDF
from acutance.training.shape.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_from_plain_inverts_to_plain(name):
    plain = json.loads(json.dumps(to_plain(PRESETS[name].decoder)))
    assert from_plain(DecoderConfig, plain) == PRESETS[name].decoder


def test_the_parts_of_a_union_are_told_apart_by_their_type():
    config = DecoderConfig(encoding=Fourier(scale=2.0), activation=Hosc(beta=4.0))
    plain = to_plain(config)
    assert plain["encoding"]["type"] == "Fourier"
    assert from_plain(DecoderConfig, plain) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "Exploit"}, "Expected one of DecoderConfig in the configuration, got Exploit"),
        ({"wdith": 3}, "DecoderConfig has no setting wdith"),
        ({"width": -1}, "The configuration of DecoderConfig is not valid"),
        ({"activation": {"type": "Swish"}}, "Expected one of Relu, Softplus, Sine, Hosc"),
    ],
)
def test_a_wrong_configuration_is_refused_and_named(change, message):
    with pytest.raises(InputError, match=message):
        from_plain(DecoderConfig, {**to_plain(DecoderConfig()), **change})


class Bump(nn.Module):
    """exp(-(sx)²)."""

    def __init__(self, sharpness):
        super().__init__()
        self.sharpness = sharpness

    def forward(self, x):
        return torch.exp(-((self.sharpness * x) ** 2))


@dataclass(frozen=True, kw_only=True)
class Gauss:
    """A user's own activation."""

    sharpness: float = 3.0

    def layer(self, width_in, width_out, *, first, generator):
        return Layer(linear(width_in, width_out, generator), Bump(self.sharpness))

    def output(self, width_in, generator):
        return linear(width_in, 1, generator)


class Squares(nn.Module):
    """Coordinates and their products."""

    width = 9

    def forward(self, points):
        return torch.cat([points, points**2, points * points.roll(1, dims=1)], dim=1)


@dataclass(frozen=True, kw_only=True)
class Quadratic:
    """A user's own encoding."""

    def build(self, generator):
        return Squares()


@pytest.fixture
def parts(monkeypatch):
    """What is known as a part, restored afterwards."""
    known = {kind: dict(named) for kind, named in configuration._PARTS.items()}
    monkeypatch.setattr(configuration, "_PARTS", known)
    return known


def test_parts_of_ones_own_are_trained_saved_and_loaded(parts, tmp_path):
    part_of(Activation)(Gauss)
    part_of(Encoding)(Quadratic)
    decoder = DecoderConfig(encoding=Quadratic(), activation=Gauss(sharpness=2.0)).build(
        torch.Generator()
    )
    box = ((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    model = NeuralSDF(decoder, Similarity(), box)
    model.save(tmp_path / "model")
    again = NeuralSDF.load(tmp_path / "model")
    points = torch.rand(100, 3)
    torch.testing.assert_close(again.sdf(points), model.sdf(points))
    del parts[Activation]["Gauss"]
    with pytest.raises(InputError, match=r"got Gauss .a part of your own: import its module first"):
        NeuralSDF.load(tmp_path / "model")


def test_a_part_that_could_not_be_loaded_is_refused_before_it_is_trained():
    with pytest.raises(TypeError, match=r"decorate the class with @part_of\(Activation\)"):
        DecoderConfig(encoding=Identity(), activation=Gauss())


def test_no_part_takes_the_place_of_another(parts):
    impostor = type("Hosc", (), {"__module__": "elsewhere"})
    with pytest.raises(TypeError, match="Activation has a Hosc already"):
        part_of(Activation)(dataclass(impostor))
    with pytest.raises(TypeError, match="must be a dataclass"):
        part_of(Activation)(type("Plain", (), {}))
