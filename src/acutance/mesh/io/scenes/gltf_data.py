"""The data of a glTF file: buffers, and the arrays that accessors describe (glTF 2.0, 3.6)."""

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

import numpy as np
from jaxtyping import Shaped

from acutance.mesh.io.allowance import Allowance

_TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}

Values = Shaped[np.ndarray, "count width"]


class GltfData:
    """What the accessors of a glTF or GLB file hold.

    Attributes:
        header: its JSON.
        allowance: how much the file may become.
    """

    def __init__(self, data: bytes, folder: Path) -> None:
        """Read the header; buffers in other files are read from `folder` when they are needed.

        Raises:
            ValueError: the file is damaged.
        """
        self.header, self._chunk = _parts(data)
        self.allowance = Allowance(len(data))
        self._folder = folder
        self._buffers: dict[int, bytes] = {}

    def values(self, index: int) -> Values:
        """The rows of an accessor as float64, or as integers where they are not `normalized`.

        Raises:
            ValueError: it reaches beyond its data.
        """
        accessor = self.header["accessors"][index]
        kind, width = np.dtype(_TYPES[accessor["componentType"]]), _WIDTHS[accessor["type"]]
        count = int(accessor["count"])
        self.allowance.take(max(count, 0) * width * 8)
        if "bufferView" in accessor:
            rows = self._rows(accessor, kind, width, count)
        else:
            rows = np.zeros((count, width), kind)
        if "sparse" in accessor:
            rows = self._replaced(rows, accessor["sparse"])
        return _denormalized(rows) if accessor.get("normalized") else rows

    def _rows(self, accessor: dict[str, Any], kind: np.dtype, width: int, count: int) -> Values:
        """The rows that a bufferView holds, perhaps with gaps between them."""
        view = self.header["bufferViews"][accessor["bufferView"]]
        start, end = int(view.get("byteOffset", 0)), 0
        end = start + int(view["byteLength"])
        start += int(accessor.get("byteOffset", 0))
        row = width * kind.itemsize
        stride = int(view.get("byteStride", 0)) or row
        buffer = self._buffer(view["buffer"])
        needed = start + (count - 1) * stride + row if count else start
        if count < 0 or start < 0 or stride < row or needed > min(end, len(buffer)):
            raise ValueError(f"an accessor of {count} rows reaches beyond its data")
        shape, strides = (count, width), (stride, kind.itemsize)
        return np.ndarray(shape, kind, buffer, start, strides).copy()

    def _replaced(self, rows: Values, sparse: dict[str, Any]) -> Values:
        """The rows, with those that are stored apart in their place."""
        count = int(sparse["count"])
        indices, values = sparse["indices"], sparse["values"]
        places = self._rows(indices, np.dtype(_TYPES[indices["componentType"]]), 1, count)[:, 0]
        if count and int(places.max()) >= len(rows):
            raise ValueError("a sparse accessor replaces a row that is not there")
        rows[places] = self._rows(values, rows.dtype, rows.shape[1], count)
        return rows

    def _buffer(self, index: int) -> bytes:
        """The bytes of a buffer: in the file itself, in its text, or in a file beside it."""
        if index not in self._buffers:
            uri = self.header["buffers"][index].get("uri")
            if uri is None:
                self._buffers[index] = self._chunk
            elif uri.startswith("data:"):
                self._buffers[index] = _embedded(uri)
            else:
                self._buffers[index] = self._beside(uri)
        return self._buffers[index]

    def _beside(self, uri: str) -> bytes:
        """A file in the folder of this one, and nowhere else."""
        for name in (unquote(uri), uri):  # some programs don't escape what they write
            path = self._folder / name
            inside = not Path(name).is_absolute() and ".." not in Path(name).parts
            if inside and path.is_file():
                return path.read_bytes()
        raise ValueError(f"its data, '{unquote(uri)[:120]}', is not beside it")


def _parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON of the file, and the binary chunk of a GLB file (glTF 2.0, 4.4)."""
    if data[:4] != b"glTF":
        return _object(data), b""
    if len(data) < 20:
        raise ValueError("it is cut off in its header")
    claimed = struct.unpack_from("<I", data, 8)[0]
    if claimed > len(data):
        raise ValueError(f"its header claims {claimed} bytes, but the file has {len(data)}")
    chunks, position = dict[bytes, bytes](), 12
    while position + 8 <= claimed:
        length, kind = struct.unpack_from("<I4s", data, position)
        chunks.setdefault(kind, data[position + 8 : position + 8 + length])
        position += 8 + length
    return _object(chunks.get(b"JSON", b"")), chunks.get(b"BIN\0", b"")


def _object(text: bytes) -> dict[str, Any]:
    header = json.loads(text.decode("utf-8-sig"))
    if not isinstance(header, dict):
        raise TypeError("no JSON object")
    return header


def _embedded(uri: str) -> bytes:
    """The bytes of a data URI (RFC 2397)."""
    head, _, body = uri.partition(",")
    if not head.endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(unquote(body))
    except binascii.Error as error:
        raise ValueError("the data within its text is damaged") from error


def _denormalized(rows: Values) -> Values:
    """Whole numbers as the fractions that they stand for (glTF 2.0, 3.11)."""
    if rows.dtype.kind == "f":
        return rows
    return np.maximum(rows / float(np.iinfo(rows.dtype).max), -1.0)
