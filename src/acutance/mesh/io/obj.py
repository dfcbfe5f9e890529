"""Meshes from and to Wavefront OBJ files.

The reader is our own, because mesh libraries cut concave polygons wrongly, and misread the relative
indices of files with several objects.
"""

from acutance.mesh.io.rows import decode, numbers
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.polygons import grouped, triangulate


def read_obj(data: bytes) -> TriangleMesh:
    """The faces of all objects and groups in a Wavefront OBJ file; vertices are not welded.

    Raises:
        ValueError: there is no vertex or face, or one is damaged.
    """
    text = decode(data).replace("\\\r\n", " ").replace("\\\n", " ")
    records = [line.split() for line in text.splitlines() if line.lstrip()[:1] in ("v", "f")]
    vertices = numbers([r[1:4] for r in records if r[0] == "v"], "vertex")
    faces = [[corner.split("/", 1)[0] for corner in r[1:]] for r in records if r[0] == "f"]
    if any(corner.startswith("-") for face in faces for corner in face):
        faces = _absolute_faces(records)
    if not faces:
        raise ValueError("it holds no faces (lines that begin with 'f')")
    return triangulate(vertices, grouped(faces), first=1)


def _absolute_faces(records: list[list[str]]) -> list[list[str]]:
    """The faces, their negative indices resolved: these count back from the latest vertex."""
    count, faces = 0, list[list[str]]()
    for record in records:
        if record[0] == "v":
            count += 1
        elif record[0] == "f":
            corners = [int(corner.split("/", 1)[0]) for corner in record[1:]]
            faces.append([str(c + count + 1 if c < 0 else c) for c in corners])
    return faces


def write_obj(mesh: TriangleMesh) -> bytes:
    """The mesh as an OBJ file, its coordinates in full."""
    vertices = (f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist())
    faces = (f"f {a} {b} {c}" for a, b, c in (mesh.faces + 1).tolist())
    return "\n".join([*vertices, *faces, ""]).encode()
