"""Meshes from glTF and GLB files, and to GLB files, by trimesh."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from acutance.mesh.io.float32 import COARSEST, distinct_float32, float32_spacing
from acutance.mesh.io.scene import read_scene, to_trimesh
from acutance.mesh.mesh import PointCloud, TriangleMesh

_COMPRESSIONS = {"KHR_draco_mesh_compression", "EXT_meshopt_compression"}
_MOST_ELEMENTS = 100_000_000
"""An accessor of glTF without data is allocated as zeros; above this, it is damage."""

_BASE_COLOUR = (0.72, 0.74, 0.78, 1.0)


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
    return read_scene(data, kind, resolver=resolver, skip_materials=True)


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
    """Refuse what trimesh would read wrongly or not at all."""
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


def write_glb(mesh: TriangleMesh) -> bytes:
    """The mesh as a GLB file with a light grey material.

    Coordinates are 32-bit numbers. A shape far from the origin is stored around its own centre,
    with that centre as the translation of its node.
    """
    spacing, size = float32_spacing(mesh)
    # From ten times finer than what STL is refused for; nearer shapes keep their own coordinates.
    far = spacing > 0.1 * COARSEST * size
    centre = mesh.bounds.mean(axis=0) if far else np.zeros(3)
    part = to_trimesh(distinct_float32(mesh.vertices - centre), mesh)
    part.visual = trimesh.visual.TextureVisuals(
        material=trimesh.visual.material.PBRMaterial(
            baseColorFactor=_BASE_COLOUR, metallicFactor=0.0, roughnessFactor=0.7
        )
    )
    scene = trimesh.Scene()
    scene.add_geometry(
        part, node_name="mesh", transform=trimesh.transformations.translation_matrix(centre)
    )
    return scene.export(file_type="glb", include_normals=False)
