"""Triangle meshes to files, so that reading them again gives the same surface."""

from collections.abc import Callable
from pathlib import Path

from acutance.errors import InputError
from acutance.machine.files import check_writable, write_file
from acutance.mesh.io.apart import vertices_apart
from acutance.mesh.io.float32 import CoarseError
from acutance.mesh.io.gltf import write_glb
from acutance.mesh.io.obj import write_obj
from acutance.mesh.io.off import write_off
from acutance.mesh.io.ply import write_ply
from acutance.mesh.io.stl import write_stl
from acutance.mesh.io.threemf import write_3mf
from acutance.mesh.mesh import TriangleMesh

_WRITERS: dict[str, Callable[[TriangleMesh], bytes]] = {
    ".obj": write_obj,
    ".ply": write_ply,
    ".stl": write_stl,
    ".off": write_off,
    ".glb": write_glb,
    ".3mf": write_3mf,
}


def save_mesh(mesh: TriangleMesh, path: str | Path) -> None:
    """Writes a mesh as .obj, .ply, .stl, .off, .glb or .3mf, by the ending, whole or not at all.

    Coordinates are written as they are. PLY (binary), OBJ, OFF and 3MF hold them in full; STL
    (binary) and GLB hold 32-bit numbers. Vertices of a closed manifold are kept so far apart that
    no reader merges them (see `vertices_apart`). In GLB,
    a shape far from the origin is stored around its own centre, with that centre as the
    translation of its node. No format is given normals: viewers then shade every face by its own,
    and creases stay sharp.

    Args:
        mesh: the mesh, in the coordinates to write.
        path: where to write; missing folders are created, an existing file is replaced.

    Raises:
        InputError: the ending is none of these, the file cannot be written, or STL is asked for
            and the shape lies so far from the origin that 32-bit numbers cannot hold it.

    Example:
        >>> from acutance.mesh.io.load import load
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> save_mesh(box, "box.ply")
        >>> bool((load("box.ply").vertices == box.vertices).all())
        True
    """
    path = Path(path)
    encode = _writer(path)
    try:
        data = encode(vertices_apart(mesh))
    except CoarseError as error:
        kind = path.suffix[1:].upper()
        raise InputError(f"{path} cannot be written as {kind}: {error}") from error
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
