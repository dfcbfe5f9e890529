"""Meshes from and to STL files.

The reader is our own: mesh libraries refuse files whose header claims another number of triangles
than there are, which many programs write.
"""

import re

import numpy as np
import trimesh
from jaxtyping import Float

from acutance.mesh.io.float32 import COARSEST, CoarseError, distinct_float32, float32_spacing
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading, Shape

_HEADER = 84
"""Bytes before the triangles of a binary file: 80 of any text, and their number."""

_TRIANGLE = np.dtype([("normal", "<f4", (3,)), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])

_VERTEX = rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)"

Corners = Float[np.ndarray, "corners 3"]
"""Three a triangle."""


def read_stl(data: bytes) -> Reading:
    """The triangles of a binary or text STL file, three vertices each.

    All whole triangles that are there are read, whatever number the header claims.

    Raises:
        ValueError: it is no STL file, or is cut off within a triangle.
    """
    expected = int.from_bytes(data[80:84], "little")
    exact = len(data) >= _HEADER and len(data) == _HEADER + _TRIANGLE.itemsize * expected
    if not exact and re.match(rb"[\s\xef\xbb\xbf]*solid", data, re.IGNORECASE):
        text = data.rstrip(b"\0")
        if b"\0" not in text:
            return _read_text(text)
    if len(data) < _HEADER or b"\0" not in data:
        raise ValueError("it is neither a binary STL file nor begins with the word 'solid'")
    return _read_binary(data, expected)


def _read_binary(data: bytes, expected: int) -> Reading:
    """As many triangles as the header claims, or, where it is wrong, as there are."""
    there, rest = divmod(len(data) - _HEADER, _TRIANGLE.itemsize)
    if rest and expected > there:
        raise ValueError(
            f"its header claims {expected:,} triangles, but it is cut off after {there:,}"
        )
    # What follows the triangles has hardly ever the size of whole ones, unless it is such.
    count = expected if 0 < expected <= there and rest else there
    triangles = np.frombuffer(data, _TRIANGLE, count, _HEADER)
    reading = _reading(triangles["corners"].reshape(-1, 3).astype(np.float64))
    if count != expected:
        cut = "; was it cut off?" if expected > count else "."
        reading = reading.noting(
            f"Its header claims {expected:,} triangles, but {count:,} are there and read{cut}"
        )
    left = len(data) - _HEADER - count * _TRIANGLE.itemsize
    return reading.noting(f"{left:,} bytes after its triangles are left out.") if left else reading


def _read_text(data: bytes) -> Reading:
    """All facets of all solids."""
    words = data.lower()
    begun = len(re.findall(rb"facet\s+normal", words))
    ended = words.count(b"endfacet")
    if ended < begun and b"endsolid" not in words[words.rindex(b"facet") :]:
        raise ValueError(f"it begins {begun:,} triangles, but is cut off after {ended:,}")
    rows = re.findall(_VERTEX, words)
    if len(rows) == 3 * begun:
        return _reading(_numbers(rows))
    whole = list[tuple[bytes, ...]]()
    for facet in re.split(rb"facet\s+normal", words)[1:]:
        corners = re.findall(_VERTEX, facet)
        if len(corners) > 3:
            raise ValueError(f"a facet of it has {len(corners)} corners, and three are expected")
        whole += corners if len(corners) == 3 else []
    left_out = begun - len(whole) // 3
    return _reading(_numbers(whole)).noting(
        f"{left_out:,} of its {begun:,} facets have fewer than three corners and are left out."
    )


def _numbers(rows: list[tuple[bytes, ...]]) -> Corners:
    try:
        return np.array(rows, dtype=np.float64).reshape(-1, 3)
    except ValueError as error:
        raise ValueError("a vertex of three numbers was expected, and one is none") from error


def _reading(corners: Corners) -> Reading:
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    return Reading(shape=TriangleMesh(corners, faces))


def check_stl(shape: Shape) -> None:
    """Makes sure that 32-bit numbers hold a shape.

    Raises:
        CoarseError: the shape is so far from the origin that they would distort it.
    """
    spacing, size = float32_spacing(shape)
    if spacing > COARSEST * size:
        raise CoarseError(
            f"coordinates reach {np.abs(shape.bounds).max():g}, where its 32-bit numbers are "
            f"{spacing:.2g} apart, too coarse for a shape of size {size:g}. Write PLY, OBJ or GLB."
        )


def write_stl(mesh: TriangleMesh) -> bytes:
    """The mesh as a binary STL file.

    Raises:
        CoarseError: the shape is so far from the origin that 32-bit numbers would distort it.
    """
    check_stl(mesh)
    vertices = distinct_float32(mesh.vertices)
    return trimesh.Trimesh(vertices, mesh.faces, process=False).export(file_type="stl")
