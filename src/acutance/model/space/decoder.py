"""One decoder for many shapes: points and codes in, signed distances out."""

from dataclasses import dataclass, field
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.activations import Activation, Layer, Relu
from acutance.model.configuration import check_parts
from acutance.model.encodings import Encoding, Identity
from acutance.model.linear import MOST_LAYERS
from acutance.model.space.conditioning import Condition, Conditioning
from acutance.model.space.tables import Mixture, Tables

START_SCALE = 0.1
"""Size of the field at the start, against that of the activation's own initialisation."""


@dataclass(frozen=True, kw_only=True)
class SpaceDecoderConfig:
    """Parts and sizes of a decoder of shapes.

    Attributes:
        code: numbers a code.
        conditioning: how the code tells which shape to be.
        encoding: what the first layer sees of the point.
        activation: activation of the hidden layers, with its initialisation.
        width: neurons a hidden layer.
        depth: number of hidden layers.

    Example:
        >>> SpaceDecoderConfig(code=4, width=8).build(torch.Generator()).code_length
        4
    """

    code: int = 48
    conditioning: Conditioning = field(default_factory=Mixture)
    encoding: Encoding = field(default_factory=Identity)
    activation: Activation = field(default_factory=Relu)
    width: int = 64
    depth: int = 2

    def __post_init__(self) -> None:
        check_parts(self)
        if min(self.code, self.width, self.depth) < 1 or self.depth > MOST_LAYERS:
            raise ValueError(
                "a decoder of shapes needs code, width and depth of 1 or more, and a depth of at "
                f"most {MOST_LAYERS}, got {self.code}, {self.width} and {self.depth}"
            )

    def build(self, generator: torch.Generator) -> "SpaceDecoder":
        """The decoder with fresh weights, drawn from the generator."""
        return SpaceDecoder(self, generator)


class SpaceDecoder(nn.Module):
    """Points of the unit frame and codes → signed distances.

    The batch is shapes × points, so that what depends on the code alone is computed once a shape.

    Example:
        >>> from acutance.model.space.conditioning import Film
        >>> config = SpaceDecoderConfig(code=4, conditioning=Film(), width=8)
        >>> decoder = config.build(torch.Generator().manual_seed(0))
        >>> decoder(torch.zeros(3, 5, 3), torch.zeros(3, 4)).shape  # three shapes, five points each
        torch.Size([3, 5])
    """

    def __init__(self, config: SpaceDecoderConfig, generator: torch.Generator) -> None:
        """A decoder with fresh weights, drawn from the generator."""
        super().__init__()
        self.config = config
        self.encoding = config.encoding.build(generator)
        self.conditioning = config.conditioning.build(
            config.code, config.width, config.depth, generator
        )
        inputs = self.encoding.width + self.conditioning.features
        self.hidden = nn.ModuleList(
            config.activation.layer(width_in, width_out, first=index == 0, generator=generator)
            for index, (width_in, width_out) in enumerate(
                pairwise([inputs, *[config.width] * config.depth])
            )
        )
        self.output = config.activation.output(config.width, generator)
        # A field that starts beyond the clamp of the loss would have no gradient there.
        with torch.no_grad():
            self.output.weight.mul_(START_SCALE)
            self.output.bias.zero_()

    @property
    def code_length(self) -> int:
        """Numbers a code."""
        return self.config.code

    def condition(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """What the decoder must know of the shapes: computed once, whatever the points."""
        return self.conditioning(codes)

    def evaluate(
        self, points: Float[Tensor, "shapes points 3"], condition: Condition
    ) -> Float[Tensor, "shapes points"]:
        """Signed distances at points of the unit frame, in its unit."""
        batch = points.shape[:2]
        if isinstance(self.conditioning, Tables):
            points, features = self.conditioning.look_up(points, condition)
            x = torch.cat([self.encoding(points.flatten(0, 1)), features.flatten(0, 1)], dim=1)
        else:
            x = self.encoding(points.flatten(0, 1))
        for layer, shift, scale in zip(
            self.hidden, condition.shifts, condition.scales, strict=True
        ):
            assert isinstance(layer, Layer)
            x = layer.linear(x)
            if shift is not None:
                x = x.unflatten(0, batch)
                x = x * scale[:, None] if scale is not None else x
                x = (x + shift[:, None]).flatten(0, 1)
            x = layer.activation(x)
        return self.output(x)[:, 0].unflatten(0, batch)

    def forward(
        self, points: Float[Tensor, "shapes points 3"], codes: Float[Tensor, "shapes code"]
    ) -> Float[Tensor, "shapes points"]:
        """Signed distances of the shapes of some codes, each at its own points."""
        return self.evaluate(points, self.condition(codes))

    @property
    def parameter_count(self) -> int:
        """Number of learned numbers, without the codes."""
        return sum(parameter.numel() for parameter in self.parameters())
