"""One shape of a space: its decoder with its code put in."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.space.decoder import SpaceDecoder, SpaceDecoderConfig
from acutance.model.space.deepsdf import DeepSdfConfig, DeepSdfDecoder
from acutance.model.space.tables import TABLE_SCALE, Deformed, Local, Mixture

ShapeDecoderConfig = SpaceDecoderConfig | DeepSdfConfig
ShapeDecoder = SpaceDecoder | DeepSdfDecoder
"""Points and codes → distances; has `condition`, `evaluate`, `code_length`, `parameter_count`."""


@dataclass(frozen=True, kw_only=True)
class CodedConfig:
    """A decoder of shapes that is one shape.

    Attributes:
        decoder: the decoder of the space.
    """

    decoder: ShapeDecoderConfig

    def build(self, generator: torch.Generator) -> "Coded":
        """The network with fresh weights, drawn from the generator, and a code of zeros."""
        code = torch.zeros(self.decoder.code, device=generator.device)
        return Coded(self.decoder.build(generator), code)


class Coded(nn.Module):
    """Points of the unit frame → signed distances of one shape.

    Attributes:
        decoder: the decoder of the space, shared with other shapes.
        code: the shape's code.

    Example:
        >>> from acutance.model.space.conditioning import Concatenated
        >>> config = SpaceDecoderConfig(code=4, conditioning=Concatenated(), width=8)
        >>> decoder = config.build(torch.Generator().manual_seed(0))
        >>> shape = Coded(decoder, torch.ones(4))
        >>> shape(torch.zeros(5, 3)).shape
        torch.Size([5])
    """

    code: Tensor

    def __init__(self, decoder: ShapeDecoder, code: Float[Tensor, " code"]) -> None:
        """Join a decoder and a code."""
        super().__init__()
        self.decoder = decoder
        self.register_buffer("code", code.detach().clone())

    @property
    def config(self) -> CodedConfig:
        """Parts and sizes."""
        return CodedConfig(decoder=self.decoder.config)

    @property
    def parameter_count(self) -> int:
        """Numbers of the decoder and the code."""
        return self.decoder.parameter_count + len(self.code)

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, " points"]:
        """Signed distance at points of the unit frame, in its unit."""
        return self.decoder(points[None], self.code[None])[0]

    def alone(self) -> "Coded":
        """The same shape without what only other shapes need.

        Where the code mixes tables, the mixture itself becomes the code: some 25,000 numbers
        instead of a million. Other decoders are their own smallest form.
        """
        config = self.decoder.config
        if isinstance(config, DeepSdfConfig):
            return self
        shared = config.conditioning
        if not isinstance(shared, Mixture | Deformed):
            return self
        with torch.no_grad():
            condition = self.decoder.condition(self.code[None])
        own = Local(
            grid=shared.grid, lattices=shared.lattices if isinstance(shared, Deformed) else ()
        )
        parts = (part for part in (condition.lattices, condition.tables) if part is not None)
        code = torch.cat([part.flatten() for part in parts])
        alone = replace(config, conditioning=own, code=len(code))
        decoder = alone.build(torch.Generator()).to(code.device)
        weights = self.decoder.state_dict()
        decoder.load_state_dict({name: weights[name] for name in decoder.state_dict()})
        return Coded(decoder, code / TABLE_SCALE)
