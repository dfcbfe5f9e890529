"""Where a mesh is not closed: the holes and rims that disturb its winding number."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.weld import coincident


@dataclass(frozen=True)
class Defects:
    """The connected curves along which the winding number is not a whole number.

    They consist of the edges that faces run through more often in one direction than in the
    other: holes, and the rims of patches that are turned over.

    Attributes:
        centres: mean of the vertices of each curve.
        radii: of the ball around the centre that holds the curve.
        openings: radius of the flat disc with the area that the curve encloses; 0 for a slit.
    """

    centres: Float[np.ndarray, "defects 3"]
    radii: Float[np.ndarray, " defects"]
    openings: Float[np.ndarray, " defects"]


def close_holes(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh with a cone over every defect, from the defect's centre; its own faces come first.

    The cones have the boundary of the mesh as their own, turned around, so that together they are
    closed: the winding number is whole everywhere, and the lid of a hole has a distance.

    Example:
        >>> from acutance.mesh.topology import topology
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> opened = box.with_faces(box.faces[2:])  # without one side
        >>> topology(opened).boundary_edges, topology(close_holes(opened)).boundary_edges
        (4, 0)
    """
    lids, _ = hole_lids(mesh)
    if not len(lids.faces):
        return mesh
    return TriangleMesh(lids.vertices, np.concatenate([mesh.faces, lids.faces]))


def hole_lids(mesh: TriangleMesh) -> tuple[TriangleMesh, Int[np.ndarray, " lids"]]:
    """The cones of `close_holes`, and the number of each face's defect in `find_defects`.

    Their vertices are those of the mesh, and after them the centres of the defects.
    """
    curves = _boundary(mesh)
    apex = len(mesh.vertices) + curves.curve
    ahead = curves.balance > 0
    first, second = (
        np.where(ahead, curves.end, curves.start),
        np.where(ahead, curves.start, curves.end),
    )
    times = np.abs(curves.balance)
    faces = np.stack([first, second, apex], axis=1).repeat(times, axis=0)
    vertices = np.concatenate([mesh.vertices, _centres(mesh, curves)])
    return TriangleMesh(vertices, faces.astype(mesh.faces.dtype)), curves.curve.repeat(times)


@dataclass(frozen=True)
class _Boundary:
    """Edges from start to end that are run through `balance` times more than back, by curve."""

    start: Int[np.ndarray, " edges"]
    end: Int[np.ndarray, " edges"]
    balance: Int[np.ndarray, " edges"]
    curve: Int[np.ndarray, " edges"]


def find_defects(mesh: TriangleMesh) -> Defects:
    """The curves that the boundary of the mesh, as a sum of directed edges, consists of.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box(half=(1, 1, 1)).mesh()
        >>> len(find_defects(box).radii)
        0
        >>> hole = find_defects(box.with_faces(box.faces[2:]))  # a square of side 2
        >>> (np.pi * hole.openings**2).round(9)
        array([4.])
    """
    curves = _boundary(mesh)
    centres = _centres(mesh, curves)
    a = mesh.vertices[curves.start] - centres[curves.curve]
    b = mesh.vertices[curves.end] - centres[curves.curve]
    radii = np.zeros(len(centres))
    np.maximum.at(radii, curves.curve, np.linalg.norm(a, axis=1))
    np.maximum.at(radii, curves.curve, np.linalg.norm(b, axis=1))
    # Half of the sum of a × b around a closed curve is the vector area of any surface it bounds.
    vector_area = 0.5 * curves.balance[:, None] * np.cross(a, b)
    area = np.linalg.norm(_sums(curves.curve, vector_area), axis=1)
    return Defects(centres, radii, np.sqrt(area / np.pi))


def _boundary(mesh: TriangleMesh) -> _Boundary:
    """The boundary of the mesh as a sum of directed edges, and its connected curves."""
    edges = coincident(mesh.vertices)[mesh.edges]
    low, high = edges.min(axis=1), edges.max(axis=1)
    keys, edge = np.unique(low * len(mesh.vertices) + high, return_inverse=True)
    signs = np.sign(edges[:, 1] - edges[:, 0])
    balance = np.bincount(edge, weights=signs, minlength=len(keys)).astype(np.int64)
    start, end = np.divmod(keys[balance != 0], len(mesh.vertices))
    shape = (len(mesh.vertices), len(mesh.vertices))
    graph = coo_array((np.ones(len(start), dtype=bool), (start, end)), shape=shape).tocsr()
    _, curve = connected_components(graph, directed=False)
    _, curve = np.unique(curve[start], return_inverse=True)
    return _Boundary(start, end, balance[balance != 0], curve)


def _centres(mesh: TriangleMesh, curves: _Boundary) -> Float[np.ndarray, "defects 3"]:
    """Mean of the middles of the edges of each curve."""
    middles = 0.5 * (mesh.vertices[curves.start] + mesh.vertices[curves.end])
    return _sums(curves.curve, middles) / np.bincount(curves.curve)[:, None]


def _sums(
    index: Int[np.ndarray, " items"], vectors: Float[np.ndarray, "items 3"]
) -> Float[np.ndarray, "groups 3"]:
    """Sum of the vectors that share an index."""
    columns = [np.bincount(index, weights=column) for column in vectors.T]
    return np.stack(columns, axis=1).astype(float)  # NumPy counts nothing in integers
