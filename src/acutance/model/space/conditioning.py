"""How a code tells a decoder which shape to be.

Whatever depends on the code alone is computed once a shape, however many points are asked for: a
conditioning turns codes into a `Condition`, and the decoder evaluates points under it.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.configuration import part_of
from acutance.model.encodings import Grids, Hash
from acutance.model.grid.feature_grid import encode
from acutance.model.grid.levels import Level
from acutance.model.linear import linear

COMPACT = Hash(levels=5, features=4, log2_table_size=10, base_resolution=8, finest_resolution=64)
"""The grid of a shape among many: some 19,000 numbers."""

TABLE_SCALE = 1e-4
"""Size of the entries of new tables, as for a hash grid (Müller et al. 2022, section 4)."""


class Condition(NamedTuple):
    """What a decoder must know of the shapes, beside its weights.

    Attributes:
        shifts: added to the pre-activations, layer by layer; None where nothing is.
        scales: factors of the pre-activations, before the shift; None for 1.
        tables: features of the vertices of each shape's grids; None where there are none.
    """

    shifts: tuple[Float[Tensor, "shapes width"] | None, ...]
    scales: tuple[Float[Tensor, "shapes width"] | None, ...]
    tables: Float[Tensor, "shapes rows features"] | None = None


@runtime_checkable
class CodeReader(Protocol):
    """What a conditioning builds, a PyTorch module.

    Attributes:
        features: what it adds to the features of a point (see `Tables`), or 0.
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


@part_of(Conditioning)
@dataclass(frozen=True, kw_only=True)
class Mixture:
    """The code mixes tables of grids, and the features found there join the network's input.

    The table of a shape is ``T(z) = T₀ + Σ_k z_k T_k``: a point of the space that the learned
    tables T_k span. Making it costs a small matrix product a shape, and evaluating it what a hash
    grid costs, so that the network that runs at every point can be small; and as every vertex of a
    fine grid has its own numbers, thin parts can be where no other shape has them.

    Attributes:
        grid: levels and sizes of the tables.

    Example:
        >>> grid = Hash(levels=2, log2_table_size=6, base_resolution=2, finest_resolution=4)
        >>> reader = Mixture(grid=grid).build(code=4, width=8, depth=2, generator=torch.Generator())
        >>> reader(torch.ones(3, 4)).tables.shape  # of three shapes: 27 + 64 rows of two numbers
        torch.Size([3, 91, 2])
    """

    grid: Grids = field(default_factory=lambda: COMPACT)

    def build(self, code: int, width: int, depth: int, generator: torch.Generator) -> "MixedTables":
        """The conditioning as a module."""
        return MixedTables(self.grid, code, depth, generator)


@part_of(Conditioning)
@dataclass(frozen=True, kw_only=True)
class Local:
    """The code is the table of a hash grid itself: the largest code, with room for any detail.

    Attributes:
        grid: levels and sizes of the table, which say how many numbers a code must have.

    Example:
        >>> grid = Hash(levels=2, log2_table_size=6, base_resolution=2, finest_resolution=4)
        >>> code, local = grid.numbers, Local(grid=grid)
        >>> reader = local.build(code, width=8, depth=2, generator=torch.Generator())
        >>> reader(torch.ones(1, grid.numbers)).tables.shape
        torch.Size([1, 91, 2])
    """

    grid: Grids = field(default_factory=lambda: COMPACT)

    def build(self, code: int, width: int, depth: int, generator: torch.Generator) -> "OwnTables":
        """The conditioning as a module."""
        return OwnTables(self.grid, code, depth)


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


class Tables(nn.Module):
    """Grids of features, a table a shape.

    Attributes:
        features: features a point.
        levels: where the grids lie in a table.
        shape: rows of a table, and features a row.
    """

    def __init__(self, grid: Grids, depth: int) -> None:
        """For a decoder of `depth` layers."""
        super().__init__()
        self.levels: tuple[Level, ...] = grid.levels_of_table()
        self.features = len(self.levels) * grid.features
        self.shape = (self.levels[-1].stop, grid.features)
        self.depth = depth

    def interpolate(
        self, points: Float[Tensor, "shapes points 3"], condition: Condition
    ) -> Float[Tensor, "shapes points features"]:
        """Features of the points in their shapes' grids."""
        assert condition.tables is not None
        return encode(points, condition.tables, self.levels)

    def _condition(self, tables: Float[Tensor, "shapes numbers"]) -> Condition:
        none = (None,) * self.depth
        return Condition(none, none, tables.unflatten(1, self.shape))


class MixedTables(Tables):
    """Tables that are mixtures of learned ones."""

    def __init__(self, grid: Grids, code: int, depth: int, generator: torch.Generator) -> None:
        """All tables nearly zero."""
        super().__init__(grid, depth)
        place, numbers = generator.device, grid.numbers
        mean = torch.randn(numbers, generator=generator, device=place)
        basis = torch.randn(code, numbers, generator=generator, device=place)
        self.mean = nn.Parameter(TABLE_SCALE * mean)
        self.basis = nn.Parameter(TABLE_SCALE * basis)

    def forward(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        return self._condition(self.mean + codes @ self.basis)


class OwnTables(Tables):
    """Tables that are the codes."""

    def __init__(self, grid: Grids, code: int, depth: int) -> None:
        """Without parameters.

        Raises:
            ValueError: the code has another size than the table.
        """
        super().__init__(grid, depth)
        if code != grid.numbers:
            raise ValueError(f"the code must have {grid.numbers} numbers, got {code}")

    def forward(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        return self._condition(TABLE_SCALE * codes)


def _from_code(code: int, width: int, generator: torch.Generator) -> nn.Linear:
    """A linear map without bias that leaves codes of unit variance at unit variance."""
    layer = linear(code, width, generator, bias=False)
    with torch.no_grad():
        layer.weight.normal_(std=1.0 / math.sqrt(code), generator=generator)
    return layer
