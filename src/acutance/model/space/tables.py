"""Codes that choose tables of features: a grid of its own for every shape.

The network that runs at every point can then be small; and as every vertex of a fine grid has its
own numbers, thin parts can be where no other shape has them.
"""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.configuration import part_of
from acutance.model.encodings import Grids, Hash, Planes
from acutance.model.grid.feature_grid import encode
from acutance.model.grid.levels import Level
from acutance.model.space.conditioning import Condition, Conditioning

COMPACT = Hash(levels=5, features=4, log2_table_size=10, base_resolution=8, finest_resolution=64)
"""The grid of a shape among many: some 19,000 numbers."""

TABLE_SCALE = 1e-4
"""Size of the entries of new tables, as for a hash grid (Müller et al. 2022, section 4)."""

LATTICE_SCALE = 0.3
"""How far an entry of 1 moves space, in units of the unit frame: lattices then learn at the rate
that suits tables."""


@part_of(Conditioning)
@dataclass(frozen=True, kw_only=True)
class Mixture:
    """The code mixes tables of grids, and the features found there join the network's input.

    The table of a shape is ``T(z) = T₀ + Σ_k z_k T_k``: a point of the space that the learned
    tables T_k span. Making it costs a small matrix product a shape, and evaluating it what a hash
    grid costs.

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
class Deformed:
    """The code moves space, and mixes the tables that are read there: proportions, and style.

    A point x is read at ``x + D(x; p)``, where D is linear between the vertices of coarse lattices
    (free-form deformation, Sederberg and Parry 1986) and mixed by the first numbers p of the code;
    the others mix tables, as in `Mixture`. So a seat that is higher in another chair is the same
    seat, moved: what lies between two proportions is sharp, where a mixture of tables would fade
    the one seat out and the other in. Deformed templates: Deng et al. 2021 (arXiv 2011.13650),
    Zheng et al. 2021 (arXiv 2011.14565); here the template has a code of its own.

    Attributes:
        grid: levels and sizes of the tables.
        lattices: cells a side of the lattices.
        proportions: how many numbers of the code move space.

    Example:
        >>> deformed = Deformed(lattices=(2,), proportions=3)
        >>> reader = deformed.build(code=4, width=8, depth=2, generator=torch.Generator())
        >>> reader(torch.ones(1, 4)).lattices.shape  # 27 vertices; three of four numbers move them
        torch.Size([1, 27, 4])
    """

    grid: Grids = field(default_factory=lambda: COMPACT)
    lattices: tuple[int, ...] = (4,)
    proportions: int = 32

    def build(
        self, code: int, width: int, depth: int, generator: torch.Generator
    ) -> "DeformedTables":
        """The conditioning as a module.

        Raises:
            ValueError: the code has no numbers left for the tables.
        """
        if not 1 <= self.proportions < code:
            raise ValueError(
                f"proportions must be 1 or more and fewer than the {code} numbers of a code, got "
                f"{self.proportions}"
            )
        return DeformedTables(self, code, depth, generator)


@part_of(Conditioning)
@dataclass(frozen=True, kw_only=True)
class Local:
    """The code is the table of a grid itself: the largest code, with room for any detail.

    Attributes:
        grid: levels and sizes of the table.
        lattices: of lattices that move space, whose vertices come first in the code; none by
            default. Table and lattices say how many numbers a code must have.

    Example:
        >>> grid = Hash(levels=2, log2_table_size=6, base_resolution=2, finest_resolution=4)
        >>> local = Local(grid=grid)
        >>> local.numbers
        182
        >>> reader = local.build(local.numbers, width=8, depth=2, generator=torch.Generator())
        >>> reader(torch.ones(1, local.numbers)).tables.shape
        torch.Size([1, 91, 2])
    """

    grid: Grids = field(default_factory=lambda: COMPACT)
    lattices: tuple[int, ...] = ()

    @property
    def numbers(self) -> int:
        """Numbers a code."""
        return self.grid.numbers + (_lattice(self.lattices).numbers if self.lattices else 0)

    def build(self, code: int, width: int, depth: int, generator: torch.Generator) -> "OwnTables":
        """The conditioning as a module."""
        return OwnTables(self, code, depth)


class Tables(nn.Module):
    """Grids of features, a table a shape, perhaps in a space that lattices move.

    Attributes:
        features: features a point.
        levels: where the grids lie in a table.
        shape: rows of a table, and features a row.
        lattice_levels: where the lattices lie among their vertices; none where nothing moves.
    """

    def __init__(self, grid: Grids, lattices: tuple[int, ...], depth: int) -> None:
        """For a decoder of `depth` layers."""
        super().__init__()
        self.levels: tuple[Level, ...] = grid.levels_of_table()
        self.features = len(self.levels) * grid.features
        self.shape = (self.levels[-1].stop, grid.features)
        self.lattice_levels = _lattice(lattices).levels_of_table() if lattices else ()
        self.depth = depth

    def look_up(
        self, points: Float[Tensor, "shapes points 3"], condition: Condition
    ) -> tuple[Float[Tensor, "shapes points 3"], Float[Tensor, "shapes points features"]]:
        """Where the points are read, and the features of their shapes' grids there."""
        assert condition.tables is not None
        if condition.lattices is not None:
            moves = encode(points, condition.lattices, self.lattice_levels)
            each = moves.unflatten(2, (len(self.lattice_levels), 4)).sum(dim=2)
            points = points + LATTICE_SCALE * each[..., :3]
        return points, encode(points, condition.tables, self.levels)

    def _condition(
        self,
        tables: Float[Tensor, "shapes numbers"],
        lattices: Float[Tensor, "shapes moves"] | None = None,
    ) -> Condition:
        none = (None,) * self.depth
        moved = None if lattices is None else lattices.unflatten(1, (-1, 4))
        return Condition(none, none, tables.unflatten(1, self.shape), moved)


class MixedTables(Tables):
    """Tables that are mixtures of learned ones."""

    def __init__(self, grid: Grids, code: int, depth: int, generator: torch.Generator) -> None:
        """All tables nearly zero."""
        super().__init__(grid, (), depth)
        self.mean, self.basis = _mixed(code, grid.numbers, generator)

    def forward(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        return self._condition(self.mean + codes @ self.basis)


class DeformedTables(Tables):
    """Mixtures of learned tables, in a space that mixtures of learned lattices move.

    Attributes:
        proportions: how many numbers of a code, the first, mix lattices.
    """

    def __init__(self, config: Deformed, code: int, depth: int, generator: torch.Generator) -> None:
        """All tables nearly zero, and nothing moved."""
        super().__init__(config.grid, config.lattices, depth)
        self.proportions = config.proportions
        style = code - config.proportions
        self.mean, self.basis = _mixed(style, config.grid.numbers, generator)
        numbers = _lattice(config.lattices).numbers
        self.lattice_mean, self.lattice_basis = _mixed(config.proportions, numbers, generator)

    def forward(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        proportions, style = codes.tensor_split((self.proportions,), dim=1)
        lattices = self.lattice_mean + proportions @ self.lattice_basis
        return self._condition(self.mean + style @ self.basis, lattices)


class OwnTables(Tables):
    """Tables that are the codes."""

    def __init__(self, config: Local, code: int, depth: int) -> None:
        """Without parameters.

        Raises:
            ValueError: the code has another size than the table.
        """
        super().__init__(config.grid, config.lattices, depth)
        if code != config.numbers:
            raise ValueError(f"the code must have {config.numbers} numbers, got {code}")
        self.moving = config.numbers - config.grid.numbers

    def forward(self, codes: Float[Tensor, "shapes code"]) -> Condition:
        """The condition of some shapes."""
        lattices, tables = (TABLE_SCALE * codes).tensor_split((self.moving,), dim=1)
        return self._condition(tables, lattices if self.moving else None)


def _lattice(cells: tuple[int, ...]) -> Planes:
    """Lattices over space, with four numbers a vertex, of which three are used."""
    return Planes(volumes=cells, planes=(), lines=(), features=4)


def _mixed(
    codes: int, numbers: int, generator: torch.Generator
) -> tuple[nn.Parameter, nn.Parameter]:
    """What is mixed: a mean, and something for each number of a code, nearly zero."""
    place = generator.device
    mean = torch.randn(numbers, generator=generator, device=place)
    basis = torch.randn(codes, numbers, generator=generator, device=place)
    return nn.Parameter(TABLE_SCALE * mean), nn.Parameter(TABLE_SCALE * basis)
