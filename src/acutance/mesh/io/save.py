"""Triangle meshes to files, so that reading them again gives the same surface."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import trimesh
from jaxtyping import Float

from acutance.errors import InputError
from acutance.machine.files import check_writable, write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.weld import coincident
from acutance.types import VertexArray

COARSEST = 1e-5
"""Spacing of 32-bit numbers relative to the shape's size from which on the shape would suffer."""

_BASE_COLOUR = (0.72, 0.74, 0.78, 1.0)


def save_mesh(mesh: TriangleMesh, path: str | Path) -> None:
    """Writes a mesh as .obj, .ply, .stl, .off, .glb or .3mf, by the ending, whole or not at all.

    Coordinates are written as they are. PLY (binary), OBJ, OFF and 3MF hold them in full; STL
    (binary) and GLB hold 32-bit numbers, where vertices that would fall on one place are kept
    apart by the smallest step, so that the surface read again hangs together as before. In GLB,
    a shape far from the origin is stored around its own centre, with that centre as the
    translation of its node. No format is given normals: viewers then shade every face by its own,
    and creases stay sharp.

    Args:
        mesh: the mesh, in the coordinates to write.
        path: where to write; missing folders are created, an existing file is replaced.

    Raises:
        InputError: the ending is none of these, the file cannot be written, or STL is asked for
            and the shape lies so far from the origin that 32-bit numbers cannot hold it.
    """
    path = Path(path)
    encode = _writer(path)
    try:
        data = encode(mesh)
    except _TooFarError as error:
        raise InputError(f"{path} cannot be written as STL: {error}") from error
    write_file(path, data)


def check_output(path: Path, source: Path | None = None) -> None:
    """Makes sure that a mesh can be written to a path, before the work that makes it.

    Args:
        path: where the mesh goes.
        source: the file that it is made from.

    Raises:
        InputError: the ending is none of a mesh, the place cannot be written, or it is the source.
    """
    if source is not None and path.exists() and path.samefile(source):
        raise InputError(f"{path} is the input, which is not overwritten; choose another name.")
    _writer(path)
    check_writable(path)


def _writer(path: Path) -> Callable[[TriangleMesh], bytes]:
    """What makes the file, by its ending."""
    encode = _WRITERS.get(path.suffix.lower())
    if encode is None:
        what = "is a folder" if path.is_dir() else f"has the ending '{path.suffix}'"
        raise InputError(f"{path} {what}; a mesh is written as one of {' '.join(_WRITERS)}.")
    return encode


class _TooFarError(ValueError):
    """The shape is too far from the origin for 32-bit numbers."""


def _obj(mesh: TriangleMesh) -> bytes:
    vertices = (f"v {x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist())
    faces = (f"f {a} {b} {c}" for a, b, c in (mesh.faces + 1).tolist())
    return "\n".join([*vertices, *faces, ""]).encode()


def _off(mesh: TriangleMesh) -> bytes:
    header = f"OFF\n{len(mesh.vertices)} {len(mesh.faces)} 0"
    vertices = (f"{x!r} {y!r} {z!r}" for x, y, z in mesh.vertices.tolist())
    faces = (f"3 {a} {b} {c}" for a, b, c in mesh.faces.tolist())
    return "\n".join([header, *vertices, *faces, ""]).encode()


def _ply(mesh: TriangleMesh) -> bytes:
    header = (
        "ply\nformat binary_little_endian 1.0\ncomment Acutance\n"
        f"element vertex {len(mesh.vertices)}\n"
        "property double x\nproperty double y\nproperty double z\n"
        f"element face {len(mesh.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    faces = np.empty(len(mesh.faces), dtype=[("size", "u1"), ("corners", "<i4", (3,))])
    faces["size"], faces["corners"] = 3, mesh.faces
    return header.encode() + mesh.vertices.astype("<f8").tobytes() + faces.tobytes()


def _stl(mesh: TriangleMesh) -> bytes:
    spacing, size = _float32_spacing(mesh)
    if spacing > COARSEST * size:
        raise _TooFarError(
            f"coordinates reach {np.abs(mesh.bounds).max():g}, where its 32-bit numbers are "
            f"{spacing:.2g} apart, too coarse for a shape of size {size:g}. Write PLY, OBJ or GLB."
        )
    return _trimesh(_distinct_float32(mesh.vertices), mesh).export(file_type="stl")


def _glb(mesh: TriangleMesh) -> bytes:
    spacing, size = _float32_spacing(mesh)
    # From ten times finer than what STL is refused for; nearer shapes keep their own coordinates.
    far = spacing > 0.1 * COARSEST * size
    centre = mesh.bounds.mean(axis=0) if far else np.zeros(3)
    part = _trimesh(_distinct_float32(mesh.vertices - centre), mesh)
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


def _3mf(mesh: TriangleMesh) -> bytes:
    return trimesh.Scene(_trimesh(mesh.vertices, mesh)).export(file_type="3mf")


_WRITERS: dict[str, Callable[[TriangleMesh], bytes]] = {
    ".obj": _obj,
    ".ply": _ply,
    ".stl": _stl,
    ".off": _off,
    ".glb": _glb,
    ".3mf": _3mf,
}


def _trimesh(vertices: Float[np.ndarray, "vertices 3"], mesh: TriangleMesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(vertices, mesh.faces, process=False)


def _float32_spacing(mesh: TriangleMesh) -> tuple[float, float]:
    """Spacing of 32-bit numbers at the farthest coordinate, and the largest extent of the mesh."""
    farthest = np.float32(np.abs(mesh.bounds).max())
    return float(np.spacing(farthest)), float(np.ptp(mesh.bounds, axis=0).max())


def _distinct_float32(vertices: VertexArray) -> Float[np.ndarray, "vertices 3"]:
    """The vertices in 32 bits; what differs in 64 bits still differs.

    Rounding lets close vertices fall together, and readers that merge equal vertices (all do, for
    STL) would then find faces that touch where they did not. Such vertices are moved away from
    the origin by one step of their largest coordinate until they are apart.
    """
    first = coincident(vertices)
    distinct, index = np.unique(first, return_inverse=True)
    points = vertices[distinct].astype(np.float32)
    while len(clash := np.flatnonzero(coincident(points) != np.arange(len(points)))):
        axis = np.abs(points[clash]).argmax(axis=1)
        value = points[clash, axis]
        points[clash, axis] = np.nextafter(value, np.copysign(np.float32(np.inf), value))
    return points[index]
