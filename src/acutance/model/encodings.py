"""Encodings of the coordinates: none, Gaussian Fourier features, a hash grid, planes.

An encoding is a small configuration that builds a module with the attribute `width`, the number
of features a point. Points come in the unit frame, mostly within [-1, 1]³.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.configuration import part_of
from acutance.model.grid.feature_table import FeatureTable
from acutance.model.grid.levels import Level, lay_out


@runtime_checkable
class PointFeatures(Protocol):
    """What an encoding builds, a PyTorch module.

    Attributes:
        width: number of features a point.
    """

    width: int

    def __call__(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points features"]:
        """Features of points in the unit frame, differentiable twice."""
        ...


@runtime_checkable
class Encoding(Protocol):
    """Makes what the first layer sees of a point. See `part_of` for one of your own.

    Example:
        >>> isinstance(Hash(levels=4), Encoding)
        True
    """

    def build(self, generator: torch.Generator) -> PointFeatures:
        """The encoding as a module; what is random of it comes from the generator."""
        ...


@part_of(Encoding)
@dataclass(frozen=True, kw_only=True)
class Identity:
    """The coordinates as they are.

    Example:
        >>> Identity().build(torch.Generator())(torch.ones(2, 3))
        tensor([[1., 1., 1.],
                [1., 1., 1.]])
    """

    def build(self, generator: torch.Generator) -> "Coordinates":
        """The encoding as a module."""
        return Coordinates()


@part_of(Encoding)
@dataclass(frozen=True, kw_only=True)
class Fourier:
    """Gaussian Fourier features (Tancik et al. 2020, arXiv 2006.10739, section 6).

    Attributes:
        frequencies: number of random frequencies; two features each.
        scale: standard deviation of the frequencies, in cycles a unit length. A larger scale
            resolves finer detail and generalises less.

    Example:
        >>> encoding = Fourier(frequencies=8, scale=2.0).build(torch.Generator().manual_seed(0))
        >>> encoding.width
        16
        >>> encoding(torch.zeros(5, 3)).shape
        torch.Size([5, 16])
    """

    frequencies: int = 64
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.frequencies < 1 or not self.scale > 0:
            raise ValueError(
                "Fourier needs frequencies of 1 or more and a positive scale, "
                f"got {self.frequencies} and {self.scale}"
            )

    def build(self, generator: torch.Generator) -> "FourierFeatures":
        """The encoding as a module."""
        return FourierFeatures(self.frequencies, self.scale, generator)


MOST_LEVELS = 64
"""Grids of a hash encoding; beyond some 16, neighbours are alike."""


class TableEncoding(ABC):
    """What encodings by a learned table have in common."""

    features: int

    @abstractmethod
    def levels_of_table(self) -> tuple[Level, ...]:
        """Where the grids lie in a table."""

    def build(self, generator: torch.Generator) -> FeatureTable:
        """The encoding as a module."""
        return FeatureTable(self.levels_of_table(), self.features, generator)

    @property
    def numbers(self) -> int:
        """Numbers in a table."""
        return self.levels_of_table()[-1].stop * self.features


@part_of(Encoding)
@dataclass(frozen=True, kw_only=True)
class Hash(TableEncoding):
    """Multiresolution hash grid (Müller et al. 2022, arXiv 2201.05989).

    Attributes:
        levels: number of grids.
        features: features a grid vertex and level: 1, 2, 4 or 8.
        log2_table_size: a level with more vertices than 2 to this power shares entries by a hash.
        base_resolution: cells a side of the coarsest grid.
        finest_resolution: cells a side of the finest grid; those between grow geometrically.

    Example:
        >>> grid = Hash(levels=4, features=2, log2_table_size=10, finest_resolution=32)
        >>> [level.resolution for level in grid.levels_of_table()]
        [16, 20, 25, 32]
        >>> grid.build(torch.Generator())(torch.zeros(5, 3)).shape
        torch.Size([5, 8])
    """

    levels: int = 8
    features: int = 2
    log2_table_size: int = 17
    base_resolution: int = 16
    finest_resolution: int = 384

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= MOST_LEVELS or self.features not in (1, 2, 4, 8):
            raise ValueError(
                f"Hash needs 2 to {MOST_LEVELS} levels and 1, 2, 4 or 8 features, "
                f"got {self.levels} and {self.features}"
            )
        if not 1 <= self.base_resolution <= self.finest_resolution <= 2048:
            raise ValueError(
                "Hash needs 1 ≤ base_resolution ≤ finest_resolution ≤ 2048, "
                f"got {self.base_resolution} and {self.finest_resolution}"
            )
        if not 4 <= self.log2_table_size <= 24:
            raise ValueError(f"log2_table_size must be 4 to 24, got {self.log2_table_size}")

    def levels_of_table(self) -> tuple[Level, ...]:
        """Where the levels lie in a table, coarsest first."""
        growth = (self.finest_resolution / self.base_resolution) ** (1 / (self.levels - 1))
        resolutions = [round(self.base_resolution * growth**level) for level in range(self.levels)]
        return lay_out([("xyz", cells) for cells in resolutions], 2**self.log2_table_size)


@part_of(Encoding)
@dataclass(frozen=True, kw_only=True)
class Planes(TableEncoding):
    """Grids over space, its coordinate planes and its axes: a fine grid for few numbers.

    A point sees a coarse grid over space, and finer ones that know only two of its coordinates, or
    one (tri-planes: Chan et al. 2022, arXiv 2112.07945; planes and lines: Chen et al. 2022, arXiv
    2203.09517). What is made of boxes and plates along the axes, as furniture, needs no more.

    Attributes:
        volumes: cells a side of the grids over space.
        planes: of those over each of the three planes.
        lines: of those over each of the three axes.
        features: features a grid vertex: 1, 2, 4 or 8.

    Example:
        >>> grids = Planes(volumes=(2,), planes=(4,), lines=(8,), features=2)
        >>> grids.numbers  # 3³ vertices, 3 planes of 5², 3 lines of 9, two features each
        258
        >>> grids.build(torch.Generator()).width
        14
    """

    volumes: tuple[int, ...] = (6,)
    planes: tuple[int, ...] = (12, 20)
    lines: tuple[int, ...] = (128,)
    features: int = 2

    def __post_init__(self) -> None:
        cells = [*self.volumes, *self.planes, *self.lines]
        if not cells or not all(1 <= count <= 2048 for count in cells):
            raise ValueError(f"Planes needs grids of 1 to 2048 cells a side, got {cells}")
        if self.features not in (1, 2, 4, 8):
            raise ValueError(f"Planes needs 1, 2, 4 or 8 features, got {self.features}")

    def levels_of_table(self) -> tuple[Level, ...]:
        """Where the grids lie in a table: those over space, the planes, the axes."""
        volumes = [("xyz", cells) for cells in self.volumes]
        planes = [(axes, cells) for cells in self.planes for axes in ("xy", "xz", "yz")]
        lines = [(axis, cells) for cells in self.lines for axis in "xyz"]
        return lay_out([*volumes, *planes, *lines])


Grids = Hash | Planes
"""Encodings by a learned table."""


class Coordinates(nn.Module):
    """x, y, z."""

    width = 3

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """The points themselves."""
        return points


class FourierFeatures(nn.Module):
    """cos(2πBx), sin(2πBx) with a fixed random B."""

    frequencies: Tensor

    def __init__(self, count: int, scale: float, generator: torch.Generator) -> None:
        """Draw `count` frequencies of the given scale."""
        super().__init__()
        self.width = 2 * count
        drawn = torch.randn(3, count, generator=generator, device=generator.device)
        self.register_buffer("frequencies", scale * drawn)

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points features"]:
        """The features: all cosines, then all sines."""
        phase = (2.0 * math.pi) * points @ self.frequencies
        return torch.cat([phase.cos(), phase.sin()], dim=1)
