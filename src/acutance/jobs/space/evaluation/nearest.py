"""The nearest known shape: a space that knows its class comes closer to an unseen one than that."""

from typing import NamedTuple

from scipy.spatial import KDTree

from acutance.data.store import SampleStore
from acutance.metrics.chamfer import chamfer
from acutance.metrics.scores import ShapeScore
from acutance.model.space.shape_space import ShapeSpace
from acutance.types import PointArray

ROUGH, FINALISTS = 1024, 8
"""Surface points by which all known shapes are compared, and how many of these are compared again,
by more points."""

POINTS = 30_000
"""Surface points of a side at the end, as many as those of the metrics."""


class Nearest(NamedTuple):
    """A known shape, and its Chamfer distance ×10³, in radii, from an unseen one."""

    key: str
    chamfer: float


class KnownSurfaces:
    """The surfaces that a space learned, in the unit frame, as points of a store."""

    def __init__(self, space: ShapeSpace, store: SampleStore) -> None:
        """Those with surface points."""
        self._store = store
        known = {key: self._points(key, ROUGH) for key in space.keys if key in store.records}
        self._trees = {key: KDTree(points) for key, points in known.items() if len(points)}

    def nearest(self, key: str, radius: float) -> Nearest | None:
        """The known shape whose Chamfer distance from a shape of the store is least.

        Args:
            key: the shape.
            radius: of its bounding sphere, in its own coordinates; the unit of length.

        Returns:
            None where the one or the others have no surface points.
        """
        rough, points = self._points(key, ROUGH), self._points(key, POINTS)
        if not len(points) or not self._trees:
            return None
        tree = KDTree(rough)
        apart = {name: _apart(tree, known) for name, known in self._trees.items()}
        finalists = sorted(apart, key=lambda name: apart[name])[:FINALISTS]
        squared = (radius / self._store.record(key).transform.scale) ** 2
        found = {name: chamfer(points, self._points(name, POINTS)) for name in finalists}
        name = min(found, key=lambda name: found[name])
        return Nearest(name, found[name] / squared)

    def beside(self, score: ShapeScore) -> ShapeScore:
        """A score with the nearest known shape beside it."""
        if score.metrics is None:
            return score
        found = self.nearest(score.key, score.metrics.radius)
        return score if found is None else score.with_nearest(*found)

    def _points(self, key: str, count: int) -> PointArray:
        return self._store.pool(key).surface_points[:count].numpy().astype("float64")


def _apart(first: KDTree, second: KDTree) -> float:
    """The Chamfer distance, from few points."""
    forth, back = first.query(second.data)[0], second.query(first.data)[0]
    return float((forth**2).mean() + (back**2).mean())
