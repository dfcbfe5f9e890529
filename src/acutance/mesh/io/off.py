"""Meshes from OBJ and OFF files, and point clouds from columns of numbers.

Own readers, because the mesh libraries take in silence what is damage (a cut-off OFF file), cut
concave polygons wrongly, and misread OBJ's relative indices in files of several objects.
"""

import re

import numpy as np
from jaxtyping import Float

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.polygons import grouped, parsed, triangulate


def read_obj(data: bytes) -> TriangleMesh:
    """The faces of all objects and groups in a Wavefront OBJ file; vertices are not welded.

    Raises:
        ValueError: there is no vertex or face, or one is damaged.
    """
    text = _decode(data).replace("\\\r\n", " ").replace("\\\n", " ")
    records = [line.split() for line in text.splitlines() if line.lstrip()[:1] in ("v", "f")]
    vertices = _rows([r[1:4] for r in records if r[0] == "v"], "vertex")
    faces = [[corner.split("/", 1)[0] for corner in r[1:]] for r in records if r[0] == "f"]
    if any(corner.startswith("-") for face in faces for corner in face):
        faces = _absolute(records)
    if not faces:
        raise ValueError("it holds no faces (lines that begin with 'f')")
    return triangulate(vertices, grouped(faces), first=1)


def _absolute(records: list[list[str]]) -> list[list[str]]:
    """Faces whose negative corners, which count back from the last vertex so far, are resolved."""
    seen, faces = 0, list[list[str]]()
    for record in records:
        if record[0] == "v":
            seen += 1
        elif record[0] == "f":
            corners = [int(corner.split("/", 1)[0]) for corner in record[1:]]
            faces.append([str(c + seen + 1 if c < 0 else c) for c in corners])
    return faces


def read_off(data: bytes) -> TriangleMesh:
    """The faces of an OFF file (also COFF and NOFF, and ModelNet's counts beside the keyword).

    Raises:
        ValueError: it is no such file, or holds fewer rows than its header claims.
    """
    lines = [line for line in re.sub(r"#.*", "", _decode(data)).splitlines() if line.strip()]
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
    vertices = _rows([row.split()[:3] for row in rows[1 : vertex_count + 1]], "vertex")
    faces = []
    for row in rows[vertex_count + 1 : vertex_count + face_count + 1]:
        size, *corners = row.split()
        if not size.isdecimal():
            raise ValueError(f"a face was expected, not '{row[:60]}'")
        if len(corners) < int(size):
            raise ValueError(f"a face of {size} corners names only {len(corners)}")
        faces.append(corners[: int(size)])
    return triangulate(vertices, grouped(faces))


def read_columns(data: bytes) -> PointCloud:
    """Points from rows of three numbers, or points and normals from rows of six.

    Numbers are separated by blanks, commas or semicolons; ``#`` and ``//`` begin a comment.

    Raises:
        ValueError: a row is damaged, or the columns are neither three nor six.
    """
    text = re.sub(r"(#|//).*", "", _decode(data)).translate({ord(","): " ", ord(";"): " "})
    rows = [row for row in map(str.split, text.splitlines()) if row]
    columns = len(rows[0]) if rows else 0
    if columns not in (3, 6):
        raise ValueError(
            f"rows of 3 numbers (points) or 6 (points and normals) were expected, not of {columns}"
        )
    table = _rows(rows, "row", columns)
    if columns == 3:
        return PointCloud(table)
    # Normals of a surface look to all sides; colours are never negative.
    if table[:, 3:].min() >= 0:
        raise ValueError(
            "columns 4 to 6 are never negative, so they are no normals; keep the first three"
        )
    return PointCloud(table[:, :3], table[:, 3:])


def _rows(rows: list[list[str]], name: str, columns: int = 3) -> Float[np.ndarray, "rows columns"]:
    if not rows:
        raise ValueError(f"it holds no {name}")
    odd = next((row for row in rows if len(row) != columns), None)
    if odd is not None:
        raise ValueError(f"a {name} of {columns} numbers was expected, not '{' '.join(odd)[:60]}'")
    return parsed(rows, float, f"{name} of {columns} numbers")


def _decode(data: bytes) -> str:
    """Text in any encoding: numbers and keywords are ASCII, names may be anything."""
    if b"\0" in data:
        raise ValueError("it is no text")
    return data.decode("utf-8-sig", errors="replace")
