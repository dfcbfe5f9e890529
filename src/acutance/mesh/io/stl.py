"""Meshes from and to STL files, by trimesh."""

import re

import numpy as np

from acutance.mesh.io.float32 import COARSEST, CoarseError, distinct_float32, float32_spacing
from acutance.mesh.io.scene import EMPTY, read_scene, to_trimesh
from acutance.mesh.mesh import PointCloud, TriangleMesh


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
    mesh = read_scene(data, "stl") if expected else EMPTY
    held = len(mesh.faces) if isinstance(mesh, TriangleMesh) else 0
    if held != expected:
        raise ValueError(f"it begins {expected} triangles, but holds {held}")
    return mesh


def write_stl(mesh: TriangleMesh) -> bytes:
    """The mesh as a binary STL file.

    Raises:
        CoarseError: the shape is so far from the origin that 32-bit numbers would distort it.
    """
    spacing, size = float32_spacing(mesh)
    if spacing > COARSEST * size:
        raise CoarseError(
            f"coordinates reach {np.abs(mesh.bounds).max():g}, where its 32-bit numbers are "
            f"{spacing:.2g} apart, too coarse for a shape of size {size:g}. Write PLY, OBJ or GLB."
        )
    return to_trimesh(distinct_float32(mesh.vertices), mesh).export(file_type="stl")
