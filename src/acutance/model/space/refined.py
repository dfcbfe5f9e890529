"""A shape of a space with details of its own."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.activations import Relu
from acutance.model.decoder import Decoder, DecoderConfig
from acutance.model.encodings import Hash
from acutance.model.space.coded import Coded, CodedConfig


@dataclass(frozen=True, kw_only=True)
class RefinedConfig:
    """A shape of a space, and a residual.

    Attributes:
        base: the shape as the space knows it.
        residual: the network whose values are added. With ReLU it stays near zero where it learns
            nothing; softplus, better on one shape alone, is not zero at zero.
    """

    base: CodedConfig
    residual: DecoderConfig = field(
        default_factory=lambda: DecoderConfig(
            encoding=Hash(finest_resolution=256), activation=Relu(), width=32
        )
    )

    def build(self, generator: torch.Generator) -> "Refined":
        """The network with fresh weights, drawn from the generator."""
        return Refined(self.base.build(generator), self.residual.build(generator))


class Refined(nn.Module):
    """f(x) = base(x) + residual(x); the residual starts at zero.

    Attributes:
        base: the shape as the space knows it.
        residual: what the space could not know.

    Example:
        >>> from acutance.model.space.decoder import SpaceDecoderConfig
        >>> config = RefinedConfig(base=CodedConfig(decoder=SpaceDecoderConfig(code=4)))
        >>> shape = config.build(torch.Generator().manual_seed(0))
        >>> points = torch.zeros(5, 3)
        >>> torch.equal(shape(points), shape.base(points))  # nothing was added yet
        True
    """

    def __init__(self, base: Coded, residual: Decoder) -> None:
        """Join the two, the residual silenced."""
        super().__init__()
        self.base = base
        self.residual = residual
        nn.init.zeros_(residual.output.weight)
        nn.init.zeros_(residual.output.bias)

    @property
    def config(self) -> RefinedConfig:
        """Parts and sizes."""
        return RefinedConfig(base=self.base.config, residual=self.residual.config)

    @property
    def parameter_count(self) -> int:
        """Numbers of both parts."""
        return self.base.parameter_count + self.residual.parameter_count

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, " points"]:
        """Signed distance at points of the unit frame, in its unit."""
        return self.base(points) + self.residual(points)
