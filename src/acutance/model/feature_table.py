"""Multiresolution hash grid (Müller et al. 2022, arXiv 2201.05989)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.model.feature_grid import Level, encode


class HashGrid(nn.Module):
    """The learned tables and their levels.

    Attributes:
        width: features a point, levels times features.
        table: rows of all levels, (rows, features).
    """

    def __init__(self, levels: tuple[Level, ...], features: int) -> None:
        """Tables with values uniform in ±1e-4, as in the paper.

        Args:
            levels: where the levels lie in the table.
            features: features a row: 1, 2, 4 or 8.
        """
        super().__init__()
        self.levels = levels
        self.width = len(levels) * features
        rows = torch.empty(levels[-1].stop, features).uniform_(-1e-4, 1e-4)
        self.table = nn.Parameter(rows)

    def forward(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points features"]:
        """Features of points in [-1, 1]³, coarsest level first; linear beyond the outer cells."""
        return encode(points[None], self.table[None], self.levels)[0]
