"""Points as small discs, whose winding number tells inside from outside."""

import igl
import numpy as np
from jaxtyping import Float

from acutance.solid.points.neighbours import in_cells
from acutance.types import PointArray, ScalarArray

MOST = 50_000
"""Discs that the winding number is taken of: the library's tree takes 14 kB a disc, and is built
anew for every question. Points of larger clouds share discs."""


class Discs:
    """Discs with the areas that the points of a surface stand for.

    Attributes:
        spacing: what the eighth neighbour's distance is among discs that points share; 0 where
            every point has its own.

    Example:
        >>> ball = np.random.default_rng(0).normal(size=(2000, 3))
        >>> ball /= np.linalg.norm(ball, axis=1, keepdims=True)
        >>> discs = Discs(ball, ball, np.full(2000, 4 * np.pi / 2000))
        >>> np.abs(discs.winding(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 2.0]]))).round(2).tolist()
        [1.0, 0.0]
    """

    def __init__(
        self, points: PointArray, normals: PointArray, areas: Float[np.ndarray, " points"]
    ) -> None:
        self.spacing = 0.0
        self._points, self._normals, self._areas = points, normals, areas
        if len(points) > MOST:
            self._share()

    def winding(self, points: PointArray) -> ScalarArray:
        """The winding number of the discs (Barill et al. 2018)."""
        if not len(points):
            return np.zeros(0)
        places = np.ascontiguousarray(points, dtype=float)
        number = igl.fast_winding_number(self._points, self._normals, self._areas, places)
        return np.asarray(number)

    def _share(self) -> None:
        """One disc for points in the same cell whose normals point to the same of six sides."""
        axis = np.argmax(np.abs(self._normals), axis=1)
        side = 2 * axis + (np.take_along_axis(self._normals, axis[:, None], axis=1)[:, 0] < 0)
        number = in_cells(self._points, MOST, side)
        area = np.bincount(number, weights=self._areas)
        centre, vector = (
            np.stack([np.bincount(number, weights=self._areas * column) for column in array.T], 1)
            for array in (self._points, self._normals)
        )
        self._points = centre / area[:, None]
        self._areas = np.linalg.norm(vector, axis=1)
        self._normals = vector / np.maximum(self._areas, np.finfo(float).tiny)[:, None]
        self.spacing = float(np.sqrt(9.0 / np.pi * area.sum() / len(area)))
