"""Decoders of shapes ready to use, each with the settings that train it."""

from dataclasses import dataclass, field, replace

import torch

from acutance.model.activations import Activation, Hosc, Relu, Sine
from acutance.model.encodings import Encoding, Fourier, Hash, Identity, Planes
from acutance.model.space.coded import ShapeDecoderConfig
from acutance.model.space.conditioning import Concatenated, Film
from acutance.model.space.decoder import SpaceDecoderConfig
from acutance.model.space.deepsdf import DeepSdfConfig
from acutance.model.space.tables import Deformed, Local, Mixture
from acutance.training.losses import BandL1
from acutance.training.objective import Objective
from acutance.training.schedule import StepDecay
from acutance.training.space.fitting import SpaceFitting


@dataclass(frozen=True, kw_only=True)
class SpacePreset:
    """A decoder of shapes and how it is trained.

    Attributes:
        decoder: the network.
        fitting: how it learns.
        about: what it is, in a few words.

    Example:
        >>> preset = SpacePreset(decoder=SpaceDecoderConfig(width=32))
        >>> preset.fitting.shapes
        8
    """

    decoder: ShapeDecoderConfig
    fitting: SpaceFitting = field(default_factory=SpaceFitting)
    about: str = ""

    @property
    def parameter_count(self) -> int:
        """Learned numbers of the decoder."""
        return self.decoder.build(torch.Generator()).parameter_count


def with_normals(preset: SpacePreset, weight: float = 1.0) -> SpacePreset:
    """The same with the paper's normal term: τ ‖∇f − n‖ at surface points.

    Example:
        >>> with_normals(SPACE_PRESETS["siren"], weight=0.5).fitting.objective.normal_weight
        0.5
    """
    objective = replace(preset.fitting.objective, normal_weight=weight)
    return replace(preset, fitting=replace(preset.fitting, objective=objective))


def with_film(preset: SpacePreset) -> SpacePreset:
    """The same with codes that scale and shift every layer, instead of being concatenated.

    Raises:
        ValueError: the preset's code is not concatenated, or its decoder is DeepSDF's own.

    Example:
        >>> with_film(SPACE_PRESETS["siren"]).decoder.conditioning
        Film()
    """
    decoder = preset.decoder
    if isinstance(decoder, DeepSdfConfig) or not isinstance(decoder.conditioning, Concatenated):
        raise ValueError("Only the paper's presets, as siren or hosc-fft, can take codes by FiLM")
    return replace(preset, decoder=replace(decoder, conditioning=Film()))


def _paper(activation: Activation, encoding: Encoding, about: str) -> SpacePreset:
    """A network of the paper's kind (arXiv 2410.12725): 5 × 256, the code concatenated.

    Periodic ones want a small learning rate: at 1e-3 a long training of `siren` rises again from
    the loss that it had after half a minute, and finds no surface in ten.
    """
    rate = 1e-3 if isinstance(activation, Relu) else 3e-4
    return SpacePreset(
        decoder=SpaceDecoderConfig(
            code=256,
            conditioning=Concatenated(),
            encoding=encoding,
            activation=activation,
            width=256,
            depth=5,
        ),
        fitting=SpaceFitting(learning_rate=rate),
        about=about,
    )


_SHARED = Hash(levels=8, features=2, log2_table_size=14, base_resolution=8, finest_resolution=128)
"""A hash grid that all shapes share: it is the encoding of the place, not of the shape."""

_SMALL = Planes(volumes=(6,), planes=(12, 20), lines=(128,), features=2)
"""The grids of a shape among hundreds: 5,120 numbers."""

_TABLE = Hash(levels=5, features=4, log2_table_size=12, base_resolution=8, finest_resolution=64)
"""The grid of a shape that has a table to itself: some 60,000 numbers."""

FEW_SHAPES = 64
"""Shapes up to which `best` is as it is; with more it is `many`. The 48 tables that its codes mix
leave each of some 50 shapes one of its own, and must be shared by more."""

_MIXED = SpaceFitting(
    objective=Objective(distance=BandL1()), learning_rate=5e-3, table_rate=3e-3, code_rate=3e-3,
    growth=4.0, code_deviation=1.0, code_penalty=0.0,
)  # fmt: skip

SPACE_PRESETS: dict[str, SpacePreset] = {
    "best": SpacePreset(
        decoder=SpaceDecoderConfig(width=32),
        fitting=_MIXED,
        about="the code mixes hash tables, a small ReLU network reads them",
    ),
    "many": SpacePreset(
        decoder=SpaceDecoderConfig(code=192, conditioning=Mixture(grid=_SMALL), width=32, depth=3),
        fitting=_MIXED,
        about=f"best for more than {FEW_SHAPES} shapes: more tables, of planes and lines",
    ),
    "deformed": SpacePreset(
        decoder=SpaceDecoderConfig(
            code=192,
            conditioning=Deformed(grid=_SMALL, lattices=(3, 8), proportions=64),
            width=32,
            depth=3,
        ),
        fitting=replace(_MIXED, code_deviation=0.01, isometry=0.125, style_after=0.1),
        about="knows a class: the code moves space, then mixes tables; for new and unseen shapes",
    ),
    "local": SpacePreset(
        decoder=SpaceDecoderConfig(code=_TABLE.numbers, conditioning=Local(grid=_TABLE)),
        fitting=replace(_MIXED, code_rate=1000.0, lazy_codes=True),
        about="every shape has a hash table of its own as its code: the largest codes",
    ),
    "deepsdf": SpacePreset(
        decoder=DeepSdfConfig(),
        fitting=SpaceFitting(
            learning_rate=5e-4, code_rate=1e-3, decay=StepDecay(), warm_up=1, code_deviation=1 / 16
        ),
        about="DeepSDF's network: 8 × 512 ReLU, skip, weight norm, dropout, tanh",
    ),
    "relu": _paper(Relu(), Identity(), "5 × 256 ReLU"),
    "relu-fft": _paper(Relu(), Fourier(), "5 × 256 ReLU, Fourier features"),
    "relu-hash": _paper(Relu(), _SHARED, "5 × 256 ReLU, shared hash grid"),
    "siren": _paper(Sine(), Identity(), "5 × 256 SIREN, as the paper has it"),
    "siren-fft": _paper(Sine(), Fourier(), "5 × 256 SIREN, Fourier features"),
    "siren-hash": _paper(Sine(), _SHARED, "5 × 256 SIREN, shared hash grid"),
    "hosc": _paper(Hosc(), Identity(), "5 × 256 HOSC, as the paper has it"),
    "hosc-fft": _paper(Hosc(), Fourier(), "5 × 256 HOSC, Fourier features"),
    "hosc-hash": _paper(Hosc(), _SHARED, "5 × 256 HOSC, shared hash grid"),
}
"""By name; `best` is the default, found by `python -m benchmarks.space_ablation`."""


def preset_of(name: str, shapes: int) -> SpacePreset:
    """The preset of a name, for a number of shapes: `best` depends on it.

    Example:
        >>> preset_of("best", shapes=10) is SPACE_PRESETS["best"]
        True
        >>> preset_of("best", shapes=1000) is SPACE_PRESETS["many"]
        True
    """
    return SPACE_PRESETS["many" if name == "best" and shapes > FEW_SHAPES else name]
