"""Point clouds from columns of numbers in text, and from NumPy's files."""

import io
import math
import warnings
import zipfile

import numpy as np
from jaxtyping import Shaped

from acutance.mesh.io.allowance import open_zip
from acutance.mesh.io.columns import read_table
from acutance.mesh.io.roles import find_roles
from acutance.mesh.mesh import PointCloud
from acutance.mesh.reading import Reading

HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
"""Versions of the format that hold arrays of numbers."""


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
    with open_zip(data) as archive:
        held = [name.removesuffix(".npy") for name in archive.namelist()]
        if "points" not in held:
            told = ", ".join(held)[:60] or "nothing"
            raise ValueError(f"an array named 'points' was expected; it holds {told}")
        names = [name for name in ("points", "normals") if name in held]
        arrays = [read_array(archive.read(f"{name}.npy")) for name in names]
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
    points = read_array(data)
    _check_shape(points)
    return PointCloud(points.astype(np.float64))


def read_array(content: bytes) -> Shaped[np.ndarray, "..."]:
    """The array of numbers in the contents of an NPY file.

    `numpy.load` makes room for as much as the header says, whatever there is.

    Raises:
        ValueError: it is no NPY file, holds anything but numbers, or is not as long as it says.

    Example:
        >>> file = io.BytesIO()
        >>> np.save(file, np.eye(2))
        >>> read_array(file.getvalue()).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    file = io.BytesIO(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python, whose syntax damaged headers do not have
        version = np.lib.format.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f"arrays of version {version[0]}.{version[1]} are not read")
        shape, fortran, dtype = HEADERS[version](file)
    if dtype.kind not in "fiu":
        raise ValueError("it holds arrays that are no numbers")
    if len(content) - file.tell() != math.prod(shape) * dtype.itemsize:
        raise ValueError("an array is not as long as it says")
    array = np.frombuffer(content, dtype, offset=file.tell())
    return array.reshape(shape, order="F" if fortran else "C")


def _check_shape(array: np.ndarray) -> None:
    if array.ndim != 2 or array.shape[1] != 3:
        raise ValueError(
            f"arrays of numbers of shape (N, 3) were expected, not {array.dtype} of shape "
            f"{array.shape}"
        )
