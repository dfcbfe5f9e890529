"""Triangle meshes to files, so that reading them again gives the same surface."""

from collections.abc import Callable, Sequence
from pathlib import Path

from acutance.errors import InputError
from acutance.machine.files import check_writable, write_file
from acutance.mesh.io.apart import vertices_apart
from acutance.mesh.io.float32 import CoarseError
from acutance.mesh.io.obj import write_obj
from acutance.mesh.io.off import write_off
from acutance.mesh.io.ply import write_ply
from acutance.mesh.io.scenes.glb import write_glb
from acutance.mesh.io.scenes.threemf import write_3mf
from acutance.mesh.io.stl import check_stl, write_stl
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Shape
from acutance.mesh.units import Unit, check_unit

_WRITERS: dict[str, Callable[[TriangleMesh, Unit | None], bytes]] = {
    ".obj": lambda mesh, unit: write_obj(mesh),
    ".ply": lambda mesh, unit: write_ply(mesh),
    ".stl": lambda mesh, unit: write_stl(mesh),
    ".off": lambda mesh, unit: write_off(mesh),
    ".glb": write_glb,
    ".3mf": write_3mf,
}

MESH_ENDINGS = tuple(_WRITERS)
"""Endings of the files that meshes are written into."""

_CLAIMED = {".glb": "metres", ".3mf": "millimetres"}
"""What formats that have a unit make of coordinates in one that nobody named."""


def save_mesh(mesh: TriangleMesh, path: str | Path, unit: Unit | None = None) -> None:
    """Writes a mesh as .obj, .ply, .stl, .off, .glb or .3mf, by the ending, whole or not at all.

    Coordinates are written as they are. 3MF names their unit, and GLB, which is in metres, scales
    them into these by the matrix of its node; `unit_message` says what happens without a unit. PLY
    (binary), OBJ, OFF and 3MF hold coordinates in full; STL (binary) and GLB hold 32-bit numbers.
    Vertices of a closed manifold are kept so far apart that no reader merges them (see
    `vertices_apart`). In GLB,
    a shape far from the origin is stored around its own centre, with that centre as the
    translation of its node. No format is given normals: viewers then shade every face by its own,
    and creases stay sharp.

    Args:
        mesh: the mesh, in the coordinates to write.
        path: where to write; missing folders are created, an existing file is replaced.
        unit: that of the coordinates, where it is known.

    Raises:
        InputError: the ending is none of these, the file cannot be written, or STL is asked for
            and the shape lies so far from the origin that 32-bit numbers cannot hold it, or there
            is no such unit.

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
    unit = None if unit is None else check_unit(unit)
    try:
        data = encode(vertices_apart(mesh), unit)
    except CoarseError as error:
        raise _unheld(path, error) from error
    write_file(path, data)


def unit_message(paths: Sequence[Path], unit: Unit | None) -> tuple[str, ...]:
    """What readers of the files will take for the unit, where nobody named it.

    Example:
        >>> unit_message([Path("a.ply"), Path("a.3mf")], None)
        ('The unit of the input is not known: a.3mf counts its coordinates as millimetres. ...',)
        >>> unit_message([Path("a.3mf")], "in")
        ()
    """
    claims = [f"{p.name} counts its coordinates as {_CLAIMED[e]}" for p, e in _with_unit(paths)]
    if unit is not None or not claims:
        return ()
    return (
        f"The unit of the input is not known: {' and '.join(claims)}. Give it by --unit, such as "
        "--unit mm.",
    )


def _with_unit(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """The files of a format that has a unit, each with its ending."""
    endings = [(path, path.suffix.lower()) for path in paths]
    return [(path, ending) for path, ending in endings if ending in _CLAIMED]


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


def check_coordinates(path: Path, shape: Shape) -> None:
    """Makes sure that a format holds coordinates like those of a shape, before the work.

    Raises:
        InputError: it doesn't.
    """
    if path.suffix.lower() == ".stl":
        try:
            check_stl(shape)
        except CoarseError as error:
            raise _unheld(path, error) from error


def _unheld(path: Path, error: CoarseError) -> InputError:
    return InputError(f"{path} cannot be written as {path.suffix[1:].upper()}: {error}")


def _writer(path: Path) -> Callable[[TriangleMesh, Unit | None], bytes]:
    """What makes the file, by its ending."""
    encode = _WRITERS.get(path.suffix.lower())
    if encode is None:
        what = "is a folder" if path.is_dir() else f"has the ending '{path.suffix}'"
        raise InputError(f"{path} {what}; a mesh is written as one of {' '.join(_WRITERS)}.")
    return encode
