"""Normals of points, estimated from their neighbours, and their signs."""

import numpy as np
from jaxtyping import Bool, Float, Int, Int8
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from acutance.errors import InputError
from acutance.solid.points.exposure import Exposure, exposure
from acutance.solid.points.neighbours import CHUNK, nearest
from acutance.solid.points.planes import NEIGHBOURS, fit_planes
from acutance.solid.points.sharpen import face_noise, face_normals, sharpened
from acutance.types import PointArray

FEW = 9
"""Points of a first plane, which is to tell the sides of a thin plate apart."""

MANY = 128
"""Most points that a plane is fitted to where noise is larger than the spacing."""

NEXT = 5
"""Points, with itself, that tell on which side of something thin a point lies."""

ROUNDS = 2
"""How often the planes of something thin are fitted and their exposed sides looked for."""

ROUGH = 0.1
"""Variance across the planes, relative to that along their narrow side, from which on the points
are noise at that scale, in the median: more neighbours are looked at."""

APART = -0.3
"""Cosine of the normals of neighbours below which they lie on two sides of something thin."""

BROKEN = 0.5
"""Cosine of the normals of neighbours below which their signs say nothing of each other."""


def estimate_normals(points: PointArray) -> PointArray:
    """Unit normals of the points, pointing outwards.

    Planes are fitted to the neighbours of each point (Hoppe et al. 1992, "Surface Reconstruction
    from Unorganized Points", section 3.2), to those on the same side where the shape is thin. For
    the signs see `oriented`. Points at the same place get the same normal.

    Args:
        points: (N, 3), at least `NEIGHBOURS` distinct ones, in any unit.

    Returns:
        (N, 3), of length 1.

    Raises:
        InputError: fewer distinct points than a neighbourhood holds.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(500, 3))
        >>> points /= np.linalg.norm(points, axis=1, keepdims=True)  # on the unit sphere
        >>> cosines = np.sum(estimate_normals(points) * points, axis=1)
        >>> bool(cosines.min() > 0.9)
        True
    """
    distinct, inverse = np.unique(points, axis=0, return_inverse=True)
    if len(distinct) < NEIGHBOURS:
        raise InputError(
            f"Normals need at least {NEIGHBOURS} distinct points; got {len(distinct)}."
        )
    distinct = distinct - distinct.mean(axis=0)
    distinct /= np.linalg.norm(distinct, axis=1).max()
    normals, seen = exposed_planes(distinct)
    return oriented(distinct, normals, seen)[inverse.ravel()]


def exposed_planes(points: PointArray) -> tuple[PointArray, Exposure]:
    """Normals of the planes of distinct points, of any sign, and which sides are exposed."""
    tree = cKDTree(points)
    index = nearest(tree, points, NEIGHBOURS)[1]
    own, fewer = fit_planes(points, index), fit_planes(points, index[:, :FEW])
    rough = float(np.median(own.rough))
    # Both sides of something thin are rough only if the neighbourhood reaches across.
    if min(rough, np.median(fewer.rough)) > ROUGH:
        normals = _smoother(points, tree, rough)
        return normals, exposure(points, normals)
    near = face_noise(index, own, fewer)
    found = normals = sharpened(points, index, own, fewer, near)
    seen = exposure(points, normals)
    for _ in range(ROUNDS):
        chosen = np.flatnonzero(_thin(found, seen, index))
        if not len(chosen):
            break
        outward = found * seen.side[:, None]
        found = normals.copy()
        found[chosen] = _one_sided(points, tree, outward, chosen, near[chosen])
        seen = exposure(points, found)
    return found, seen


def _thin(
    normals: PointArray, seen: Exposure, index: Int[np.ndarray, "points neighbours"]
) -> Bool[np.ndarray, " points"]:
    """Whether each point, or its neighbour if its own side isn't known, has opposite neighbours."""
    outward = normals * seen.side[:, None]
    thin = np.zeros(len(normals), bool)
    for column in index.T[1:]:
        thin |= np.einsum("px,px->p", outward, outward[column]) < APART
    return thin | (~seen.known & thin[index].any(axis=1))


def _smoother(points: PointArray, tree: cKDTree, rough: float) -> PointArray:
    """Normals of planes through so many neighbours that noise no longer decides."""
    # The variance along grows with the number of neighbours, that across does not.
    count = min(int(NEIGHBOURS * rough / ROUGH), MANY, len(points))
    return fit_planes(points, nearest(tree, points, count)[1]).normals


def _one_sided(
    points: PointArray,
    tree: cKDTree,
    outward: PointArray,
    chosen: Int[np.ndarray, " chosen"],
    near: Float[np.ndarray, " chosen"],
) -> Float[np.ndarray, "chosen 3"]:
    """Normals of faces among the neighbours whose exposed side is not the opposite one."""
    index = nearest(tree, points[chosen], min(2 * NEIGHBOURS, len(points)))[1]
    # The side of a point is that of most of its nearest neighbours: its own plane may lie across.
    side = outward[index[:, :NEXT]].sum(axis=1)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), np.finfo(float).tiny)
    same = np.einsum("px,pkx->pk", side, outward[index]) > APART
    same[:, 0] = True
    first = np.argsort(~same, axis=1, kind="stable")[:, :NEIGHBOURS]
    index, weight = (np.take_along_axis(array, first, axis=1) for array in (index, same))
    weight = weight.astype(float)
    flat = fit_planes(points, index, weight).normals
    return face_normals(points, index, near, flat, weight)


def oriented(points: PointArray, normals: PointArray, seen: Exposure) -> PointArray:
    """The normals, turned outwards.

    Points with an exposed side are turned to it. The signs of the others are made to agree along
    the trees that lead from those through neighbours whose planes are most parallel (Hoppe et al.,
    section 3.3). Parts without any exposed point are made to agree each in itself, and to bound a
    positive volume.

    Args:
        points: (N, 3), distinct, in the unit frame.
        normals: of length 1, of any sign.
        seen: the exposed sides of these normals.
    """
    distance, index = nearest(cKDTree(points), points, NEIGHBOURS)
    graph = _parallels(normals, index)
    part = connected_components(graph, directed=False)[1]
    unseen = np.bincount(part, weights=seen.known) == 0
    rooted = seen.known.copy()
    rooted[np.unique(part, return_index=True)[1][unseen]] = True
    parent = _forest(graph, rooted)
    cosine = np.einsum("px,px->p", normals, normals[parent])
    step = np.where(cosine < 0, -1, 1).astype(np.int8)
    step[rooted] = np.where(seen.side[rooted] < 0, -1, 1)
    normals = normals * _along_paths(step, parent)[:, None]
    volume = _part_volumes(points, normals, distance[:, -1].astype(float) ** 2, part)
    return np.where(((volume < 0) & unseen)[part, None], -normals, normals)


def _parallels(normals: PointArray, neighbours: Int[np.ndarray, "points neighbours"]) -> csr_array:
    """The Riemannian graph: an edge between neighbours i and j costs 1 − |nᵢ·nⱼ| (section 3.3)."""
    count = len(normals)
    # Before version 1.16, SciPy finds trees in graphs of 32-bit indices only.
    start = np.repeat(np.arange(count, dtype=np.int32), NEIGHBOURS - 1)
    end = neighbours[:, 1:].ravel()
    cost = np.empty(len(start), np.float32)
    for first in range(0, len(start), CHUNK * NEIGHBOURS):
        some = slice(first, first + CHUNK * NEIGHBOURS)
        cosine = np.einsum("ex,ex->e", normals[start[some]], normals[end[some]])
        # The small number keeps exactly parallel neighbours connected: 0 would mean "no edge".
        cost[some] = np.maximum(1.0 - np.abs(cosine), 1e-6)
    graph = coo_array((cost, (start, end)), shape=(count, count)).tocsr()
    return graph.maximum(graph.T)


def _forest(graph: csr_array, rooted: Bool[np.ndarray, " points"]) -> Int[np.ndarray, " points"]:
    """The parents in the cheapest trees that lead from roots to all points; roots are their own."""
    count = len(rooted)
    roots = np.flatnonzero(rooted)
    # One more point above all roots, so cheaply reached that every tree has one root.
    links = graph.tocoo()
    start = np.concatenate([links.row, np.full(len(roots), count, np.int32)])
    end = np.concatenate([links.col, roots.astype(np.int32)])
    cost = np.concatenate([links.data, np.full(len(roots), 1e-9, np.float32)])
    forest = coo_array((cost, (start, end)), shape=(count + 1, count + 1)).tocsr()
    _, parent = breadth_first_order(minimum_spanning_tree(forest), count, directed=False)
    parent = parent[:count].astype(np.int64)
    parent[roots] = roots
    return parent


def _along_paths(
    sign: Int8[np.ndarray, " points"], parent: Int[np.ndarray, " points"]
) -> Int8[np.ndarray, " points"]:
    """The product of the signs along each path to the root; its length doubles in every round."""
    root = parent == np.arange(len(parent))
    base, sign = np.where(root, sign, 1), np.where(root, 1, sign)
    while np.any(parent != parent[parent]):
        sign = sign * sign[parent]
        parent = parent[parent]
    return (sign * base[parent]).astype(np.int8)


def _part_volumes(
    points: PointArray,
    normals: PointArray,
    areas: Float[np.ndarray, " points"],
    part: Int[np.ndarray, " points"],
) -> Float[np.ndarray, " parts"]:
    """Three times the volume (up to a factor) that each part bounds, by the divergence theorem."""
    mass = np.bincount(part, weights=areas)
    centre = np.stack([np.bincount(part, weights=areas * column) for column in points.T], axis=1)
    arm = points - (centre / mass[:, None])[part]
    return np.bincount(part, weights=areas * np.einsum("px,px->p", arm, normals))
