"""The network: an encoding of the point, hidden layers, one number out."""

from dataclasses import dataclass, field
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.activations import Activation, Softplus
from acutance.model.configuration import check_parts
from acutance.model.encodings import Encoding, Hash
from acutance.model.linear import MOST_LAYERS


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """Parts and sizes of a decoder.

    Attributes:
        encoding: what the first layer sees of the point.
        activation: activation of the hidden layers, with its initialisation.
        width: neurons a hidden layer.
        depth: number of hidden layers.

    Example:
        >>> from acutance.model.activations import Sine
        >>> from acutance.model.encodings import Identity
        >>> config = DecoderConfig(encoding=Identity(), activation=Sine(), width=32, depth=3)
        >>> network = config.build(torch.Generator().manual_seed(0))
        >>> network.parameter_count
        2273
    """

    encoding: Encoding = field(default_factory=Hash)
    activation: Activation = field(default_factory=Softplus)
    width: int = 16
    depth: int = 2

    def __post_init__(self) -> None:
        check_parts(self)
        if self.width < 1 or not 1 <= self.depth <= MOST_LAYERS:
            raise ValueError(
                f"a decoder needs a width of 1 or more and a depth of 1 to {MOST_LAYERS}, "
                f"got {self.width} and {self.depth}"
            )

    def build(self, generator: torch.Generator) -> "Decoder":
        """The decoder with fresh weights, drawn from the generator."""
        return Decoder(self, generator)


class Decoder(nn.Module):
    """Points of the unit frame → signed distances.

    Example:
        >>> from acutance.model.encodings import Fourier
        >>> config = DecoderConfig(encoding=Fourier(frequencies=8), width=16)
        >>> network = Decoder(config, torch.Generator().manual_seed(0))
        >>> network(torch.zeros(5, 3)).shape
        torch.Size([5])
    """

    def __init__(self, config: DecoderConfig, generator: torch.Generator) -> None:
        """A decoder with fresh weights, drawn from the generator."""
        super().__init__()
        self.config = config
        self.encoding = config.encoding.build(generator)
        widths = [self.encoding.width, *[config.width] * config.depth]
        self.hidden = nn.ModuleList(
            config.activation.layer(width_in, width_out, first=index == 0, generator=generator)
            for index, (width_in, width_out) in enumerate(pairwise(widths))
        )
        self.output = config.activation.output(config.width, generator)

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, " points"]:
        """Signed distance at points of the unit frame, in its unit."""
        return self.head(self.encoding(points))

    def head(self, features: Float[Tensor, "points features"]) -> Float[Tensor, " points"]:
        """Signed distance from what the encoding says of points."""
        for layer in self.hidden:
            features = layer(features)
        return self.output(features)[:, 0]

    @property
    def parameter_count(self) -> int:
        """Number of learned numbers."""
        return sum(parameter.numel() for parameter in self.parameters())
