"""Encodings of the coordinates: none, Gaussian Fourier features, and a multiresolution hash grid.

An encoding is a small configuration that builds a module with the attribute `width`, the number
of features a point. Points come in the unit frame, mostly within [-1, 1]³.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.configuration import part_of
from acutance.model.feature_grid import Level, lay_out
from acutance.model.hash_grid import HashGrid


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
    """Makes what the first layer sees of a point. See `part_of` for one of your own."""

    def build(self) -> PointFeatures:
        """The encoding as a module."""
        ...


@part_of(Encoding)
@dataclass(frozen=True, kw_only=True)
class Identity:
    """The coordinates as they are."""

    def build(self) -> "Coordinates":
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
    """

    frequencies: int = 64
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.frequencies < 1 or not self.scale > 0:
            raise ValueError(
                "Fourier needs frequencies of 1 or more and a positive scale, "
                f"got {self.frequencies} and {self.scale}"
            )

    def build(self) -> "FourierFeatures":
        """The encoding as a module."""
        return FourierFeatures(self.frequencies, self.scale)


@part_of(Encoding)
@dataclass(frozen=True, kw_only=True)
class Hash:
    """Multiresolution hash grid (Müller et al. 2022, arXiv 2201.05989).

    Attributes:
        levels: number of grids.
        features: features a grid vertex and level: 1, 2, 4 or 8.
        log2_table_size: a level with more vertices than 2 to this power shares entries by a hash.
        base_resolution: cells a side of the coarsest grid.
        finest_resolution: cells a side of the finest grid; those between grow geometrically.
    """

    levels: int = 8
    features: int = 2
    log2_table_size: int = 17
    base_resolution: int = 16
    finest_resolution: int = 384

    def __post_init__(self) -> None:
        if self.levels < 2 or self.features not in (1, 2, 4, 8):
            raise ValueError(
                "Hash needs 2 levels or more and 1, 2, 4 or 8 features, "
                f"got {self.levels} and {self.features}"
            )
        if not 1 <= self.base_resolution <= self.finest_resolution <= 2048:
            raise ValueError(
                "Hash needs 1 ≤ base_resolution ≤ finest_resolution ≤ 2048, "
                f"got {self.base_resolution} and {self.finest_resolution}"
            )
        if not 4 <= self.log2_table_size <= 24:
            raise ValueError(f"log2_table_size must be 4 to 24, got {self.log2_table_size}")

    def build(self) -> HashGrid:
        """The encoding as a module."""
        return HashGrid(self.levels_of_table(), self.features)

    @property
    def numbers(self) -> int:
        """Numbers in a table."""
        return self.levels_of_table()[-1].stop * self.features

    def levels_of_table(self) -> tuple[Level, ...]:
        """Where the levels lie in a table, coarsest first."""
        growth = (self.finest_resolution / self.base_resolution) ** (1 / (self.levels - 1))
        resolutions = [round(self.base_resolution * growth**level) for level in range(self.levels)]
        return lay_out(resolutions, 2**self.log2_table_size)


class Coordinates(nn.Module):
    """x, y, z."""

    width = 3

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """The points themselves."""
        return points


class FourierFeatures(nn.Module):
    """cos(2πBx), sin(2πBx) with a fixed random B."""

    frequencies: Tensor

    def __init__(self, count: int, scale: float) -> None:
        """Draw `count` frequencies of the given scale."""
        super().__init__()
        self.width = 2 * count
        self.register_buffer("frequencies", scale * torch.randn(3, count))

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points features"]:
        """The features: all cosines, then all sines."""
        phase = (2.0 * math.pi) * points @ self.frequencies
        return torch.cat([phase.cos(), phase.sin()], dim=1)
