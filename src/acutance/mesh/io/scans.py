"""Point clouds of laser scanners: LAS, LAZ and E57, read by libraries of their own."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from acutance.errors import InputError
from acutance.mesh.io import scan_process
from acutance.mesh.io.allowance import Allowance
from acutance.mesh.io.own_process import run_apart
from acutance.mesh.io.scan_process import Scan, las_points
from acutance.mesh.mesh import PointCloud
from acutance.mesh.reading import Reading

_FORMAT, _PACKED = 104, 0x80
"""Where a LAS file says what its points are (LAS 1.4, 2.4), and the bit of packed ones."""

_SECONDS, _SECONDS_OF_BYTE = 30, 1e-5
"""Time that reading may take apart: what is there for all, and 10 s for each megabyte."""


def read_las(data: bytes, path: Path) -> Reading:
    """The points of a LAS or LAZ file; those that are marked as noise or withheld are left out.

    Raises:
        ValueError: it is damaged.
        InputError: the library is not installed.
    """
    _need("laspy", "lazrs", path)
    if data[:4] != b"LASF":
        raise ValueError("it does not begin with the header of a LAS file")
    packed = len(data) > _FORMAT and data[_FORMAT] & _PACKED
    scan = _points_apart(path, len(data)) if packed else las_points(data)
    return _reading(scan, "marked as noise")


def read_e57(data: bytes, path: Path) -> Reading:
    """The points of all scans in an E57 file, each where its pose puts it.

    Raises:
        ValueError: it is damaged, or holds no scan with points.
        InputError: the library is not installed.
    """
    _need("pye57", "pyquaternion", path)
    if data[:8] != b"ASTM-E57":
        raise ValueError("it does not begin with the header of an E57 file")
    return _reading(_points_apart(path, len(data)), "marked as invalid")


def _points_apart(path: Path, size: int) -> Scan:
    """What a process of its own reads: a damaged file may end it."""
    seconds = _SECONDS + _SECONDS_OF_BYTE * size
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "points")
        try:
            done = run_apart(scan_process.__name__, str(path), str(target), seconds=seconds)
        except TimeoutError as error:
            raise ValueError(f"reading it did not end within {seconds:.0f} s") from error
        if not done:
            raise ValueError("its contents are damaged")
        Allowance(size).take(target.stat().st_size)
        with target.open("rb") as file:
            points, normals, left_out = (np.load(file, allow_pickle=False) for _ in range(3))
    return points, normals if len(normals) else None, int(left_out)


def _reading(scan: Scan, why: str) -> Reading:
    points, normals, left_out = scan
    notes = (f"Points that are {why} were left out: {left_out:,}.",) if left_out else ()
    return Reading(shape=PointCloud(points, normals), notes=notes)


def _need(library: str, helper: str, path: Path) -> None:
    if find_spec(library) is None or find_spec(helper) is None:
        raise InputError(
            f"{path} needs the library {library} to be read; install it with "
            "`pip install 'acutance[scan]'`."
        )
