"""Meshes and point clouds from PLY files, and meshes to them.

The format is that of Turk 1994, "The PLY Polygon File Format".

The reader is our own, because mesh libraries leave out polygons of mixed size in binary files (the
usual export of modelling programs) and the normals of point clouds.
"""

import struct
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, Shaped

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.polygons import surface_of
from acutance.mesh.reading import Reading

_CODES = {
    **dict.fromkeys(("char", "int8"), "b"),
    **dict.fromkeys(("uchar", "uint8"), "B"),
    **dict.fromkeys(("short", "int16"), "h"),
    **dict.fromkeys(("ushort", "uint16"), "H"),
    **dict.fromkeys(("int", "int32"), "i"),
    **dict.fromkeys(("uint", "uint32"), "I"),
    **dict.fromkeys(("int64",), "q"),
    **dict.fromkeys(("uint64",), "Q"),
    **dict.fromkeys(("float", "float32"), "f"),
    **dict.fromkeys(("double", "float64"), "d"),
}
"""Type codes shared by `struct` and NumPy."""

_ORDERS = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}

NORMALS = (("nx", "ny", "nz"), ("normal_x", "normal_y", "normal_z"))
"""Names of the columns of normals: those of most programs, and those of the Point Cloud Library."""

Rows = Shaped[np.ndarray, " rows"]
"""Rows of one layout, a structured array."""


@dataclass(frozen=True)
class _Property:
    """A column: its name, the code of its type, and for a list the code of its length."""

    name: str
    code: str
    length: str = ""


@dataclass(frozen=True)
class _Element:
    """A table: its name, its number of rows and its columns."""

    name: str
    count: int
    properties: list[_Property]

    def layout(self, order: str, lengths: tuple[int, ...]) -> np.dtype:
        """The layout of a row whose lists have the given lengths; lengths are named ``#list``."""
        fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
        remaining = iter(lengths)
        for column in self.properties:
            if column.length:
                fields.append(("#" + column.name, order + column.length))
                fields.append((column.name, order + column.code, (next(remaining),)))
            else:
                fields.append((column.name, order + column.code))
        return np.dtype(fields)


def read_ply(data: bytes) -> Reading:
    """The mesh in a PLY file; or, if it has no faces, the point cloud, with normals if it has.

    Faces may be polygons or triangle strips. Vertices are not welded, and nothing but the indices
    is checked.

    Raises:
        ValueError: the file is no PLY file, or is damaged.
    """
    order, elements, position = _parse_header(data)
    if order == "=":  # text: the same tables with every value a double
        data = np.array(data[position:].split(), dtype=np.float64).tobytes()
        position = 0
    tables: dict[str, list[Rows]] = {}
    for element in elements:
        tables[element.name], position = _read_element(element, order, data, position)
    left = data[position:].strip()
    if left and order == "=":
        raise ValueError("it holds more than its header describes")
    reading = _reading(tables)
    return reading.noting(f"{len(left):,} bytes after its data are left out.") if left else reading


def _reading(tables: dict[str, list[Rows]]) -> Reading:
    """The surface, or else the points, in the tables of a file."""
    vertex = tables.get("vertex") or [np.empty(0, [(axis, "f8") for axis in "xyz"])]
    vertices = _columns(vertex[0], "x", "y", "z")
    groups = [_indices(table) for table in tables.get("face", [])]
    for table in tables.get("tristrips", []):
        groups += [_strip_faces(strip) for strip in _indices(table)]
    if groups:
        return surface_of(vertices, groups)
    held = set(vertex[0].dtype.names or ())
    named = next((names for names in NORMALS if held.issuperset(names)), None)
    normals = None if named is None else _columns(vertex[0], *named)
    return Reading(shape=PointCloud(vertices, normals))


def _indices(table: Rows) -> Int[np.ndarray, "rows corners"]:
    """The lists of vertex indices in a table."""
    names = table.dtype.names or ()
    name = next((n for n in ("vertex_indices", "vertex_index") if "#" + n in names), None)
    if name is None:
        raise ValueError("its faces have no list of vertex indices")
    return table[name].astype(np.int64)


def _strip_faces(strip: Int[np.ndarray, " corners"]) -> Int[np.ndarray, "faces 3"]:
    """The triangles of strips, one after the other; -1 ends a strip, and every second one turns."""
    if len(strip) < 3:
        return np.empty((0, 3), dtype=np.int64)
    faces = np.lib.stride_tricks.sliding_window_view(strip, 3)
    ends = np.concatenate([[-1], np.flatnonzero(strip < 0)])
    place = np.arange(len(faces))
    place = place - ends[np.searchsorted(ends, place, side="right") - 1] - 1
    turned = np.where((place % 2 == 1)[:, None], faces[:, [1, 0, 2]], faces).astype(np.int64)
    return turned[(turned >= 0).all(axis=1)]


def _columns(table: Rows, *names: str) -> Shaped[np.ndarray, "rows columns"]:
    missing = set(names) - set(table.dtype.names or ())
    if missing:
        raise ValueError(f"its vertices have no column '{min(missing)}'")
    return np.stack([table[name].astype(np.float64) for name in names], axis=1)


def _parse_header(data: bytes) -> tuple[str, list[_Element], int]:
    """Byte order, elements, and where the body starts; for text every value is a double."""
    end = data.find(b"end_header")
    if data[:3] != b"ply" or end < 0:
        raise ValueError("it does not begin with the header of a PLY file")
    order, elements = "", list[_Element]()
    for line in data[:end].decode("ascii", errors="replace").splitlines():
        match line.split():
            case ["format", word, _] if word in _ORDERS:
                order = _ORDERS[word]
            case ["element", name, count] if count.isdigit():
                elements.append(_Element(name, int(count), []))
            case ["property", "list", length, kind, name] if elements:
                elements[-1].properties.append(_Property(name, _code(kind), _code(length)))
            case ["property", kind, name] if elements:
                elements[-1].properties.append(_Property(name, _code(kind)))
            case ["ply"] | [] | ["comment" | "obj_info", *_]:
                pass
            case _:
                raise ValueError(f"its header has the line '{line.strip()[:60]}'")
    if not order:
        raise ValueError("its header names no known format")
    if order == "=":
        for element in elements:
            element.properties[:] = [
                _Property(p.name, "d", "d" if p.length else "") for p in element.properties
            ]
    newline = data.find(b"\n", end)
    return order, elements, len(data) if newline < 0 else newline + 1


def _code(kind: str) -> str:
    if kind not in _CODES:
        raise ValueError(f"its header names the unknown type '{kind[:60]}'")
    return _CODES[kind]


def _read_element(element: _Element, order: str, data: bytes, start: int) -> tuple[list[Rows], int]:
    """The rows of an element, one table for each set of list lengths, and where they end."""
    if not element.count or not element.properties:
        return [], start
    lengths = _list_lengths(element, order, data, start)
    row = element.layout(order, lengths)
    end = start + element.count * row.itemsize
    if end <= len(data):
        table = np.frombuffer(data, row, element.count, start)
        lists = [name for name in table.dtype.names or () if name.startswith("#")]
        if all(np.all(table[n] == size) for n, size in zip(lists, lengths, strict=True)):
            return [table], end
    elif not lengths:
        raise _cut_off(element, (len(data) - start) // row.itemsize)
    return _read_ragged(element, order, data, start)


def _read_ragged(element: _Element, order: str, data: bytes, start: int) -> tuple[list[Rows], int]:
    """As `_read_element`, where the lengths of lists differ from row to row: row by row."""
    starts: dict[tuple[int, ...], list[int]] = {}
    rows: dict[tuple[int, ...], np.dtype] = {}
    position = start
    for index in range(element.count):
        lengths = _list_lengths(element, order, data, position, index)
        if lengths not in rows:
            rows[lengths] = element.layout(order, lengths)
        starts.setdefault(lengths, []).append(position)
        position += rows[lengths].itemsize
        if position > len(data):
            raise _cut_off(element, index)
    raw = np.frombuffer(data, np.uint8)
    tables = []
    for lengths, row in rows.items():
        bytes_of_rows = np.array(starts[lengths])[:, None] + np.arange(row.itemsize)
        tables.append(raw[bytes_of_rows].view(row)[:, 0])
    if element.name == "vertex":  # faces count them in the order of the file
        tables = [_joined(element, tables, np.argsort(np.concatenate(list(starts.values()))))]
    return tables, position


def _joined(
    element: _Element,
    tables: list[Shaped[np.ndarray, " _"]],
    places: Int[np.ndarray, " all_rows"],
) -> Shaped[np.ndarray, " all_rows"]:
    """The rows of tables in one, at the places of each, without their lists."""
    joined = np.empty(len(places), [(c.name, "f8") for c in element.properties if not c.length])
    for name in joined.dtype.names or ():
        joined[name] = np.concatenate([table[name] for table in tables])[places]
    return joined


def _list_lengths(
    element: _Element, order: str, data: bytes, position: int, index: int = 0
) -> tuple[int, ...]:
    """The lengths of the lists in the row at `position`."""
    lengths = []
    for column in element.properties:
        if column.length:
            kind = order + column.length
            if position + struct.calcsize(kind) > len(data):
                raise _cut_off(element, index)
            length = int(struct.unpack_from(kind, data, position)[0])
            # A longer list than the file is damage, and would be an absurd allocation.
            if not 0 <= length <= len(data):
                raise ValueError(f"its {element.name} {index} claims {length} corners")
            lengths.append(length)
            position += struct.calcsize(kind) + length * struct.calcsize(order + column.code)
        else:
            position += struct.calcsize(order + column.code)
    return tuple(lengths)


def _cut_off(element: _Element, held: int) -> ValueError:
    return ValueError(
        f"its header claims {element.count} rows of '{element.name}', but the file ends after "
        f"{held}"
    )


def write_ply(mesh: TriangleMesh) -> bytes:
    """The mesh as a binary PLY file, its coordinates in full."""
    header = (
        "ply\nformat binary_little_endian 1.0\ncomment Acutance\n"
        f"element vertex {len(mesh.vertices)}\n"
        "property double x\nproperty double y\nproperty double z\n"
        f"element face {len(mesh.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.empty(len(mesh.faces), dtype=[("size", "u1"), ("corners", "<i4", (3,))])
    faces["size"], faces["corners"] = 3, mesh.faces
    return header.encode() + mesh.vertices.astype("<f8").tobytes() + faces.tobytes()
