"""Where a mesh is not closed: the holes and rims that disturb its winding number."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from acutance.geometry.mesh import TriangleMesh
from acutance.geometry.weld import coincident


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


def find_defects(mesh: TriangleMesh) -> Defects:
    """The curves that the boundary of the mesh, as a sum of directed edges, consists of."""
    edges = coincident(mesh.vertices)[mesh.edges]
    low, high = edges.min(axis=1), edges.max(axis=1)
    keys, edge = np.unique(low * len(mesh.vertices) + high, return_inverse=True)
    balance = np.bincount(edge, weights=np.sign(edges[:, 1] - edges[:, 0]))
    start, end = np.divmod(keys[balance != 0], len(mesh.vertices))
    shape = (len(mesh.vertices), len(mesh.vertices))
    graph = coo_array((np.ones(len(start), dtype=bool), (start, end)), shape=shape).tocsr()
    _, curve = connected_components(graph, directed=False)
    _, curve = np.unique(curve[start], return_inverse=True)
    middles = 0.5 * (mesh.vertices[start] + mesh.vertices[end])
    centres = _sums(curve, middles) / np.bincount(curve)[:, None]
    a, b = mesh.vertices[start] - centres[curve], mesh.vertices[end] - centres[curve]
    radii = np.zeros(len(centres))
    np.maximum.at(radii, curve, np.linalg.norm(a, axis=1))
    np.maximum.at(radii, curve, np.linalg.norm(b, axis=1))
    # Half of the sum of a × b around a closed curve is the vector area of any surface it bounds.
    area = np.linalg.norm(_sums(curve, 0.5 * balance[balance != 0, None] * np.cross(a, b)), axis=1)
    return Defects(centres, radii, np.sqrt(area / np.pi))


def _sums(
    index: Int[np.ndarray, " items"], vectors: Float[np.ndarray, "items 3"]
) -> Float[np.ndarray, "groups 3"]:
    """Sum of the vectors that share an index."""
    columns = [np.bincount(index, weights=column) for column in vectors.T]
    return np.stack(columns, axis=1).astype(float)  # NumPy counts nothing in integers
