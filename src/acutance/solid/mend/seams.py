"""Seams that are open by rounding alone: vertices beside each other, and T-junctions."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from acutance.mesh.mesh import TriangleMesh

GAP = 1e-6
"""Distance that counts as none, in diagonals of the mesh: what export in six digits leaves."""

WIDEST_GAP = 1e-3
"""The same for 32-bit coordinates far from the origin, whose rounding is two units in the last
place: more would join what is apart."""

NEIGHBOURS = 8
"""Vertices that one is joined with at most at once; groups of more are joined in a chain."""

ROUNDS = 32
"""Rounds of splitting at most. Two suffice for most; each splits an edge of every face."""

PAIRS = 1 << 20
"""Pairs of an edge and a vertex that are looked at at once: 100 MB."""


def close_seams(mesh: TriangleMesh) -> tuple[TriangleMesh, tuple[str, ...]]:
    """The mesh with its seams closed, and a sentence about each thing that was done.

    Vertices of open edges are joined where they are apart by rounding only. Then an open edge is
    split at the vertices of other open edges that lie on it (T-junctions), with its face. Both
    stay only where fewer edges are open after. A mesh without open edges is returned as it is.

    Args:
        mesh: welded, in the input frame, whose coordinates tell the rounding.

    Example:
        >>> from acutance.mesh.topology import topology
        >>> vertices = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2], [1, 0, 0.0]])
        >>> faces = np.array([[0, 2, 1], [0, 3, 2], [1, 2, 3], [0, 4, 3], [4, 1, 3]], np.int32)
        >>> seamed = TriangleMesh(vertices, faces)  # vertex 4 lies on the edge of the face 0, 2, 1
        >>> mesh, notes = close_seams(seamed)
        >>> topology(seamed).boundary_edges, topology(mesh).boundary_edges
        (3, 0)
        >>> notes
        ('3 open edges met at vertices between their ends (T-junctions) and were closed.',)
    """
    open_before = len(_open_edges(mesh.faces))
    if not open_before:
        return mesh, ()
    gap = _rounding(mesh.vertices)
    notes = list[str]()
    joined = _joined(mesh, gap)
    open_after = len(_open_edges(joined.faces))
    if len(joined.faces) and open_after < open_before:
        count = len(mesh.vertices) - len(joined.vertices)
        notes.append(f"{count} vertices were joined with others that only rounding kept apart.")
        mesh, open_before = joined, open_after
    split = _split(mesh, gap) if open_before else mesh
    open_after = len(_open_edges(split.faces))
    if open_after < open_before:
        notes.append(
            f"{open_before - open_after} open edges met at vertices between their ends "
            "(T-junctions) and were closed."
        )
        mesh = split
    return mesh, tuple(notes)


def _rounding(vertices: Float[np.ndarray, "vertices 3"]) -> float:
    """Distance up to which places are the same, as far as the coordinates can tell."""
    diagonal = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    with np.errstate(over="ignore"):
        short = vertices.astype(np.float32)
    if not np.array_equal(short, vertices):
        return GAP * diagonal
    last_place = float(np.spacing(np.abs(short).max()))
    return max(GAP * diagonal, min(2.0 * last_place, WIDEST_GAP * diagonal))


def _open_edges(faces: Int[np.ndarray, "faces 3"]) -> Int[np.ndarray, " open"]:
    """Half-edges (three a face: 0→1, 1→2, 2→0), one for each edge of an odd number of faces."""
    tails, heads = faces.reshape(-1).astype(np.int64), faces[:, [1, 2, 0]].reshape(-1)
    keys = np.minimum(tails, heads) * (int(faces.max(initial=0)) + 1) + np.maximum(tails, heads)
    order = np.argsort(keys, kind="stable")
    first = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return order[first[np.diff(first, append=len(order)) % 2 == 1]]


def _ends(
    faces: Int[np.ndarray, "faces 3"], half_edges: Int[np.ndarray, " edges"]
) -> Int[np.ndarray, "2 edges"]:
    face, side = np.divmod(half_edges, 3)
    return np.stack([faces[face, side], faces[face, (side + 1) % 3]])


def _joined(mesh: TriangleMesh, gap: float) -> TriangleMesh:
    """The mesh with vertices of open edges joined that are no farther apart than the gap."""
    rim = np.unique(_ends(mesh.faces, _open_edges(mesh.faces)))
    places = mesh.vertices[rim]
    near = cKDTree(places).query(places, k=NEIGHBOURS, distance_upper_bound=gap, workers=-1)[1]
    found = near < len(rim)  # the tree answers with its size where there is none
    links = (np.ones(found.sum(), dtype=bool), (np.nonzero(found)[0], near[found]))
    graph = coo_array(links, shape=(len(rim), len(rim))).tocsr()
    group = connected_components(graph, directed=False)[1]
    first = np.unique(group, return_index=True)[1]
    target = np.arange(len(mesh.vertices), dtype=np.int32)
    target[rim] = rim[first[group]]
    faces = target[mesh.faces]
    return mesh.with_faces(faces[np.all(faces != np.roll(faces, 1, axis=1), axis=1)])


def _split(mesh: TriangleMesh, gap: float) -> TriangleMesh:
    """The mesh with open edges split at the open vertices that lie on them."""
    faces = mesh.faces
    for _ in range(ROUNDS):
        edges = _open_edges(faces)
        if not len(edges):
            break
        edge, vertex = _t_junctions(mesh.vertices, faces, edges, gap)
        if not len(edge):
            break
        faces = _fans(faces, edges[edge], vertex)
    return TriangleMesh(mesh.vertices, faces)


def _t_junctions(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    edges: Int[np.ndarray, " edges"],
    gap: float,
) -> tuple[Int[np.ndarray, " found"], Int[np.ndarray, " found"]]:
    """Open edges, one a face, and the vertices on them, from start to end.

    Only edges of which a piece is another open edge: these close something.
    """
    start, end = _ends(faces, edges)
    rim = np.unique([start, end])
    edge, vertex, share = (
        np.concatenate(x) for x in zip(*_on_edges(vertices, rim, start, end, gap), strict=True)
    )
    apart = vertex != faces[edges[edge] // 3, (edges[edge] + 2) % 3]  # the corner across the edge
    order = np.lexsort([share[apart], edge[apart]])
    edge, vertex = edge[apart][order], vertex[apart][order]
    width = len(vertices)
    open_keys = np.minimum(start, end).astype(np.int64) * width + np.maximum(start, end)
    new = np.diff(edge, prepend=-1) != 0
    before = np.where(new, start[edge], np.roll(vertex, 1))
    after = np.where(np.roll(new, -1), end[edge], np.roll(vertex, -1))
    closes = np.zeros(len(edges), dtype=bool)
    for other in (before, after):
        key = np.minimum(other, vertex).astype(np.int64) * width + np.maximum(other, vertex)
        closes[edge[np.isin(key, open_keys)]] = True
    # Of a face that has several such edges, the first.
    chosen = np.flatnonzero(closes)
    one = np.zeros(len(edges), dtype=bool)
    one[chosen[np.unique(edges[chosen] // 3, return_index=True)[1]]] = True
    return edge[one[edge]], vertex[one[edge]]


def _on_edges(
    vertices: Float[np.ndarray, "vertices 3"],
    rim: Int[np.ndarray, " rim"],
    start: Int[np.ndarray, " edges"],
    end: Int[np.ndarray, " edges"],
    gap: float,
) -> Iterator[
    tuple[Int[np.ndarray, " found"], Int[np.ndarray, " found"], Float[np.ndarray, " found"]]
]:
    """Edges, the rim's vertices on them between their ends, and where, from 0 to 1; in portions.

    Long edges are looked at piece by piece, so that the balls around the pieces hold few vertices.
    """
    along = vertices[end] - vertices[start]
    length = np.linalg.norm(along, axis=1)
    piece = max(float(np.median(length)), float(length.mean()) / 4.0, gap)
    pieces = np.ceil(length / piece).astype(np.int64).clip(min=1)
    edge = np.repeat(np.arange(len(start)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    middle = vertices[start[edge]] + ((number + 0.5) / pieces[edge])[:, None] * along[edge]
    radius = 0.5 * length[edge] / pieces[edge] + gap
    tree = cKDTree(vertices[rim])
    counts = tree.query_ball_point(middle, radius, return_length=True, workers=-1)
    portion = (np.cumsum(counts) - 1) // PAIRS
    cuts = np.flatnonzero(np.diff(portion, prepend=-1))
    for low, high in zip(cuts, np.append(cuts[1:], len(edge)), strict=True):
        near = tree.query_ball_point(middle[low:high], radius[low:high], workers=-1)
        owner = np.repeat(edge[low:high], counts[low:high])
        vertex = rim[np.concatenate([np.asarray(n, dtype=np.int64) for n in near])]
        yield _between(vertices, owner, vertex, start, along, length, gap)


def _between(
    vertices: Float[np.ndarray, "vertices 3"],
    edge: Int[np.ndarray, " pairs"],
    vertex: Int[np.ndarray, " pairs"],
    start: Int[np.ndarray, " edges"],
    along: Float[np.ndarray, "edges 3"],
    length: Float[np.ndarray, " edges"],
    gap: float,
) -> tuple[Int[np.ndarray, " found"], Int[np.ndarray, " found"], Float[np.ndarray, " found"]]:
    """Of pairs of an edge and a vertex, once each, those where the vertex lies on the edge."""
    offset = vertices[vertex] - vertices[start[edge]]
    unit = along[edge] / np.maximum(length[edge], np.finfo(float).tiny)[:, None]
    place = np.einsum("px,px->p", offset, unit)
    away = np.linalg.norm(offset - place[:, None] * unit, axis=1)
    on: Bool[np.ndarray, " pairs"] = (away <= gap) & (place > gap) & (place < length[edge] - gap)
    pairs, first = np.unique(edge[on] * np.int64(len(vertices)) + vertex[on], return_index=True)
    found, at = np.divmod(pairs, len(vertices))
    return found, at, (place[on][first] / length[edge[on][first]])


def _fans(
    faces: Int[np.ndarray, "faces 3"],
    edges: Int[np.ndarray, " found"],
    vertex: Int[np.ndarray, " found"],
) -> Int[np.ndarray, "more 3"]:
    """The faces with those at the edges replaced by fans to the vertices on them.

    Args:
        faces: the faces.
        edges: a half-edge for every vertex, one a face; the vertices of one follow each other.
        vertex: the vertices on it, from its start to its end.
    """
    face, side = np.divmod(edges, 3)
    last = np.append(np.diff(edges) != 0, True)
    first = np.append(True, last[:-1])
    start, end, across = (faces[face, (side + i) % 3] for i in range(3))
    before = np.where(first, start, np.roll(vertex, 1))
    ahead = np.stack([before, vertex, across], axis=1)
    closing = np.stack([vertex, end, across], axis=1)[last]
    rest = np.delete(faces, face[last], axis=0)
    return np.concatenate([rest, ahead, closing]).astype(faces.dtype)
