"""Normals of points, estimated from their neighbours."""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from acutance.errors import InputError
from acutance.types import PointArray

NEIGHBOURS = 16
"""Points that a plane is fitted to: about two rings of neighbours, enough to average noise."""


def estimate_normals(points: PointArray) -> PointArray:
    """Unit normals of the points, pointing outwards.

    Planes are fitted to the neighbours of each point, and their sides are made to agree along a
    spanning tree of the neighbours whose planes are most parallel (Hoppe et al. 1992, "Surface
    Reconstruction from Unorganized Points", sections 3.2 and 3.3). Each connected part is then
    turned so that it bounds a positive volume. Points at the same place get the same normal.

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
        >>> bool(cosines.min() > 0.95)
        True
    """
    distinct, inverse = np.unique(points, axis=0, return_inverse=True)
    if len(distinct) < NEIGHBOURS:
        raise InputError(
            f"Normals need at least {NEIGHBOURS} distinct points; got {len(distinct)}."
        )
    distance, index = cKDTree(distinct).query(distinct, k=NEIGHBOURS, workers=-1)
    centred = distinct[index] - distinct[index].mean(axis=1, keepdims=True)
    # Section 3.2: the normal is the eigenvector of the covariance's smallest eigenvalue.
    _, axes = np.linalg.eigh(np.einsum("pkx,pky->pxy", centred, centred))
    normals = axes[:, :, 0]
    sign, part = _consistent_signs(normals, index)
    normals = normals * sign[:, None]
    volume = _part_volumes(distinct, normals, distance[:, -1] ** 2, part)
    normals = np.where(volume[part, None] < 0, -normals, normals)
    return normals[inverse.ravel()]


def _consistent_signs(
    normals: PointArray, neighbours: Int[np.ndarray, "points neighbours"]
) -> tuple[Float[np.ndarray, " points"], Int[np.ndarray, " points"]]:
    """Signs that make neighbours agree along the spanning tree, and the part of each point."""
    count = len(normals)
    # Before version 1.16, SciPy finds trees in graphs of 32-bit indices only.
    start = np.repeat(np.arange(count, dtype=np.int32), NEIGHBOURS - 1)
    end = neighbours[:, 1:].ravel().astype(np.int32)
    # Section 3.3: an edge of the Riemannian graph costs 1 − |nᵢ·nⱼ|. The small number keeps exactly
    # parallel neighbours connected: 0 would mean "no edge".
    cost = 1.0 + 1e-9 - np.abs(np.einsum("ex,ex->e", normals[start], normals[end]))
    graph = coo_array((np.maximum(cost, 1e-9), (start, end)), shape=(count, count)).tocsr()
    tree = minimum_spanning_tree(graph.maximum(graph.T))
    parts, part = connected_components(tree, directed=False)
    parent = _parents(tree, part, parts)
    sign = np.where(np.einsum("px,px->p", normals, normals[parent]) < 0, -1.0, 1.0)
    # Multiply the signs along each path to the root; its length doubles in every round.
    while np.any(parent != parent[parent]):
        sign = sign * sign[parent]
        parent = parent[parent]
    return sign, part


def _parents(
    tree: csr_array, part: Int[np.ndarray, " points"], parts: int
) -> Int[np.ndarray, " points"]:
    """The parent of every point in the tree of its part; a root is its own parent."""
    _, roots = np.unique(part, return_index=True)
    count = len(part)
    # One more point above all roots makes the forest a single tree.
    links = tree.tocoo()
    start = np.concatenate([links.row, np.full(parts, count)])
    end = np.concatenate([links.col, roots])
    forest = coo_array((np.ones(len(start)), (start, end)), shape=(count + 1, count + 1)).tocsr()
    _, parent = breadth_first_order(forest, count, directed=False)
    parent = parent[:count].astype(np.int64)
    parent[roots] = roots
    return parent


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
