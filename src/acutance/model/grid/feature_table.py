"""A learned table of features over grids, as the encoding of a point."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.grid.feature_grid import encode
from acutance.model.grid.levels import Level


class FeatureTable(nn.Module):
    """The learned table and its grids.

    Attributes:
        width: features a point, grids times features.
        table: rows of all grids, (rows, features).
    """

    def __init__(
        self, levels: tuple[Level, ...], features: int, generator: torch.Generator
    ) -> None:
        """Values uniform in ±1e-4, as for a hash grid (Müller et al. 2022, section 4).

        Args:
            levels: where the grids lie in the table.
            features: features a row: 1, 2, 4 or 8.
            generator: source of the values.
        """
        super().__init__()
        self.levels = levels
        self.width = len(levels) * features
        rows = torch.empty(levels[-1].stop, features, device=generator.device)
        rows.uniform_(-1e-4, 1e-4, generator=generator)
        self.table = nn.Parameter(rows)

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points features"]:
        """Features of points in [-1, 1]³, grid by grid; linear beyond the outer cells."""
        return encode(points[None], self.table[None], self.levels)[0]
