"""Meshes from and to Wavefront OBJ files.

The reader is our own, because mesh libraries cut concave polygons wrongly, and misread the relative
indices of files with several objects.
"""

from collections.abc import Iterable, Iterator

from acutance.mesh.io.rows import decode, numbers
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.polygons import grouped, surface_of
from acutance.mesh.reading import Reading


def read_obj(data: bytes) -> Reading:
    """The faces of all objects and groups in a Wavefront OBJ file; vertices are not welded.

    Raises:
        ValueError: there is no vertex or face, or one is damaged.
    """
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    lines: Iterable[str] = text.split("\n")
    if "\\" in text:
        lines = _continued(lines)
    kept = [line for line in lines if line.lstrip()[:1] in ("v", "f")]
    if "#" in text:
        kept = [line.partition("#")[0] for line in kept]
    records = [line.split() for line in kept]
    vertices = numbers([r[1:4] for r in records if r[0] == "v"], "vertex")
    faces = [[corner.split("/", 1)[0] for corner in r[1:]] for r in records if r[0] == "f"]
    if any(corner.startswith("-") for face in faces for corner in face):
        faces = _absolute_faces(records)
    if not faces:
        raise ValueError("it holds no faces (lines that begin with 'f')")
    return surface_of(vertices, grouped(faces), first=1)


def _continued(lines: Iterable[str]) -> Iterator[str]:
    """Lines of vertices and faces with those that continue them: a backslash ends the former.

    A backslash at the end of a comment, a name or a path is part of it, and what follows is a line
    of its own; so is a line that begins with a word, whatever stands before it.
    """
    waiting = ""
    for line in lines:
        if waiting and line.lstrip()[:1].isalpha():
            yield waiting
            waiting = ""
        whole = waiting + " " + line if waiting else line
        waiting = ""
        begun = whole.partition("#")[0].rstrip()
        if begun.endswith("\\") and begun.lstrip()[:1] in ("v", "f"):
            waiting = begun[:-1]
        else:
            yield whole
    yield waiting


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
