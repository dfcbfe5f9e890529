"""Meshes from and to OFF files (Geomview's Object File Format).

The reader is our own, because mesh libraries do not notice that a file is cut off, and cut concave
polygons wrongly.
"""

import re

from acutance.mesh.io.rows import decode, numbers
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.polygons import grouped, surface_of
from acutance.mesh.reading import Reading


def read_off(data: bytes) -> Reading:
    """The faces of an OFF file (also COFF and NOFF, and ModelNet's counts beside the keyword).

    Raises:
        ValueError: it is no such file, or holds fewer rows than its header claims.
    """
    lines = [line for line in re.sub(r"#.*", "", decode(data)).splitlines() if line.strip()]
    keyword = re.match(r"\s*(?:ST)?C?N?OFF(?!\s*BINARY)(.*)", lines[0] if lines else "", re.I)
    if not keyword:
        raise ValueError("it does not begin with the word OFF of a text file in three dimensions")
    rows = lines[1:]
    if keyword.group(1).strip():
        rows.insert(0, keyword.group(1))
    counts = rows[0].split() if rows else []
    if len(counts) < 2 or not all(count.isdigit() for count in counts[:2]):
        raise ValueError("the line of counts after the word OFF is missing")
    vertex_count, face_count = int(counts[0]), int(counts[1])
    if len(rows) - 1 < vertex_count + face_count:
        raise ValueError(
            f"its header claims {vertex_count} vertices and {face_count} faces, but only "
            f"{len(rows) - 1} rows follow"
        )
    if not face_count:
        raise ValueError("it holds no faces")
    vertices = numbers([row.split()[:3] for row in rows[1 : vertex_count + 1]], "vertex")
    faces = [_face_indices(row) for row in rows[vertex_count + 1 : vertex_count + face_count + 1]]
    reading = surface_of(vertices, grouped(faces))
    further = len(rows) - 1 - vertex_count - face_count
    if not further:
        return reading
    return reading.noting(f"{further:,} rows after the {face_count:,} faces are left out.")


def _face_indices(row: str) -> list[str]:
    """The vertex indices in the row of a face; a colour may follow them."""
    size, *corners = row.split()
    if not size.isdecimal():
        raise ValueError(f"a face was expected, not '{row[:60]}'")
    if len(corners) < int(size):
        raise ValueError(f"a face of {size} corners names only {len(corners)}")
    return corners[: int(size)]


def write_off(mesh: TriangleMesh) -> bytes:
    """The mesh as an OFF file, its coordinates in full."""
    header = f"OFF\n{len(mesh.vertices)} {len(mesh.faces)} 0"
    vertices = (f"{x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist())
    faces = (f"3 {a} {b} {c}" for a, b, c in mesh.faces.tolist())
    return "\n".join([header, *vertices, *faces, ""]).encode()
