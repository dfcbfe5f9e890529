"""The meshes that stand for all that were measured: the best, the median and the worst."""

from bisect import insort
from typing import NamedTuple

from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.scores import ShapeScore

MOST_KEPT = 32
"""Meshes that are kept at once; with more shapes, that of the median is one of those next to it."""


class Exemplar(NamedTuple):
    """A shape that was measured, and the very mesh that it was measured by."""

    score: ShapeScore
    mesh: TriangleMesh

    @property
    def chamfer(self) -> float:
        """Its Chamfer distance ×10³."""
        return self.score.chamfer


class Exemplars:
    """Keeps few meshes of many, while they are measured one after the other.

    >>> kept = Exemplars()
    >>> kept.named()
    {}
    """

    def __init__(self) -> None:
        """None yet."""
        self._chamfers = list[float]()
        self._kept = list[Exemplar]()

    def add(self, score: ShapeScore, mesh: TriangleMesh) -> None:
        """Keep a mesh, unless others show better how good all are."""
        insort(self._chamfers, score.chamfer)
        insort(self._kept, Exemplar(score, mesh), key=lambda kept: kept.chamfer)
        if len(self._kept) > MOST_KEPT:
            median = self._chamfers[len(self._chamfers) // 2]
            inner = range(1, len(self._kept) - 1)
            farthest = max(inner, key=lambda i: abs(self._kept[i].chamfer - median))
            del self._kept[farthest]

    def named(self) -> dict[str, Exemplar]:
        """The best, the median and the worst; nothing where nothing was measured."""
        if not self._kept:
            return {}
        median = self._chamfers[len(self._chamfers) // 2]
        middle = min(self._kept, key=lambda kept: abs(kept.chamfer - median))
        return {"best": self._kept[0], "median": middle, "worst": self._kept[-1]}
