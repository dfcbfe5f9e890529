"""Networks ready to use for one shape, each with the settings that train it."""

from dataclasses import dataclass, field, replace

from acutance.data.pool import Sampling
from acutance.model.activations import Activation, Hosc, Relu, Sine, Softplus
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Encoding, Fourier, Hash, Identity
from acutance.training.losses import RelativeL1
from acutance.training.objective import Objective
from acutance.training.shape.fit import Fitting


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A network and how it is trained.

    Attributes:
        decoder: the network.
        sampling: the samples that it learns from.
        fitting: how it learns.

    Example:
        >>> Preset(decoder=DecoderConfig(activation=Sine(), width=64)).decoder.width
        64
    """

    decoder: DecoderConfig
    sampling: Sampling = field(default_factory=Sampling)
    fitting: Fitting = field(default_factory=Fitting)


_SLOW = Fitting(
    objective=Objective(distance=RelativeL1(floor=0.02)),
    final_ratio=0.02,
    warm_up=30,
    batch=2048,
    batch_growth=4.0,
)
"""For networks without a table: all their weights are shared by all points, and far points must
count more, or else surface remains where there is none (0.5 % of the volume of the package's part
after 12 s of `siren` with the default floor of 0.003; no error near the surface is lost)."""


def _plain(encoding: Encoding, activation: Activation, rate: float) -> Preset:
    """A network of 4 × 128 without tables, with its learning rate.

    Periodic networks want small ones: at 1e-3, 60 s of `siren` were worse than 12 s.
    """
    decoder = DecoderConfig(encoding=encoding, activation=activation, width=128, depth=4)
    return Preset(decoder=decoder, fitting=replace(_SLOW, learning_rate=rate))


PRESETS: dict[str, Preset] = {
    "hash": Preset(
        decoder=DecoderConfig(encoding=Hash(), activation=Softplus(), width=16, depth=2)
    ),
    "siren": _plain(Identity(), Sine(), 7e-4),
    "hosc": _plain(Identity(), Hosc(), 5e-4),
    "fourier": _plain(Fourier(), Relu(), 6e-3),
    "relu": _plain(Identity(), Relu(), 3e-3),
}
"""By name: `hash` (the default: the most accurate, the fastest to train), `siren` and `hosc`
(small and smooth), `fourier` and `relu` (for comparison)."""
