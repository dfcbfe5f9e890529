"""Meshes from STL, glTF and 3MF files, read by trimesh; parts are merged with their transforms."""

import io
import json
import logging
import re
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.polygons import triangulate
from acutance.types import PointArray

# It logs tracebacks of what it survives; without a handler, Python prints them.
logging.getLogger("trimesh").addHandler(logging.NullHandler())

_EMPTY = TriangleMesh(np.empty((0, 3)), np.empty((0, 3), dtype=np.int32))
_COMPRESSIONS = {"KHR_draco_mesh_compression", "EXT_meshopt_compression"}
_MOST_ELEMENTS = 100_000_000
"""An accessor of glTF without data is allocated as zeros; above this, it is damage."""


def read_stl(data: bytes) -> TriangleMesh | PointCloud:
    """The triangles of a binary or text STL file, three vertices each.

    Raises:
        ValueError: it is no STL file, or holds fewer triangles than it claims.
    """
    text = data.lstrip()[:5].lower() == b"solid" and b"\0" not in data
    expected = int.from_bytes(data[80:84], "little")
    if text:
        expected = len(re.findall(rb"facet\s+normal", data.lower()))
    elif len(data) < 84 or b"\0" not in data:
        raise ValueError("it is neither a binary STL file nor begins with the word 'solid'")
    elif len(data) != 84 + 50 * expected:
        raise ValueError(
            f"its header claims {expected} triangles, {84 + 50 * expected} bytes, but the file "
            f"has {len(data)} bytes"
        )
    mesh = _merged(_scene(data, "stl")) if expected else _EMPTY
    held = len(mesh.faces) if isinstance(mesh, TriangleMesh) else 0
    if held != expected:
        raise ValueError(f"it begins {expected} triangles, but holds {held}")
    return mesh


def read_gltf(data: bytes, path: Path) -> TriangleMesh | PointCloud:
    """All triangles of the scene of a glTF or GLB file; its points if it has no triangles.

    Raises:
        ValueError: the file is damaged, or compressed.
    """
    header = _gltf_header(data)
    _check_gltf(header)
    for uri in (buffer.get("uri", "data:") for buffer in header.get("buffers", [])):
        if not uri.startswith("data:") and not (path.parent / uri).is_file():
            raise ValueError(f"its data, '{uri}', is not beside it")
    # Buffers in other files are looked for in the folder of this one, and nowhere else.
    resolver = trimesh.resolvers.FilePathResolver(str(path))
    kind = "glb" if data[:4] == b"glTF" else "gltf"
    return _merged(_scene(data, kind, resolver=resolver, skip_materials=True))


def read_3mf(data: bytes) -> TriangleMesh | PointCloud:
    """All triangles of the items that a 3MF file would print, in the unit of the file."""
    return _merged(_scene(data, "3mf"))


def _scene(data: bytes, kind: str, **options: Any) -> trimesh.Scene:
    try:
        with warnings.catch_warnings():
            # NumPy before 2.4 stops at what is no number, and only warns.
            warnings.filterwarnings("error", message="string or file could not be read")
            return trimesh.load_scene(io.BytesIO(data), file_type=kind, process=False, **options)
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError("its contents are damaged") from error


def _merged(scene: trimesh.Scene) -> TriangleMesh | PointCloud:
    meshes, clouds = [_EMPTY], list[PointArray]()
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        part = scene.geometry[name]
        if isinstance(part, trimesh.PointCloud):
            clouds.append(_moved(part.vertices, matrix))
        elif isinstance(part, trimesh.Trimesh):
            faces = np.asarray(part.faces, dtype=np.int64).reshape(-1, 3)
            # A mirrored part turns its faces inside out (glTF 2.0, 3.7.4).
            faces = faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else faces
            meshes.append(triangulate(_moved(part.vertices, matrix), [faces]))
    if len(meshes) == 1 and clouds:
        return PointCloud(np.concatenate(clouds))
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    return TriangleMesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate(
            [mesh.faces + start for mesh, start in zip(meshes, starts[:-1], strict=True)]
        ).astype(np.int32),
    )


def _moved(points: Any, matrix: Any) -> PointArray:
    return np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def _gltf_header(data: bytes) -> dict[str, Any]:
    """The JSON of a glTF file, or of the first chunk of a GLB file (glTF 2.0, 4.4)."""
    if data[:4] != b"glTF":
        return json.loads(data.decode("utf-8-sig"))
    if len(data) < 20:
        raise ValueError("it is cut off in its header")
    claimed, chunk = struct.unpack_from("<II", data, 8)
    if claimed > len(data):
        raise ValueError(f"its header claims {claimed} bytes, but the file has {len(data)}")
    return json.loads(data[20 : 20 + chunk])


def _check_gltf(header: dict[str, Any]) -> None:
    compression = _COMPRESSIONS & set(header.get("extensionsRequired", []))
    if compression:
        raise ValueError(f"its geometry is compressed ({min(compression)}); export it without")
    accessors = header.get("accessors", [])
    if any("bufferView" not in a and a["count"] > _MOST_ELEMENTS for a in accessors):
        raise ValueError("its header claims an absurd number of elements")
    primitives = [p for mesh in header.get("meshes", []) for p in mesh["primitives"]]
    for primitive in primitives:
        index = primitive["attributes"]["POSITION"]
        if "sparse" in accessors[index] or "bufferView" not in accessors[index]:
            raise ValueError("its positions are stored sparsely, which is not supported")
        if primitive.get("mode", 4) == 6:
            raise ValueError("its faces are triangle fans, which are not supported")
