"""Meshes from AC3D files, the format of FlightGear's aircraft.

After http://www.inivis.com/ac3d/man/ac3dfileformat.html: a tree of objects, each with vertices of
its own, polygons over them, and a place in its parent.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.polygons import grouped, triangulate

_POLYGON, _LINES = 0, (1, 2)
"""What a surface is, in the lower four bits of its flags; the others say how it is shaded."""


@dataclass
class _Object:
    """One object as it stands in the file."""

    rotation: list[str] = field(default_factory=lambda: [*"100010001"])
    location: list[str] = field(default_factory=lambda: [*"000"])
    vertices: list[list[str]] = field(default_factory=list)
    polygons: list[list[str]] = field(default_factory=list)
    children: int = 0


@dataclass(frozen=True)
class _Frame:
    """How coordinates of an object, as rows, become those of the file: ``x @ rotation + location``.

    Rows, because the matrices of the file are those of OpenGL, which stand by columns.
    """

    rotation: Float[np.ndarray, "3 3"]
    location: Float[np.ndarray, "3"]

    def inside(self, child: _Object) -> "_Frame":
        """The frame of a child whose place is given in this one."""
        rotation = np.array(child.rotation, dtype=np.float64).reshape(3, 3)
        location = np.array(child.location, dtype=np.float64)
        return _Frame(rotation @ self.rotation, location @ self.rotation + self.location)


class _Lines:
    """The lines of a file, one after the other."""

    def __init__(self, data: bytes) -> None:
        if b"\0" in data:
            raise ValueError("it is no text")
        self._lines = iter(data.decode("utf-8-sig", errors="replace").splitlines())

    def next(self, expected: str) -> str:
        """The next line that is not blank."""
        for line in self._lines:
            if line.strip():
                return line
        raise ValueError(f"it is cut off where {expected} was expected")

    def find(self, word: str) -> bool:
        """Passes over lines until after one that begins with the word; whether there is one."""
        return any(line.split()[:1] == [word] for line in self._lines)

    def words(self, expected: str, least: int) -> list[str]:
        """The words of the next line, at least so many."""
        line = self.next(expected)
        words = line.split()
        if len(words) < least:
            raise ValueError(f"{expected} was expected, not '{line.strip()[:60]}'")
        return words

    def skip(self, characters: int) -> None:
        """Passes over the text of so many characters, ends of lines among them."""
        while characters > 0:
            characters -= len(next(self._lines, " " * characters)) + 1


def read_ac3d(data: bytes) -> TriangleMesh:
    """The polygons of all objects in an AC3D file as triangles, in its own units; y is up.

    Vertices are not welded. Materials, textures and creases are ignored; lines and polygons of
    fewer than three corners are left out; a polygon that is seen from both sides is taken once.

    Raises:
        ValueError: it is no such file, is cut off, or holds no polygon.
    """
    lines = _Lines(data)
    if not lines.next("the word AC3D").startswith("AC3D"):
        raise ValueError("it does not begin with the word AC3D")
    parts = list[TriangleMesh]()
    awaited = [(_Frame(np.eye(3), np.zeros(3)), 1)]  # how many objects come, and in what frame
    while awaited and (part := _object(lines)):
        parent, count = awaited.pop()
        frame = parent.inside(part)
        awaited += [(parent, count - 1)] if count > 1 else []
        awaited += [(frame, part.children)] if part.children else []
        if part.polygons:
            vertices = np.array(part.vertices or np.empty((0, 3)), dtype=np.float64)
            placed = vertices @ frame.rotation + frame.location
            parts.append(triangulate(placed, grouped(part.polygons)))
    return _joined(parts)


def _joined(parts: list[TriangleMesh]) -> TriangleMesh:
    if not parts:
        raise ValueError("it holds no polygons")
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)], dtype=np.int32)
    return TriangleMesh(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)]),
    )


def _object(lines: _Lines) -> _Object | None:
    """The object that comes next, up to the line that counts its children, which follow it.

    None at the end of the file: modelling programs write counts of children that are too large.
    """
    if not lines.find("OBJECT"):
        return None
    found = _Object()
    while True:
        word, *values = lines.words("the line 'kids' of an object", 1)
        if word == "kids":
            found.children = _count(word, values)
            return found
        if word == "loc":
            found.location = _exactly(3, word, values)
        elif word == "rot":
            found.rotation = _exactly(9, word, values)
        elif word == "data":
            lines.skip(_count(word, values))
        elif word == "numvert":
            found.vertices = [lines.words("a vertex", 3)[:3] for _ in range(_count(word, values))]
        elif word == "numsurf":
            surfaces = (_surface(lines) for _ in range(_count(word, values)))
            found.polygons = [corners for corners in surfaces if len(corners) >= 3]


def _surface(lines: _Lines) -> list[str]:
    """The corners of the next surface; none where it is no polygon."""
    kind = _POLYGON
    while True:
        word, *values = lines.words("a surface", 1)
        if word == "SURF":
            kind = int(_exactly(1, word, values)[0], 16) & 15
        elif word == "refs":
            corners = [lines.words("a corner", 1)[0] for _ in range(_count(word, values))]
            break
        elif word != "mat":
            raise ValueError(f"'refs' of a surface was expected, not '{word[:60]}'")
    if kind not in (_POLYGON, *_LINES):
        raise ValueError(f"surfaces of the kind {kind} are not supported, only polygons and lines")
    return corners if kind == _POLYGON else []


def _count(word: str, values: list[str]) -> int:
    if len(values) != 1 or not values[0].isdecimal():
        raise ValueError(f"a number was expected after '{word}', not '{' '.join(values)[:60]}'")
    return int(values[0])


def _exactly(count: int, word: str, values: list[str]) -> list[str]:
    if len(values) != count:
        raise ValueError(f"{count} values were expected after '{word}', not {len(values)}")
    return values
