"""Repair of what rounding leaves where parts meet: short edges, flat faces, touching vertices."""

import numpy as np
from scipy.spatial import cKDTree

from acutance.mesh.mesh import TriangleMesh

FLAT = 1e-9
"""Height of a face, as a part of its longest side, below which it counts as a line."""


def mended(mesh: TriangleMesh, tolerance: float) -> TriangleMesh:
    """The mesh without vanishing edges and faces, its touching sheets moved apart.

    No vertex moves by more than a fifth of the tolerance.

    Args:
        mesh: a closed manifold.
        tolerance: distances below it mean nothing.

    >>> from acutance.shapes.analytic import Box
    >>> mended(Box().mesh(), tolerance=1e-6).faces.shape  # nothing to mend
    (12, 3)
    """
    mesh = _flip_flat_faces(_collapse_short_edges(mesh, 0.1 * tolerance))
    return _separate_touching(mesh, 0.2 * tolerance)


def _collapse_short_edges(mesh: TriangleMesh, distance: float) -> TriangleMesh:
    """Edges shorter than the distance become points."""
    faces = mesh.faces
    first, second = mesh.edges[mesh.edges[:, 0] < mesh.edges[:, 1]].T
    length = np.linalg.norm(mesh.vertices[first] - mesh.vertices[second], axis=1)
    short = np.flatnonzero(length < distance)
    if not len(short):
        return mesh
    for keep, drop in zip(first[short], second[short], strict=True):
        near, far = (faces[(faces == tip).any(axis=1)] for tip in (keep, drop))
        if len(np.intersect1d(near, far)) == 4:  # else other faces of the two would fall together
            faces = np.where(faces == drop, keep, faces)
            faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
    return mesh.with_faces(faces)


def _flip_flat_faces(mesh: TriangleMesh) -> TriangleMesh:
    """Faces without area are flipped away: each shares its longest side with a sound neighbour.

    A face (u, v, b) whose corner b lies on the side from u to v and its neighbour (v, u, d) become
    (b, u, d) and (b, d, v), which cover what the neighbour covered.
    """
    sides = np.linalg.norm(mesh.triangles - np.roll(mesh.triangles, -1, axis=1), axis=2)
    lines = np.flatnonzero(mesh.face_areas < FLAT * sides.max(axis=1) ** 2)
    if not len(lines):
        return mesh
    faces, changed = mesh.faces.copy(), set[int]()
    owner = {(int(a), int(b)): i // 3 for i, (a, b) in enumerate(mesh.edges)}
    for face in lines.tolist():
        u, v, b = np.roll(faces[face], -int(sides[face].argmax())).tolist()
        other = owner[v, u]
        d = int(faces[other].sum()) - u - v
        if {face, other} & changed or (b, d) in owner or (d, b) in owner:
            continue  # an earlier flip has been here, or this one would double an edge
        faces[face], faces[other] = (b, u, d), (b, d, v)
        changed |= {face, other}
        owner |= {(d, b): face, (b, d): other}
    return TriangleMesh(mesh.vertices, faces)


def _separate_touching(mesh: TriangleMesh, distance: float) -> TriangleMesh:
    """Sheets that touch in a point are moved apart there, each vertex inwards by the distance.

    Vertices touch if they agree to a tenth of it: single precision, as in many files,
    could make them one.
    """
    pairs = cKDTree(mesh.vertices).query_pairs(0.1 * distance, output_type="ndarray")
    touching = np.unique(pairs)
    if not len(touching):
        return mesh
    outward = np.zeros_like(mesh.vertices)
    for corner in range(3):
        np.add.at(outward, mesh.faces[:, corner], mesh.face_normals)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-12)
    vertices = mesh.vertices.copy()
    vertices[touching] -= distance * outward[touching]
    return TriangleMesh(vertices, mesh.faces)
