"""Networks ready to use for one shape, each with the settings that train it."""

from dataclasses import dataclass, field

from acutance.model.activations import Activation, Hosc, Relu, Sine
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Encoding, Fourier, Hash, Identity
from acutance.samples.pool import Sampling
from acutance.training.fit import Fitting


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A network and how it is trained.

    Attributes:
        decoder: the network.
        sampling: the samples that it learns from.
        fitting: how it learns.
    """

    decoder: DecoderConfig
    sampling: Sampling = field(default_factory=Sampling)
    fitting: Fitting = field(default_factory=Fitting)


_SLOW = Fitting(learning_rate=1.5e-3, final_ratio=0.02, warm_up=30, batch=2048)
"""For networks without a table: their weights are shared by all points and need smaller steps."""


def _plain(encoding: Encoding, activation: Activation) -> Preset:
    """A network of 4 × 128 without tables."""
    decoder = DecoderConfig(encoding=encoding, activation=activation, width=128, depth=4)
    return Preset(decoder=decoder, fitting=_SLOW)


PRESETS: dict[str, Preset] = {
    "hash": Preset(decoder=DecoderConfig(encoding=Hash(), activation=Relu(), width=32, depth=2)),
    "siren": _plain(Identity(), Sine()),
    "hosc": _plain(Identity(), Hosc()),
    "fourier": _plain(Fourier(), Relu()),
    "relu": _plain(Identity(), Relu()),
}
"""By name: `hash` (the default: the most accurate, the fastest to train), `siren` and `hosc`
(small and smooth), `fourier` and `relu` (for comparison)."""
