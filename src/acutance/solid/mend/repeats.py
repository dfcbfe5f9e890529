"""Faces that repeat other faces, which would count double in the winding number."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from acutance.mesh.mesh import TriangleMesh
from acutance.solid.winding import winding_number
from acutance.types import FaceArray

CLOSED = 0.1
"""Length of the sum of a patch's area vectors, in its area, up to which it is closed but for holes;
that of a flat sheet is 1, of half a sphere a half, and of a box without a side a fifth."""

FLAT = 1e-6
"""Relative difference of areas up to which they are the same."""


def distinct_faces(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh without repeated faces, which would count double in the winding number.

    Of faces with the same three vertices one is kept. If their number is even it is kept only where
    it is needed to close the surface: where all faces of a shape came front and back they bound it;
    where they form a panel beside it or a wall between two parts they bound nothing. The vertices
    stay as they are.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> twice = TriangleMesh(box.vertices, np.concatenate([box.faces, box.faces]))
        >>> len(twice.faces), len(distinct_faces(twice).faces)
        (24, 12)
        >>> turned = TriangleMesh(box.vertices, np.concatenate([box.faces, box.faces[:, ::-1]]))
        >>> len(distinct_faces(turned).faces)
        12
        >>> side = turned.with_faces(np.concatenate([box.faces[:2], box.faces[:2, ::-1]]))
        >>> len(distinct_faces(side).faces)
        0
    """
    return _without_double_patches(_without_repeats(mesh)[0])


def panel_share(mesh: TriangleMesh, clean: TriangleMesh) -> float:
    """Share of the surface, by area, in panels of no volume that stand outside of the solid.

    A panel consists of faces back to back, which `distinct_faces` drops. Inside of other parts they
    are of no account; outside, as the cloth of a deck chair, they can be seen and would be lost.

    Args:
        mesh: as it came.
        clean: its distinct faces, turned outwards.
    """
    _, first, panels = _without_repeats(mesh)
    if not len(panels):
        return 0.0
    outside = winding_number(clean, mesh.triangles[panels].mean(axis=1)) < 0.5
    return float(mesh.face_areas[panels[outside]].sum() / mesh.face_areas[first].sum())


def two_sided(mesh: TriangleMesh, distinct: TriangleMesh) -> Bool[np.ndarray, " faces"]:
    """Which of the distinct faces came front and back as often: nothing tells their outer side.

    Args:
        mesh: as it came.
        distinct: its `distinct_faces`.
    """
    count = len(mesh.faces)
    if len(distinct.faces) == count:
        return np.zeros(count, dtype=bool)
    _, group = _sets(np.concatenate([mesh.faces, distinct.faces]))
    surplus = np.bincount(group[:count], weights=np.where(is_even(mesh.faces), 1, -1))
    return surplus[group[count:]] == 0


def _sets(
    faces: FaceArray,
) -> tuple[Int[np.ndarray, " sets"], Int[np.ndarray, " faces"]]:
    """The first face of every set of vertices, and the number of every face's set."""
    ordered = np.sort(faces, axis=1)
    order = np.lexsort(ordered.T)
    new = np.any(np.diff(ordered[order], axis=0, prepend=-1) != 0, axis=1)
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    return order[new], group  # the sort is stable


def _without_repeats(
    mesh: TriangleMesh,
) -> tuple[TriangleMesh, Int[np.ndarray, " sets"], Int[np.ndarray, " panels"]]:
    """The distinct faces; one face of every set of vertices; and those of panels, left out."""
    first, group = _sets(mesh.faces)
    if len(first) == len(mesh.faces):
        return mesh, first, first[:0]
    sign = np.where(is_even(mesh.faces), 1, -1)
    surplus, count = np.bincount(group, weights=sign), np.bincount(group)
    # The first face of each set, or the first that looks to where most of them do.
    most = np.flatnonzero(sign * surplus[group] >= 0)
    one = most[np.unique(group[most], return_index=True)[1]]
    even = count % 2 == 0
    needed = _needed(mesh, one[~even], one[even], surplus[even] == 0)
    chosen = np.concatenate([one[~even], one[even][needed]])
    distinct = TriangleMesh(mesh.vertices, mesh.faces[np.sort(chosen)])
    return distinct, first, one[even][~needed]


def _without_double_patches(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh with flat patches that cover each other treated as repeated faces are.

    Two parts that touch have a wall each, cut into triangles in their own ways. A patch is
    bounded by edges of more than two faces; flat ones with the same rim and area cover each other.
    """
    edge, uses = _edges(mesh.faces)
    if not (uses > 2).any():
        return mesh
    patch = _patches(edge, uses)
    count = int(patch.max()) + 1
    rim_edge, rim_patch = _rims(edge, np.repeat(patch, 3), len(uses))
    mark = np.random.default_rng(0).integers(1 << 62, size=len(uses), dtype=np.uint64)
    rim = np.zeros(count, dtype=np.uint64)
    np.add.at(rim, rim_patch, mark[rim_edge])  # a sum of random numbers, alike for the same edges
    area = np.bincount(patch, weights=mesh.face_areas)
    flat = _vector_areas(mesh, np.arange(len(patch)), patch) >= (1.0 - FLAT) * area
    of_rim = np.unique(rim, return_inverse=True)[1].ravel()
    alike = np.full(of_rim.max() + 1, -1)  # the first flat patch of every rim
    candidates = np.flatnonzero(flat & (area > 0) & (rim != 0))
    alike[of_rim[candidates[::-1]]] = candidates[::-1]
    leader = np.arange(count)
    leader[candidates] = alike[of_rim[candidates]]
    leader = np.where(np.abs(area - area[leader]) <= FLAT * area, leader, np.arange(count))
    times = np.bincount(leader, minlength=count)
    if times.max() == 1:
        return mesh
    kept = np.flatnonzero((times[patch] % 2 == 1) & (leader[patch] == patch))
    even = np.flatnonzero((times[patch] > 0) & (times[patch] % 2 == 0))
    needed = _needed(mesh, kept, even, np.ones(len(even), dtype=bool))
    return TriangleMesh(mesh.vertices, mesh.faces[np.sort(np.concatenate([kept, even[needed]]))])


def _needed(
    mesh: TriangleMesh,
    kept: Int[np.ndarray, " kept"],
    even: Int[np.ndarray, " even"],
    cancels: Bool[np.ndarray, " even"],
) -> Bool[np.ndarray, " even"]:
    """Which of the faces that came an even number of times are needed to close the surface.

    They form patches, connected through edges that no other face has. All stay at first; a patch
    goes where fewer edges are open without it, unless it is closed by itself but for holes. Of
    patches that meet, the smallest goes first: a wall within a body is smaller than the side of the
    body that ends at it too. A sheet that came twice the same way round has no back: it stays.

    Args:
        mesh: all faces.
        kept: the faces that stay.
        even: the faces in question.
        cancels: whether those came front and back as often.
    """
    if not len(even):
        return np.zeros(0, dtype=bool)
    edge, uses = _edges(mesh.faces[np.concatenate([even, kept])])
    own = edge[: 3 * len(even)]
    patch = _patches(own, uses)
    area = np.bincount(patch, weights=mesh.face_areas[even])
    rim_edge, rim_patch = _rims(own, np.repeat(patch, 3), len(uses))
    removable = _vector_areas(mesh, even, patch) >= CLOSED * area
    sheet = np.bincount(rim_patch, weights=uses[rim_edge] == 1, minlength=len(area)) > 0
    removable &= ~sheet | (np.bincount(patch, weights=~cancels) == 0)
    rank = np.empty(len(area), dtype=np.int64)
    rank[np.argsort(area, kind="stable")] = np.arange(len(area))
    odd = uses % 2 == 1
    stays = np.ones(len(area), dtype=bool)
    while True:
        gain = np.bincount(
            rim_patch, weights=np.where(odd[rim_edge], 1.0, -1.0), minlength=len(area)
        )
        goes = stays & removable & (gain > 0)
        lowest = np.full(len(uses), len(area))
        ours = goes[rim_patch]
        np.minimum.at(lowest, rim_edge[ours], rank[rim_patch[ours]])
        beaten = lowest[rim_edge] < rank[rim_patch]
        goes &= ~(np.bincount(rim_patch, weights=beaten, minlength=len(area)) > 0)
        if not goes.any():
            return stays[patch]
        stays &= ~goes
        turned = np.bincount(rim_edge[goes[rim_patch]], minlength=len(uses))
        odd ^= turned % 2 == 1


def _edges(faces: FaceArray) -> tuple[Int[np.ndarray, " half_edges"], Int[np.ndarray, " edges"]]:
    """The number of every half-edge's edge, three a face, and how many faces each edge has."""
    ends = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1).astype(np.int64)
    keys = ends[:, 0] * (int(faces.max(initial=0)) + 1) + ends[:, 1]
    _, edge, uses = np.unique(keys, return_inverse=True, return_counts=True)
    return edge.ravel(), uses


def _patches(
    edge: Int[np.ndarray, " half_edges"], uses: Int[np.ndarray, " edges"]
) -> Int[np.ndarray, " faces"]:
    """The patch of every face; faces are connected through edges of two faces, both of these."""
    own = np.bincount(edge, minlength=len(uses))
    inner = np.flatnonzero((uses[edge] == 2) & (own[edge] == 2))
    pairs = (inner[np.argsort(edge[inner], kind="stable")] // 3).reshape(-1, 2).T
    count = len(edge) // 3
    graph = coo_array((np.ones(pairs.shape[1], dtype=bool), tuple(pairs)), shape=(count, count))
    return connected_components(graph.tocsr(), directed=False)[1]


def _vector_areas(
    mesh: TriangleMesh, faces: Int[np.ndarray, " faces"], patch: Int[np.ndarray, " faces"]
) -> Float[np.ndarray, " patches"]:
    """Lengths of the sums of the area vectors of patches."""
    vectors = 0.5 * mesh.face_vectors[faces]
    return np.linalg.norm([np.bincount(patch, weights=column) for column in vectors.T], axis=0)


def _rims(
    edge: Int[np.ndarray, " half_edges"], patch: Int[np.ndarray, " half_edges"], count: int
) -> tuple[Int[np.ndarray, " rims"], Int[np.ndarray, " rims"]]:
    """Edges and patches with an odd number of the patch's faces at the edge."""
    keys, uses = np.unique(patch * np.int64(count) + edge, return_counts=True)
    owner, rim = np.divmod(keys[uses % 2 == 1], count)
    return rim, owner


def is_even(faces: FaceArray) -> Bool[np.ndarray, " faces"]:
    """Whether the vertices of each face are an even permutation of their sorted order."""
    a, b, c = faces.T
    return (a < b).astype(int) + (b < c) + (c < a) == 2
