"""Loose faces beside a closed surface: small sheets that bound nothing."""

import numpy as np

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.topology import connected_faces, faces_at_rims
from acutance.types import PointArray

MOST_AREA = 0.015
"""Share of the surface up to which sheets may be left out; where they are more, they are meant."""

SHEET = 0.5
"""Length of the sum of a part's area vectors, in its area, from which on it is a sheet: that of a
flat one is 1, of half a sphere a half, of a box without a side a fifth."""


def without_loose_faces(
    mesh: TriangleMesh, frame: Similarity
) -> tuple[TriangleMesh, tuple[str, ...]]:
    """The mesh without loose faces, and a sentence about them, if all else is closed.

    They have no edge in common with the rest, so that the rest is as closed without them. Where
    anything else is open, or they are much of the surface, all faces stay.

    Args:
        mesh: of distinct faces, in the unit frame.
        frame: from there to the input's coordinates, in which sizes and places are named.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> corners = np.array([[0.6, 0, 0], [0.61, 0, 0], [0.6, 0.01, 0]])
        >>> face = np.array([[8, 9, 10]], dtype=np.int32)
        >>> both = TriangleMesh(
        ...     np.concatenate([box.vertices, corners]), np.concatenate([box.faces, face])
        ... )
        >>> mesh, notes = without_loose_faces(both, Similarity())
        >>> len(mesh.faces), notes[0].split(", near")[0]
        (12, '1 loose face of a size of up to 0.0141')
    """
    at_rim = faces_at_rims(mesh)
    if not at_rim.any():
        return mesh, ()
    part = connected_faces(mesh)
    area = np.bincount(part, weights=mesh.face_areas)
    vectors = 0.5 * mesh.face_vectors
    flat = np.linalg.norm([np.bincount(part, weights=axis) for axis in vectors.T], axis=0)
    is_open = np.bincount(part, weights=at_rim) > 0
    sheet = flat >= SHEET * area
    if (is_open & ~sheet).any() or area[is_open].sum() > MOST_AREA * area.sum():
        return mesh, ()
    loose = is_open[part]
    sizes = [np.ptp(mesh.triangles[part == one], axis=(0, 1)) for one in np.flatnonzero(is_open)]
    size = float(np.linalg.norm(sizes, axis=1).max())
    place = frame.to_input(mesh.triangles[loose][0, :1])
    return mesh.with_faces(mesh.faces[~loose]), (_sentence(int(loose.sum()), size, place, frame),)


def _sentence(count: int, size: float, place: PointArray, frame: Similarity) -> str:
    where = "({:.4g}, {:.4g}, {:.4g})".format(*place[0])
    faces, bound, were, them = (
        ("face", "bounds", "was", "it as a plate")
        if count == 1
        else ("faces", "bound", "were", "them as plates")
    )
    return (
        f"{count} loose {faces} of a size of up to {frame.in_words(size)}, near {where}"
        f"{' and elsewhere' if count > 1 else ''}, {bound} nothing and {were} left out; the rule "
        f"flood keeps {them}."
    )
