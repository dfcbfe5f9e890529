"""Any mesh or point cloud from a file, checked."""

import stat
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from acutance.errors import InputError, InputWarning
from acutance.mesh.io.obj import read_obj
from acutance.mesh.io.off import read_off
from acutance.mesh.io.ply import read_ply
from acutance.mesh.io.points import read_columns, read_npy, read_npz
from acutance.mesh.io.scans import read_e57, read_las
from acutance.mesh.io.scenes.gltf import read_gltf
from acutance.mesh.io.scenes.step import read_step
from acutance.mesh.io.scenes.threemf import read_3mf
from acutance.mesh.io.stl import read_stl
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import LARGEST
from acutance.mesh.reading import Reading, Shape
from acutance.mesh.unit_normals import with_unit_normals
from acutance.mesh.units import Unit
from acutance.mesh.weld import weld
from acutance.types import PointArray

FLATTEST = 1e-6
"""Least extent relative to the largest: below, it is the rounding of 32-bit coordinates."""

COLUMNS = (".xyz", ".xyzn", ".xyzrgb", ".txt", ".csv", ".pts", ".asc")
"""Endings of text files with one point a line."""

_READERS: dict[str, Callable[[bytes, Path], Shape | Reading]] = {
    ".obj": lambda data, path: read_obj(data),
    ".ply": lambda data, path: read_ply(data),
    ".stl": lambda data, path: read_stl(data),
    ".off": lambda data, path: read_off(data),
    ".glb": read_gltf,
    ".gltf": read_gltf,
    ".3mf": lambda data, path: read_3mf(data),
    ".step": read_step,
    ".stp": read_step,
    **dict.fromkeys(COLUMNS, lambda data, path: read_columns(data)),
    ".las": read_las,
    ".laz": read_las,
    ".e57": read_e57,
    ".npz": lambda data, path: read_npz(data),
    ".npy": lambda data, path: read_npy(data),
}


def read(path: str | Path, unit: Unit | None = None) -> Reading:
    """The mesh or point cloud in a file, its unit, and what the reader passed over or assumed.

    Meshes: OBJ, PLY, STL, OFF, GLB, glTF, 3MF. All parts of a scene are merged with their
    transforms, polygons are cut into triangles, vertices at exactly the same place are welded,
    vertices that no face uses and faces that repeat a vertex are dropped. Point clouds: PLY
    without faces, columns of text (XYZ, TXT, CSV, PTS, ASC: see `read_columns`), LAS, LAZ and E57
    (extra ``scan``), NPZ (arrays ``points`` and perhaps ``normals``), NPY (an array of positions).
    Points that are NaN are left out. Normals are scaled to length 1; where more than a few are zero
    or NaN, all are left out.

    Args:
        path: the file; its ending says which format it is.
        unit: the unit of the coordinates, whatever the file says of it.

    Returns:
        The shape in the coordinates of the file. Its unit is the one given, or else what the file
        says: glTF is in metres, 3MF names its unit, the others have none.

    Raises:
        InputError: there is no such file, it cannot be read, or what it holds has no extent in
            three dimensions, coordinates that are no numbers, or faces of vertices that are not
            there.

    Example:
        >>> reading = read("ball.ply", unit="mm")
        >>> type(reading.shape).__name__, reading.unit, reading.notes
        ('TriangleMesh', 'mm', ())
    """
    path = Path(path)
    reading = _read_unchecked(path)
    shape = reading.shape
    if isinstance(shape, PointCloud):
        cloud, notes = _checked_cloud(shape, path)
        reading = reading.with_shape(cloud).noting(*notes)
    else:
        reading = reading.with_shape(_checked(shape, path))
    return reading if unit is None else reading.in_unit(unit)


def load(path: str | Path) -> Shape:
    """The mesh or point cloud in a file, in the coordinates and units of the file.

    The short way of `read`, which see: what the reader has to say comes as an `InputWarning`.

    Args:
        path: the file; its ending says which format it is.

    Raises:
        InputError: as `read`.

    Example:
        >>> mesh = load("ball.ply")
        >>> type(mesh).__name__, mesh.vertices.shape, mesh.faces.shape
        ('TriangleMesh', (642, 3), (1280, 3))
    """
    reading = read(path)
    for note in reading.notes:
        warnings.warn(note, InputWarning, stacklevel=2)
    return reading.shape


def load_points(path: str | Path, unit: Unit | None = None) -> PointArray:
    """The points of a cloud, or the vertices of a mesh, in the coordinates of the file.

    Args:
        path: the file; its ending says which format it is.
        unit: that the points are wanted in, where the file says what it is in.

    Raises:
        InputError: the file cannot be read, or holds no points or coordinates that are no numbers.

    Example:
        >>> load_points("ball.ply").shape
        (642, 3)
    """
    path = Path(path)
    shape = _read_unchecked(path).brought_into(unit).shape
    points = shape.points if isinstance(shape, PointCloud) else shape.vertices
    if not len(points):
        raise InputError(f"{path} holds no points; export it again.")
    _check_finite(points, "points", path)
    return np.ascontiguousarray(points)


def _read_unchecked(path: Path) -> Reading:
    """The mesh or point cloud in the file, unchecked."""
    data = _contents(path)
    try:
        with np.errstate(all="ignore"):  # what comes out is checked afterwards
            return _with_positions(Reading.of(_READERS[path.suffix.lower()](data, path)))
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path} needs more memory to read than there is.") from error
    except Exception as error:
        # Readers fail on damaged files in ways of their own; a plain ValueError explains itself.
        reason = str(error) if type(error) is ValueError else "its contents are damaged"
        kind = path.suffix[1:].upper()
        raise InputError(
            f"{path} cannot be read as {kind}: {reason}. Check the file, or export it again."
        ) from error


def _with_positions(reading: Reading) -> Reading:
    """Clouds without the points that are NaN, as scanners write where nothing came back."""
    cloud = reading.shape
    if not isinstance(cloud, PointCloud):
        return reading
    known = ~np.isnan(cloud.points).any(axis=1)
    if known.all() or not known.any():
        return reading
    normals = None if cloud.normals is None else cloud.normals[known]
    return reading.with_shape(PointCloud(cloud.points[known], normals)).noting(
        f"Points without a position (NaN) were left out: {int(np.sum(~known)):,}."
    )


def _contents(path: Path) -> bytes:
    """The bytes of the file."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{path} is a folder; give the path of one file.")
        if not stat.S_ISREG(mode):
            raise InputError(f"{path} is no ordinary file (a device, pipe or socket); give a file.")
        if path.suffix.lower() not in _READERS:
            raise InputError(
                f"{path} has the ending '{path.suffix}'; expected one of {' '.join(_READERS)}."
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"{path} cannot be read: {reason}; check the path and its permissions."
        ) from error
    if not data:
        raise InputError(f"{path} is empty (0 bytes); export it again.")
    return data


def _checked(mesh: TriangleMesh, path: Path) -> TriangleMesh:
    """The mesh, welded, if it can bound a solid."""
    if not len(mesh.faces):
        raise InputError(
            f"{path} holds no faces; a surface needs faces (points alone are read from "
            f".ply {' '.join(COLUMNS)} .las .laz .e57 .npz .npy)."
        )
    unused = np.ones(len(mesh.vertices), bool)
    unused[mesh.faces] = False
    _check_finite(np.where(unused[:, None], 0.0, mesh.vertices), "vertices", path)
    mesh = weld(mesh)
    if len(mesh.faces) < 2:
        count = "no triangle" if not len(mesh.faces) else "one triangle"
        raise InputError(f"{path} holds {count} of three different corners; a solid needs more.")
    _check_extent(mesh.vertices, path)
    return mesh


def _checked_cloud(cloud: PointCloud, path: Path) -> tuple[PointCloud, tuple[str, ...]]:
    """The cloud, with normals of length 1, if it can lie on a solid, and what was left out."""
    if not len(cloud.points):
        raise InputError(f"{path} holds no points; export it again.")
    _check_finite(cloud.points, "points", path)
    _check_extent(cloud.points, path)
    cloud, notes = with_unit_normals(cloud)
    return PointCloud(np.ascontiguousarray(cloud.points), cloud.normals), notes


def _check_finite(values: PointArray, name: str, path: Path) -> None:
    wrong = np.flatnonzero(~np.all(np.abs(values) < LARGEST, axis=1))
    if len(wrong):
        raise InputError(
            f"{path} holds {name} that are NaN, infinite or beyond {LARGEST:g}: {len(wrong):,}, "
            f"the first with number {wrong[0]}, counted from 0; remove or mend them."
        )


def _check_extent(points: PointArray, path: Path) -> None:
    """Refuses what lies in a plane, on a line or in a point."""
    centred = points - points.mean(axis=0)
    size = np.abs(centred).max()
    centred = centred / size if size > 0 else centred
    directions = np.linalg.eigh(centred.T @ centred)[1]
    extents = np.ptp(centred @ directions, axis=0)
    if extents[0] > FLATTEST * extents.max():
        return
    if extents[1] > FLATTEST * extents.max():
        x, y, z = np.round(directions[:, 0] * np.sign(directions[:, 0].sum() or 1.0), 3) + 0.0
        where = f"in one plane, flat along the direction ({x:g}, {y:g}, {z:g})"
    else:
        where = "on one line" if size > 0 else "at one place"
    raise InputError(
        f"{path} lies {where}; a solid needs extent in three dimensions. Give the sheet a "
        "thickness, or choose another file."
    )
