"""Decoders ready to use for one shape."""

from acutance.model.activations import Hosc, Relu, Sine
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Fourier, Hash, Identity

PRESETS: dict[str, DecoderConfig] = {
    "hash": DecoderConfig(encoding=Hash(), activation=Relu(), width=32, depth=2),
    "siren": DecoderConfig(encoding=Identity(), activation=Sine(), width=128, depth=4),
    "hosc": DecoderConfig(encoding=Identity(), activation=Hosc(), width=128, depth=4),
    "fourier": DecoderConfig(encoding=Fourier(), activation=Relu(), width=128, depth=4),
    "relu": DecoderConfig(encoding=Identity(), activation=Relu(), width=128, depth=4),
}
"""By name: `hash` (default: the most accurate and the fastest to train), `siren`, `hosc` (small
and smooth), `fourier`, `relu` (for comparison)."""
