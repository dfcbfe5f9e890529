"""How the faces of a mesh are connected: closed, oriented, manifold, in how many bodies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from acutance.mesh.mesh import TriangleMesh
from acutance.types import FaceArray


@dataclass(frozen=True, kw_only=True)
class Topology:
    """Counts of what a mesh consists of, and of what keeps it from being a manifold.

    A mesh is taken by its indices: vertices at the same place are different vertices (`load`
    welds them). Faces that repeat a vertex have no place in a surface: they are counted under
    `degenerate_faces` and otherwise left out.

    Attributes:
        vertices: vertices that a face uses.
        faces: all faces.
        bodies: groups of faces that are connected through edges; two cubes that touch in a corner
            are two bodies.
        boundary_edges: edges of one face.
        nonmanifold_edges: edges of more than two faces.
        misoriented_edges: edges that their faces run through at least two times more often in one
            direction than in the other; for an edge of two faces: one of the two is flipped.
        nonmanifold_vertices: vertices whose faces are not all connected through edges at that
            vertex, so that parts of the surface touch there in a point.
        degenerate_faces: faces that repeat a vertex, or whose area is zero to rounding.
        duplicate_faces: faces with the same three vertices as an earlier one, in whatever order.
        odd_edges: edges of an odd number of faces; the boundary of the surface modulo 2.
        euler: the Euler characteristic V − E + F; 2 − 2 × genus for a closed manifold of one body.
    """

    vertices: int
    faces: int
    bodies: int
    boundary_edges: int
    nonmanifold_edges: int
    misoriented_edges: int
    nonmanifold_vertices: int
    degenerate_faces: int
    duplicate_faces: int
    odd_edges: int
    euler: int

    @property
    def closed(self) -> bool:
        """Whether the faces bound a volume: every edge belongs to an even number of faces."""
        return self.faces > 0 and self.odd_edges == 0

    @property
    def oriented(self) -> bool:
        """Whether neighbours agree on which side is outside.

        With `closed`, every edge is used as often in one direction as in the other: the winding
        number is then a whole number everywhere off the surface.
        """
        return self.misoriented_edges == 0

    @property
    def manifold(self) -> bool:
        """Whether it is closed and oriented, with two faces an edge and one fan a vertex."""
        return (
            self.closed
            and self.oriented
            and self.nonmanifold_edges == 0
            and self.nonmanifold_vertices == 0
        )


def topology(mesh: TriangleMesh) -> Topology:
    """How the faces of a mesh are connected, in numbers.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> topology(box).manifold, topology(box).euler
        (True, 2)
        >>> topology(box.with_faces(box.faces[1:])).boundary_edges
        3
    """
    faces = mesh.faces.astype(np.int64)
    repeated = _repeats_a_vertex(faces)
    edges = _Edges(faces[~repeated])
    vertices = len(np.unique(edges.faces))
    return Topology(
        vertices=vertices,
        faces=len(faces),
        bodies=_components(edges.face_pairs, len(edges.faces))[0],
        boundary_edges=int(np.sum(edges.uses == 1)),
        nonmanifold_edges=int(np.sum(edges.uses > 2)),
        misoriented_edges=int(np.sum(np.abs(edges.balance) >= 2)),
        nonmanifold_vertices=_pinched_vertices(edges),
        degenerate_faces=int(np.sum(repeated | _without_area(mesh))),
        duplicate_faces=len(faces) - len(_distinct_rows(np.sort(faces, axis=1))),
        odd_edges=int(np.sum(edges.uses % 2 == 1)),
        euler=vertices - len(edges.uses) + len(edges.faces),
    )


def connected_faces(mesh: TriangleMesh) -> Int[np.ndarray, " faces"]:
    """The number, from 0, of the body that each face belongs to (connected through edges).

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> two = TriangleMesh(
        ...     np.concatenate([box.vertices, box.vertices + 3.0]),
        ...     np.concatenate([box.faces, box.faces + 8]),
        ... )
        >>> np.bincount(connected_faces(two)).tolist()
        [12, 12]
    """
    return _components(_Edges(mesh.faces.astype(np.int64)).face_pairs, len(mesh.faces))[1]


def faces_at_rims(mesh: TriangleMesh) -> Bool[np.ndarray, " faces"]:
    """Which faces have an edge of an odd number of faces, where the surface is open.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> int(faces_at_rims(box).sum()), int(faces_at_rims(box.with_faces(box.faces[1:])).sum())
        (0, 3)
    """
    edges = _Edges(mesh.faces.astype(np.int64))
    owners = edges.order // 3
    found = np.zeros(len(mesh.faces), dtype=bool)
    found[owners[np.repeat(edges.uses % 2 == 1, edges.uses)]] = True
    return found


def part_volumes(
    mesh: TriangleMesh, part: Int[np.ndarray, " faces"]
) -> Float[np.ndarray, " parts"]:
    """Signed volume of the cones from the centre of every part to its faces.

    Where a part is closed that is its volume, negative where its faces look inwards.

    Args:
        mesh: any mesh.
        part: the number, from 0, of the part that each face belongs to.

    Returns:
        One volume a part, in the cubed unit of the mesh.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box(half=(1, 1, 1)).mesh()
        >>> part_volumes(box, connected_faces(box)).round(9)
        array([8.])
    """
    middles = mesh.triangles.mean(axis=1)
    centre = np.stack([np.bincount(part, weights=column) for column in middles.T], axis=1)
    height = middles - (centre / np.bincount(part)[:, None])[part]
    cones = np.einsum("fx,fx->f", height, mesh.face_vectors) / 6.0
    return np.bincount(part, weights=cones)


class _Edges:
    """The undirected edges of faces, found by sorting the half-edges once.

    Attributes:
        faces: the faces.
        order: half-edges (three a face: 0→1, 1→2, 2→0) sorted so that those of one edge are
            neighbours; half-edge h belongs to face h // 3.
        first: the position in `order` of the first half-edge of each edge.
    """

    def __init__(self, faces: FaceArray) -> None:
        self.faces = faces
        self.tails = faces.reshape(-1)
        self.heads = faces[:, [1, 2, 0]].reshape(-1)
        low, high = np.minimum(self.tails, self.heads), np.maximum(self.tails, self.heads)
        # One integer an edge; V² stays below 2⁶³ because indices are below 2³¹.
        keys = low * (int(faces.max(initial=0)) + 1) + high
        self.order = np.argsort(keys, kind="stable")
        keys = keys[self.order]
        self.new = np.ones(len(keys), dtype=bool)
        self.new[1:] = keys[1:] != keys[:-1]
        self.first = np.flatnonzero(self.new)

    @cached_property
    def uses(self) -> Int[np.ndarray, " edges"]:
        """How many faces each edge belongs to."""
        return np.diff(self.first, append=len(self.order))

    @cached_property
    def balance(self) -> Int[np.ndarray, " edges"]:
        """Faces that run from the lower to the higher index, less those that run back."""
        signs = np.where(self.tails < self.heads, 1, -1)[self.order]
        total = np.concatenate([[0], np.cumsum(signs)])
        return np.diff(total[np.append(self.first, len(signs))])

    @cached_property
    def pairs(self) -> Int[np.ndarray, "2 pairs"]:
        """Pairs of half-edges that lie on one edge, enough to connect all that do."""
        follows = ~self.new[1:]
        return np.stack([self.order[:-1][follows], self.order[1:][follows]])

    @property
    def face_pairs(self) -> Int[np.ndarray, "2 pairs"]:
        """Pairs of faces that share an edge."""
        return self.pairs // 3


def _pinched_vertices(edges: _Edges) -> int:
    """Vertices whose corners fall into more than one group connected through edges there.

    Corner c is the one from which half-edge c starts. Faces that share an edge share two corners.
    """
    if not len(edges.faces):
        return 0
    a, b = edges.pairs
    next_a, next_b = (h + 1 - 3 * (h % 3 == 2) for h in (a, b))
    same_way = edges.tails[a] == edges.tails[b]
    start = np.stack([a, np.where(same_way, b, next_b)])
    end = np.stack([next_a, np.where(same_way, next_b, b)])
    count, fan = _components(np.concatenate([start, end], axis=1), len(edges.tails))
    vertex_of_fan = np.zeros(count, dtype=np.int64)
    vertex_of_fan[fan] = edges.tails
    return int(np.sum(np.bincount(vertex_of_fan) > 1))


def _components(
    pairs: Int[np.ndarray, "2 pairs"], count: int
) -> tuple[int, Int[np.ndarray, " count"]]:
    """Number of connected components of a graph of `count` nodes, and each node's component."""
    links = np.ones(pairs.shape[1], dtype=bool)
    graph = coo_array((links, (pairs[0], pairs[1])), shape=(count, count)).tocsr()
    number, labels = connected_components(graph, directed=False)
    return int(number), labels


def _repeats_a_vertex(faces: FaceArray) -> Bool[np.ndarray, " faces"]:
    return np.any(faces == np.roll(faces, 1, axis=1), axis=1)


def _without_area(mesh: TriangleMesh) -> Bool[np.ndarray, " faces"]:
    """Faces whose height is within the rounding of their coordinates."""
    corners = mesh.triangles
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    size = np.abs(corners).max(axis=(1, 2))
    # Every edge vector carries a rounding error of up to eps × size, hence so does the height.
    return 2.0 * mesh.face_areas <= 4.0 * np.finfo(np.float64).eps * size * longest


def _distinct_rows(rows: Int[np.ndarray, "rows 3"]) -> Int[np.ndarray, " distinct"]:
    """Index of one row for each distinct row."""
    order = np.lexsort(rows.T)
    new = np.ones(len(rows), dtype=bool)
    new[1:] = np.any(rows[order][1:] != rows[order][:-1], axis=1)
    return order[new]
