"""Whether codes are coordinates of shape: near codes, near shapes, and few dimensions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree

from acutance.metrics.table import Row, Table
from acutance.types import PointArray

Matrix = Float[np.ndarray, "shapes shapes"]

HELD = 0.99
"""Share of the codes' variance that the dimensions must hold."""


@dataclass(frozen=True, kw_only=True)
class CodeScores:
    """How far the codes of a space tell how alike its shapes are.

    Attributes:
        shapes: how many were compared.
        rank_correlation: Spearman's, between distances of codes and of shapes; 1 is best.
        neighbours: share of the shapes whose nearest by code is the nearest by shape.
        near: share of the shapes whose nearest by code is among the five nearest by shape.
        dimensions: principal components that hold 99 % of the codes' variance.
        numbers: numbers a code.
    """

    shapes: int
    rank_correlation: float
    neighbours: float
    near: float
    dimensions: int
    numbers: int

    def table(self) -> Table:
        """The scores as a table of one row."""
        return Table(
            title="Codes as coordinates",
            columns=("n", "rank corr.", "neighbours", "of 5", "dimensions"),
            rows=(
                Row(
                    name="codes",
                    values=(
                        f"{self.shapes}",
                        f"{self.rank_correlation:.2f}",
                        f"{self.neighbours:.0%}",
                        f"{self.near:.0%}",
                        f"{self.dimensions} of {self.numbers}",
                    ),
                    unit="",
                    formula="",
                    points="",
                    floor="",
                ),
            ),
            note=(
                "rank corr.: Spearman's rank correlation between distances of codes and mean "
                "distances of surfaces, over all pairs. neighbours: shapes whose nearest one by "
                "code is the nearest one by surface; of 5: is among the five nearest. dimensions: "
                "principal components that hold 99 % of the codes' variance."
            ),
        )


def score_codes(codes: Float[np.ndarray, "shapes code"], distances: Matrix) -> CodeScores:
    """Compare distances of codes with distances of shapes.

    Args:
        codes: of three shapes or more.
        distances: between the shapes, symmetric.

    Example:
        >>> line = np.linspace(0, 1, 10)[:, None] ** 2
        >>> scores = score_codes(line, np.abs(line - line.T))
        >>> scores.rank_correlation > 0.999, scores.neighbours, scores.dimensions
        (True, 1.0, 1)
    """
    codes = codes.astype(np.float64)
    squares = (codes**2).sum(axis=1)
    apart = np.sqrt(np.maximum(0.0, squares[:, None] + squares - 2 * codes @ codes.T))
    pairs = np.triu_indices(len(codes), 1)
    spread = np.linalg.svd(codes - codes.mean(axis=0), compute_uv=False) ** 2
    held = np.cumsum(spread) / max(spread.sum(), 1e-300)
    others = np.where(np.eye(len(codes), dtype=bool), np.inf, distances)
    nearest = np.where(np.eye(len(codes), dtype=bool), np.inf, apart).argmin(axis=1)
    ranks = np.take_along_axis(others.argsort(axis=1).argsort(axis=1), nearest[:, None], axis=1)
    return CodeScores(
        shapes=len(codes),
        rank_correlation=float(np.corrcoef(_ranks(apart[pairs]), _ranks(distances[pairs]))[0, 1]),
        neighbours=float((ranks == 0).mean()),
        near=float((ranks < 5).mean()),
        dimensions=int((held < HELD).sum()) + 1,
        numbers=codes.shape[1],
    )


def principal_places(
    codes: Float[np.ndarray, "shapes code"],
) -> tuple[Float[np.ndarray, "shapes 2"], float]:
    """Codes in the plane of their two first principal components.

    Returns:
        The places, and the share of the variance that the plane holds.

    Example:
        >>> places, share = principal_places(np.array([[0.0, 0, 0], [3, 4, 0], [6, 8, 0]]))
        >>> np.abs(places[:, 0]).round(6), round(share, 6)
        (array([5., 0., 5.]), 1.0)
    """
    centred = codes - codes.mean(axis=0)
    left, spread, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    places = np.zeros((len(codes), 2))
    found = (left * spread)[:, :2]
    places[:, : found.shape[1]] = found
    return places, float((spread[:2] ** 2).sum() / max((spread**2).sum(), 1e-300))


def surface_distances(surfaces: Sequence[PointArray]) -> Matrix:
    """Mean distances between surfaces, both ways, from points of theirs.

    Example:
        >>> square = np.stack([*np.mgrid[:9.0, :9.0], np.zeros((9, 9))], axis=-1).reshape(-1, 3)
        >>> surface_distances([square, square + [0, 0, 2]])
        array([[0., 2.],
               [2., 0.]])
    """
    trees = [KDTree(points) for points in surfaces]
    one_way = np.array([[np.mean(tree.query(points)[0]) for tree in trees] for points in surfaces])
    return 0.5 * (one_way + one_way.T)


def _ranks(values: Float[np.ndarray, " pairs"]) -> Float[np.ndarray, " pairs"]:
    return values.argsort().argsort().astype(np.float64)
