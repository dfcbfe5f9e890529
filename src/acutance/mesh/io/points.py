"""Point clouds from columns of numbers in text, and from NumPy's files."""

import io
import re
import zipfile

import numpy as np

from acutance.mesh.io.allowance import open_zip
from acutance.mesh.io.rows import decode, numbers
from acutance.mesh.mesh import PointCloud


def read_columns(data: bytes) -> PointCloud:
    """Points from rows of three numbers, or points and normals from rows of six.

    Numbers are separated by blanks, commas or semicolons; ``#`` and ``//`` begin a comment.

    Raises:
        ValueError: a row is damaged, or the columns are neither three nor six.
    """
    text = re.sub(r"(#|//).*", "", decode(data)).translate({ord(","): " ", ord(";"): " "})
    rows = [row for row in map(str.split, text.splitlines()) if row]
    columns = len(rows[0]) if rows else 0
    if columns not in (3, 6):
        raise ValueError(
            f"rows of 3 numbers (points) or 6 (points and normals) were expected, not of {columns}"
        )
    table = numbers(rows, "row", columns)
    if columns == 3:
        return PointCloud(table)
    # The normals of a surface point in all directions; colours are never negative.
    if table[:, 3:].min() >= 0:
        raise ValueError(
            "columns 4 to 6 are never negative, so they are no normals; keep the first three"
        )
    return PointCloud(table[:, :3], table[:, 3:])


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
