"""Short edges of a mesh collapsed, where the surface stays the manifold that it is."""

import numpy as np
from jaxtyping import Int

from acutance.mesh.mesh import TriangleMesh
from acutance.types import FaceArray, VertexArray


def without_short_edges(
    mesh: TriangleMesh, shortest: float
) -> tuple[TriangleMesh, Int[np.ndarray, " vertices"]]:
    """The mesh without edges up to a length, as far as it stays a manifold.

    An edge is collapsed into one of its ends where its ends have no neighbours in common but the
    third corners of its two faces (the link condition; Dey, Edelsbrunner, Guha and Nekhayev 1999,
    "Topology Preserving Edge Contraction"). So nothing is joined, opened or lost.

    Args:
        mesh: any; edges that have not two faces stay.
        shortest: a length in the unit of the mesh, as the largest difference of a coordinate.

    Returns:
        The mesh on the same vertices, some of which no face has any more; and for every vertex the
        one that it was collapsed into, or itself.

    Example:
        >>> places = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1e-9, 1]]
        >>> faces = [[0, 2, 1], [0, 1, 3], [1, 4, 3], [1, 2, 4], [2, 0, 4], [0, 3, 4]]
        >>> tip = TriangleMesh(np.array(places, dtype=float), np.array(faces, dtype=np.int32))
        >>> few, kept = without_short_edges(tip, 1e-8)
        >>> len(few.faces), kept.tolist()
        (4, [0, 1, 2, 3, 3])
    """
    faces, kept = mesh.faces, np.arange(len(mesh.vertices))
    while len(edges := _short_edges(mesh.vertices, faces, shortest)):
        stars = _Stars(faces, edges)
        gone = stars.collapse(edges)
        if not len(gone):
            break
        kept[gone[:, 0]] = gone[:, 1]
        faces = stars.faces()
    while not np.array_equal(further := kept[kept], kept):
        kept = further
    return TriangleMesh(mesh.vertices, faces), kept


def _short_edges(
    vertices: VertexArray, faces: FaceArray, shortest: float
) -> Int[np.ndarray, "edges 2"]:
    """Edges up to a length, the shortest first."""
    ends = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    length = np.abs(vertices[ends[:, 0]] - vertices[ends[:, 1]]).max(axis=1)
    short = np.flatnonzero(length <= shortest)
    ends, first = np.unique(np.sort(ends[short], axis=1), axis=0, return_index=True)
    return ends[np.argsort(length[short][first], kind="stable")]


class _Stars:
    """The faces at the ends of some edges, as the edges are collapsed."""

    def __init__(self, faces: FaceArray, edges: Int[np.ndarray, "edges 2"]) -> None:
        self._before = faces
        ends = np.zeros(int(faces.max()) + 1, dtype=bool)
        ends[edges] = True
        near = np.flatnonzero(ends[faces].any(axis=1))
        self._corners = dict(zip(near.tolist(), faces[near].tolist(), strict=True))
        self._around: dict[int, set[int]] = {end: set() for end in np.flatnonzero(ends).tolist()}
        for face, corners in self._corners.items():
            for corner in corners:
                if corner in self._around:
                    self._around[corner].add(face)

    def collapse(self, edges: Int[np.ndarray, "edges 2"]) -> Int[np.ndarray, "collapsed 2"]:
        """Collapse those that can be, none of them twice; each as what is gone and what stays."""
        gone: dict[int, int] = {}
        for stays, goes in edges.tolist():
            # An end that changed is looked at again in the next round.
            if stays not in gone and goes not in gone and self._collapsible(stays, goes):
                self._merge(stays, goes)
                gone[goes] = stays
        return np.array(list(gone.items()), dtype=np.int64).reshape(-1, 2)

    def faces(self) -> FaceArray:
        """All faces that are left, in their order."""
        faces = self._before.copy()
        rows = np.fromiter(self._corners, np.int64, len(self._corners))
        faces[rows] = np.array([corners or [-1] * 3 for corners in self._corners.values()])
        return faces[faces[:, 0] >= 0]

    def _collapsible(self, a: int, b: int) -> bool:
        """Whether collapsing the edge keeps the surface the same manifold (the link condition)."""
        both = self._around[a] & self._around[b]
        ends = [{*self._corners[face]} for face in both]
        if len(both) != 2:
            return False
        opposite = (ends[0] | ends[1]) - {a, b}
        if len(opposite) != 2 or self._neighbours(a) & self._neighbours(b) != opposite:
            return False
        # The links may not share an edge either: that of a tetrahedron.
        return not all(
            any(opposite < {*self._corners[face]} for face in self._around[end]) for end in (a, b)
        )

    def _neighbours(self, vertex: int) -> set[int]:
        return {c for face in self._around[vertex] for c in self._corners[face]} - {vertex}

    def _merge(self, stays: int, goes: int) -> None:
        both = self._around[stays] & self._around[goes]
        for face in both:
            for corner in self._corners[face]:
                if corner in self._around:
                    self._around[corner].discard(face)
            self._corners[face] = []
        for face in self._around.pop(goes):
            self._corners[face] = [stays if c == goes else c for c in self._corners[face]]
            self._around[stays].add(face)
