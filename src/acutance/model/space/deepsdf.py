"""DeepSDF's decoder as published (Park et al. 2019, arXiv 1901.05103, and its specs files)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from acutance.model.linear import MOST_LAYERS, linear
from acutance.model.space.conditioning import Condition


@dataclass(frozen=True, kw_only=True)
class DeepSdfConfig:
    """Sizes of the decoder; the defaults are the published ones.

    Attributes:
        code: numbers a code.
        width: neurons a hidden layer.
        depth: number of hidden layers.
        skip: the hidden layer, from 0, that sees the code and the point once more.
        dropout: share of the hidden neurons that are left out in training.
    """

    code: int = 256
    width: int = 512
    depth: int = 8
    skip: int = 4
    dropout: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.skip < self.depth or not 0 <= self.dropout < 1 or self.code < 1:
            raise ValueError(
                "skip must name a hidden layer but the first, dropout lie in [0, 1) and code be 1 "
                f"or more, got {self.skip}, {self.dropout} and {self.code}"
            )
        if self.depth > MOST_LAYERS:
            raise ValueError(f"depth must be at most {MOST_LAYERS}, got {self.depth}")
        if self.width <= self.code + 3:
            raise ValueError(f"width must exceed code + 3, got {self.width} and {self.code}")

    def build(self, generator: torch.Generator) -> "DeepSdfDecoder":
        """The decoder with fresh weights, drawn from the generator."""
        return DeepSdfDecoder(self, generator)


class DeepSdfDecoder(nn.Module):
    """ReLU layers with weight normalisation and dropout, one skip, tanh at the end.

    The layer before the skip is narrower, so that with the code and the point it comes to `width`.
    What the code's columns of the weights add is computed once a shape. Dropout takes a generator
    that says which neurons are left out; without one, none are.

    Example:
        >>> config = DeepSdfConfig(code=4, width=16, depth=4, skip=2)
        >>> decoder = config.build(torch.Generator().manual_seed(0))
        >>> decoder(torch.zeros(3, 5, 3), torch.zeros(3, 4)).shape  # three shapes, five points each
        torch.Size([3, 5])
    """

    def __init__(self, config: DeepSdfConfig, generator: torch.Generator) -> None:
        """A decoder with fresh weights, drawn from the generator."""
        super().__init__()
        self.config = config
        inputs = config.code + 3
        self.narrow = config.width - inputs
        self.layers = nn.ModuleList()
        for index in range(config.depth):
            width_in = inputs if index == 0 else config.width
            width_out = self.narrow if index + 1 == config.skip else config.width
            self.layers.append(weight_norm(linear(width_in, width_out, generator)))
        self.output = linear(config.width, 1, generator)

    @property
    def code_length(self) -> int:
        """Numbers a code."""
        return self.config.code

    @property
    def parameter_count(self) -> int:
        """Number of learned numbers, without the codes."""
        return sum(parameter.numel() for parameter in self.parameters())

    def condition(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """What the two layers that see the code add for it."""
        shifts: list[Tensor | None] = [None] * self.config.depth
        for index, start in ((0, 0), (self.config.skip, self.narrow)):
            weight = self._linear(index).weight
            shifts[index] = codes @ weight[:, start : start + self.config.code].T
        return Condition(tuple(shifts), (None,) * self.config.depth)

    def evaluate(
        self,
        points: Float[Tensor, "shapes points 3"],
        condition: Condition,
        dropout: torch.Generator | None = None,
    ) -> Float[Tensor, "shapes points"]:
        """Signed distances at points of the unit frame, in (-1, 1).

        Args:
            points: of every shape as many.
            condition: of the shapes.
            dropout: for training: draws the neurons to leave out, on the device of the points.
        """
        code, x = self.config.code, points
        for index, shift in enumerate(condition.shifts):
            layer = self._linear(index)
            weight: Tensor = layer.weight
            if index == 0:
                weight = weight[:, code:]
            if index == self.config.skip:
                weight = torch.cat([weight[:, : self.narrow], weight[:, self.narrow + code :]], 1)
                x = torch.cat([x, points], dim=2)
            x = nn.functional.linear(x, weight, layer.bias)
            x = x if shift is None else x + shift[:, None]
            x = torch.relu(x)
            if dropout is not None and self.config.dropout:
                kept = 1.0 - self.config.dropout
                x = x * torch.empty_like(x).bernoulli_(kept, generator=dropout).div_(kept)
        return torch.tanh(self.output(x)[..., 0])

    def forward(
        self,
        points: Float[Tensor, "shapes points 3"],
        codes: Float[Tensor, "shapes code"],
        dropout: torch.Generator | None = None,
    ) -> Float[Tensor, "shapes points"]:
        """Signed distances of the shapes of some codes, each at its own points."""
        return self.evaluate(points, self.condition(codes), dropout)

    def _linear(self, index: int) -> nn.Linear:
        layer = self.layers[index]
        assert isinstance(layer, nn.Linear)
        return layer
