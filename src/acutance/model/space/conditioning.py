"""How a code tells a decoder which shape to be.

Whatever depends on the code alone is computed once a shape, however many points are asked for: a
conditioning turns codes into a `Condition`, and the decoder evaluates points under it.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.configuration import part_of
from acutance.model.linear import linear


class Condition(NamedTuple):
    """What a decoder must know of the shapes, beside its weights.

    Attributes:
        shifts: added to the pre-activations, layer by layer; None where nothing is.
        scales: factors of the pre-activations, before the shift; None for 1.
        tables: features of the vertices of each shape's grids; None where there are none.
        lattices: by how much the vertices of each shape's lattices move space; None for not at all.
    """

    shifts: tuple[Float[Tensor, "shapes width"] | None, ...]
    scales: tuple[Float[Tensor, "shapes width"] | None, ...]
    tables: Float[Tensor, "shapes rows features"] | None = None
    lattices: Float[Tensor, "shapes vertices 4"] | None = None


@runtime_checkable
class CodeReader(Protocol):
    """What a conditioning builds, a PyTorch module.

    Attributes:
        features: what it adds to the features of a point (see `Tables` in `tables`), or 0.
    """

    features: int

    def __call__(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        ...


@runtime_checkable
class Conditioning(Protocol):
    """Makes what turns codes into a `Condition`. See `part_of` for one of your own.

    Example:
        >>> isinstance(Film(), Conditioning)
        True
    """

    def build(self, code: int, width: int, depth: int, generator: torch.Generator) -> CodeReader:
        """The conditioning as a module.

        Args:
            code: numbers a code.
            width: neurons a hidden layer of the decoder.
            depth: its hidden layers.
            generator: source of the weights.
        """
        ...


@part_of(Conditioning)
@dataclass(frozen=True, kw_only=True)
class Concatenated:
    """The code is a part of the first layer's input (DeepSDF, arXiv 1901.05103, section 4).

    Example:
        >>> reader = Concatenated().build(code=4, width=8, depth=2, generator=torch.Generator())
        >>> condition = reader(torch.ones(3, 4))  # of three shapes
        >>> condition.shifts[0].shape, condition.shifts[1]
        (torch.Size([3, 8]), None)
    """

    def build(self, code: int, width: int, depth: int, generator: torch.Generator) -> "FirstShift":
        """The conditioning as a module."""
        return FirstShift(code, width, depth, generator)


@part_of(Conditioning)
@dataclass(frozen=True, kw_only=True)
class Film:
    """The code scales and shifts every layer (FiLM, Perez et al. 2018, arXiv 1709.07871).

    Example:
        >>> reader = Film().build(code=4, width=8, depth=2, generator=torch.Generator())
        >>> condition = reader(torch.ones(3, 4))  # of three shapes
        >>> [scale.shape for scale in condition.scales]
        [torch.Size([3, 8]), torch.Size([3, 8])]
    """

    def build(self, code: int, width: int, depth: int, generator: torch.Generator) -> "Modulation":
        """The conditioning as a module."""
        return Modulation(code, width, depth, generator)


class FirstShift(nn.Module):
    """A linear map of the code, added in the first layer: the code's columns of its weights."""

    features = 0

    def __init__(self, code: int, width: int, depth: int, generator: torch.Generator) -> None:
        """For a decoder of `depth` layers of `width` neurons."""
        super().__init__()
        self.depth = depth
        self.shift = _from_code(code, width, generator)

    def forward(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        none = (None,) * (self.depth - 1)
        return Condition((self.shift(codes), *none), (None, *none))


class Modulation(nn.Module):
    """Linear maps of the code to a scale and a shift of every layer."""

    features = 0

    def __init__(self, code: int, width: int, depth: int, generator: torch.Generator) -> None:
        """For a decoder of `depth` layers of `width` neurons."""
        super().__init__()
        self.shifts = nn.ModuleList(_from_code(code, width, generator) for _ in range(depth))
        self.scales = nn.ModuleList(_from_code(code, width, generator) for _ in range(depth))

    def forward(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        shifts = tuple(linear(codes) for linear in self.shifts)
        return Condition(shifts, tuple(1.0 + linear(codes) for linear in self.scales))


def _from_code(code: int, width: int, generator: torch.Generator) -> nn.Linear:
    """A linear map without bias that leaves codes of unit variance at unit variance."""
    layer = linear(code, width, generator, bias=False)
    with torch.no_grad():
        layer.weight.normal_(std=1.0 / math.sqrt(code), generator=generator)
    return layer
