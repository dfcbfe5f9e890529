"""Point clouds from columns of numbers in text, and from NumPy's files."""

import io
import zipfile

import numpy as np

from acutance.mesh.io.allowance import open_zip
from acutance.mesh.io.columns import read_table
from acutance.mesh.io.roles import find_roles
from acutance.mesh.mesh import PointCloud
from acutance.mesh.reading import Reading


def read_columns(data: bytes) -> Reading:
    """Points, with normals if there are some, from columns of text, and what was decided.

    See `read_table` for how the numbers may be written and `find_roles` for how positions and
    normals are found among them.

    Raises:
        ValueError: a row is damaged, or it can't be told what the columns are.
    """
    table = read_table(data)
    roles = find_roles(table)
    normals = None if roles.normals is None else table.values[:, list(roles.normals)]
    cloud = PointCloud(table.values[:, list(roles.points)], normals)
    return Reading(shape=cloud, notes=table.notes + roles.notes)


def read_npz(data: bytes) -> PointCloud:
    """The arrays ``points`` and, if it is there, ``normals``; pickled objects are never opened.

    Raises:
        ValueError: it is no NPZ archive, lacks ``points``, or an array has another shape than
            (N, 3).
    """
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise ValueError("it is no NPZ archive")
    open_zip(data).close()
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        if "points" not in archive:
            held = ", ".join(archive.files)[:60] or "nothing"
            raise ValueError(f"an array named 'points' was expected; it holds {held}")
        arrays = [archive[name] for name in ("points", "normals") if name in archive]
    for array in arrays:
        _check_shape(array)
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"it holds {len(arrays[0])} points but {len(arrays[1])} normals")
    return PointCloud(*(array.astype(np.float64) for array in arrays))


def read_npy(data: bytes) -> PointCloud:
    """An array of positions; pickled objects are never opened.

    Raises:
        ValueError: it is no NPY array of shape (N, 3).
    """
    if not data.startswith(b"\x93NUMPY"):
        raise ValueError("it is no NPY array")
    points = np.load(io.BytesIO(data), allow_pickle=False)
    _check_shape(points)
    return PointCloud(points.astype(np.float64))


def _check_shape(array: np.ndarray) -> None:
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] != 3:
        raise ValueError(
            f"arrays of numbers of shape (N, 3) were expected, not {array.dtype} of shape "
            f"{array.shape}"
        )
