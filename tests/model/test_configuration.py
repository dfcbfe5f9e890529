"""Configurations as plain values."""

import json

import pytest

from acutance.errors import InputError
from acutance.model.activations import Hosc
from acutance.model.configuration import from_plain, to_plain
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Fourier
from acutance.training.presets import PRESETS


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
