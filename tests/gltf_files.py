"""glTF files made by hand, for what no library writes."""

import json
import struct
from typing import Any

import numpy as np

KINDS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
SHAPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}


class Builder:
    """A glTF file made by hand: one buffer, to which arrays are added."""

    def __init__(self) -> None:
        self.data = b""
        self.header: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "accessors": [],
            "bufferViews": [],
        }

    def view(self, data: bytes, **more: Any) -> int:
        self.data += bytes(-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **more}
        self.header["bufferViews"].append(view)
        self.data += data
        return len(self.header["bufferViews"]) - 1

    def accessor(self, array: np.ndarray, **more: Any) -> int:
        array = array.reshape(len(array), -1)
        entry = {
            "bufferView": self.view(array.tobytes()),
            "componentType": KINDS[array.dtype.str[1:]],
            "count": len(array),
            "type": SHAPES[array.shape[1]],
            **more,
        }
        self.header["accessors"].append({k: v for k, v in entry.items() if v is not None})
        return len(self.header["accessors"]) - 1

    def mesh(self, position: int, indices: int | None, **more: Any) -> None:
        primitive = {"attributes": {"POSITION": position}, **more}
        if indices is not None:
            primitive["indices"] = indices
        self.header.setdefault("meshes", []).append({"primitives": [primitive]})

    def glb(self) -> bytes:
        self.header["buffers"] = [{"byteLength": len(self.data)}]
        text = json.dumps(self.header).encode()
        text += b" " * (-len(text) % 4)
        data = self.data + bytes(-len(self.data) % 4)
        body = struct.pack("<I4s", len(text), b"JSON") + text
        body += struct.pack("<I4s", len(data), b"BIN\0") + data
        return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body

    def gltf(self, uri: str) -> str:
        self.header["buffers"] = [{"byteLength": len(self.data), "uri": uri}]
        return json.dumps(self.header)
