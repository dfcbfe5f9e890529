"""Vertices that readers would merge, taken apart before a mesh is written."""

import numpy as np
from jaxtyping import Float, Int

from acutance.mesh.collapse import without_short_edges
from acutance.mesh.io.float32 import COARSEST, float32_spacing
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.types import VertexArray

MERGED = 1e-8
"""What trimesh merges: vertices whose coordinates round to the same multiples of this, in any unit.
PyMeshLab, Open3D, meshio and Blender merge those that are equal in 32 bits, if any."""

SAFE = 2.5
"""Vertices keep apart by so many times what is merged; roundings take one of them at most."""

FINEST = 2e-3
"""Where that is more than this share of the mesh's size, keeping apart would distort it."""

ROUNDS = 20
"""How often vertices are moved: those that are moved may come near others."""

DIRECTION = np.array([0.36, 0.48, 0.8])
"""Vertices near each other are near along it, too; few others are, as it is askew."""


def least_distance(mesh: TriangleMesh) -> float:
    """How far vertices must differ in a coordinate so that readers keep them apart.

    Readers hold coordinates in 32 bits, and manifold3d merges what is within a rounding of the
    largest one. Where 32 bits would distort the mesh, which lies far from the origin, it has to be
    read in 64 bits anyway.
    """
    spacing, size = float32_spacing(mesh)
    if spacing > COARSEST * size:
        spacing = float(np.spacing(np.abs(mesh.bounds).max()))
    return SAFE * max(MERGED, spacing)


def too_small(mesh: TriangleMesh) -> bool:
    """Whether the mesh is so small in its unit that readers merge details of it."""
    return least_distance(mesh) > FINEST * float(np.ptp(mesh.bounds, axis=0).max())


def vertices_apart(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh with vertices so far apart that no reader merges them.

    Short edges are collapsed, other vertices near each other move apart. A mesh that is no closed
    manifold stays as it is, and so does one that is too small for that.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> above = box.vertices + [2 * box.bounds[1, 0], 1e-12, 0.0]
        >>> two = TriangleMesh(
        ...     np.concatenate([box.vertices, above]), np.concatenate([box.faces, box.faces + 8])
        ... )
        >>> len(near_pairs(two.vertices, 1e-8)), len(near_pairs(vertices_apart(two).vertices, 1e-8))
        (4, 0)
    """
    least = least_distance(mesh)
    if too_small(mesh) or not len(near_pairs(mesh.vertices, least)) or not topology(mesh).manifold:
        return mesh
    few, _ = without_short_edges(mesh, least)
    few = few.with_faces(few.faces)
    vertices = few.vertices.copy()
    for _ in range(ROUNDS):
        pairs = near_pairs(vertices, least)
        if not len(pairs):
            break
        _move_apart(vertices, few, pairs, least)
    return TriangleMesh(vertices, few.faces)


def near_pairs(points: VertexArray, distance: float) -> Int[np.ndarray, "pairs 2"]:
    """Pairs of points that differ by less than a distance in every coordinate."""
    along = points @ DIRECTION
    order = np.argsort(along, kind="stable")
    along, found, step = along[order], [np.empty((0, 2), dtype=np.int64)], 1
    reach = distance * float(DIRECTION.sum())
    while len(close := np.flatnonzero(along[step:] - along[:-step] < reach)):
        pairs = np.stack([order[close], order[close + step]], axis=1)
        apart = np.abs(points[pairs[:, 0]] - points[pairs[:, 1]]).max(axis=1)
        found.append(pairs[apart < distance])
        step += 1
    return np.concatenate(found)


def _move_apart(
    vertices: VertexArray,
    mesh: TriangleMesh,
    pairs: Int[np.ndarray, "pairs 2"],
    distance: float,
) -> None:
    """Move both vertices of each pair, in place: away from each other, towards their own faces."""
    for a, b in pairs.tolist():
        ways = [_towards_faces(vertices, mesh, v) for v in (a, b)]
        for way in (vertices[a] - vertices[b], ways[0] - ways[1], DIRECTION):
            length = np.abs(way).max()
            if length > 0.1 * distance:
                break
        missing = max(0.0, 1.1 * distance - float(np.abs(vertices[a] - vertices[b]).max()))
        vertices[a] += 0.5 * missing * way / length
        vertices[b] -= 0.5 * missing * way / length


def _towards_faces(
    vertices: VertexArray, mesh: TriangleMesh, vertex: int
) -> Float[np.ndarray, " 3"]:
    """From a vertex to the mean of its faces."""
    around = mesh.faces[(mesh.faces == vertex).any(axis=1)]
    return vertices[around].mean(axis=(0, 1)) - vertices[vertex]
