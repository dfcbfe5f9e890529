"""Polygons of any number of corners become triangles."""

from collections.abc import Iterable, Sequence

import manifold3d
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading
from acutance.types import FaceArray, VertexArray

Polygons = Int[np.ndarray, "_ _"]
"""Vertex indices, (polygons, corners); every number of corners has its own array."""


def grouped(rows: Iterable[Sequence[str]]) -> list[Polygons]:
    """Index rows of a text file as one array for every number of corners.

    Raises:
        ValueError: an index is no whole number.
    """
    groups: dict[int, list[Sequence[str]]] = {}
    for row in rows:
        groups.setdefault(len(row), []).append(row)
    return [parse_rows(group, int, "face of vertex numbers") for group in groups.values()]


def surface_of(vertices: VertexArray, groups: Sequence[Polygons], first: int = 0) -> Reading:
    """A triangle mesh of the faces of a file, as `triangulate` makes it.

    "Faces" of one or two corners are points and edges that some programs write among the faces.
    They bound nothing and are left out, with a note.

    Args:
        vertices: float64 (V, 3).
        groups: arrays of vertex indices, (polygons, corners), each of one number of corners.
        first: the index of the first vertex in the groups.

    Raises:
        ValueError: an index is that of no vertex.
    """
    faces = [group for group in groups if group.shape[1] >= 3]
    reading = Reading(shape=triangulate(vertices, faces, first))
    short = sum(len(group) for group in groups if group.shape[1] < 3)
    if not short:
        return reading
    which = (
        "1 face of fewer than three corners is"
        if short == 1
        else (f"{short:,} faces of fewer than three corners are")
    )
    return reading.noting(f"{which} left out: points and edges bound no solid.")


def parse_rows(
    rows: Sequence[Sequence[str]], number: type[int] | type[float], name: str
) -> Shaped[np.ndarray, "rows columns"]:
    """Rows of a text file as numbers, 64 bits each.

    Raises:
        ValueError: an entry is no such number; the message quotes the row.
    """
    try:
        return np.array(rows, dtype=np.int64 if number is int else np.float64)
    except (ValueError, OverflowError):
        odd = next((row for row in rows if not all(_is(number, entry) for entry in row)), rows[0])
        raise ValueError(f"a {name} was expected, not '{' '.join(odd)[:60]}'") from None


def _is(number: type[int] | type[float], entry: str) -> bool:
    try:
        return abs(number(entry)) < 2**63 or number is float
    except ValueError:
        return False


def triangulate(vertices: VertexArray, groups: Sequence[Polygons], first: int = 0) -> TriangleMesh:
    """A triangle mesh of polygons.

    A polygon is cut into a fan from its first corner if the normals of all triangles of the fan
    point to the same side as the polygon's. Otherwise it is concave, and ears are clipped from it
    in the plane of its area vector. In both cases the polygon keeps its directed edges.

    Args:
        vertices: float64 (V, 3).
        groups: arrays of vertex indices, (polygons, corners), each of one number of corners.
        first: the index of the first vertex in the groups.

    Raises:
        ValueError: an index is that of no vertex.

    Example:
        >>> square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=float)
        >>> triangulate(square, [np.array([[0, 1, 2, 3]])]).faces
        array([[0, 1, 2],
               [0, 2, 3]], dtype=int32)
    """
    faces = [np.empty((0, 3), dtype=np.int64)]
    last = first + len(vertices) - 1
    for group in groups:
        if group.size and not (first <= group.min() and group.max() <= last):
            wrong = group.min() if group.min() < first else group.max()
            raise ValueError(
                f"a face refers to vertex {wrong}, but the vertices are numbered from {first} to "
                f"{last}"
            )
        group = group - first
        faces.append(_triangles(vertices, group) if group.shape[1] > 3 else group)
    return TriangleMesh(vertices, np.concatenate(faces).astype(np.int32))


def _triangles(vertices: VertexArray, group: Polygons) -> FaceArray:
    """Triangles of polygons with the same number of corners, four or more."""
    count, corners = group.shape
    first, last = np.arange(1, corners - 1), np.arange(2, corners)
    fans = np.stack(
        [np.broadcast_to(group[:, :1], (count, corners - 2)), group[:, first], group[:, last]],
        axis=2,
    )
    a, b, c = np.moveaxis(vertices[fans], 2, 0)
    with np.errstate(all="ignore"):
        areas = np.cross(b - a, c - a)
        total = areas.sum(axis=1, keepdims=True)  # the polygon's area vector, twice
        is_fan: Bool[np.ndarray, " polygons"] = np.all(np.sum(areas * total, axis=2) > 0, axis=1)
    # Polygons that are not finite have no plane to clip in; `load` refuses their vertices.
    is_fan |= ~np.isfinite(total).all(axis=(1, 2))
    clipped = [
        group[i][_clip_ears(vertices[group[i]], total[i, 0])] for i in np.flatnonzero(~is_fan)
    ]
    return np.concatenate([fans[is_fan].reshape(-1, 3), *clipped])


def _clip_ears(
    corners: Float[np.ndarray, "corners 3"], area: Float[np.ndarray, "3"]
) -> Int[np.ndarray, "triangles 3"]:
    """Triangles of one simple polygon, seen against its area vector (Newell's normal)."""
    drop = int(np.argmax(np.abs(area)))
    keep = [(drop + 1) % 3, (drop + 2) % 3]
    # Projection along the largest component keeps the polygon simple; it mirrors when negative.
    flat = corners[:, keep if area[drop] >= 0 else keep[::-1]]
    return manifold3d.triangulate([np.ascontiguousarray(flat)])
