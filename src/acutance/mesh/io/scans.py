"""Point clouds of laser scanners: LAS, LAZ and E57, read by libraries of their own."""

import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud
from acutance.mesh.reading import Reading


def read_las(data: bytes, path: Path) -> Reading:
    """The points of a LAS or LAZ file; those that are marked as noise or withheld are left out.

    Raises:
        ValueError: it is damaged.
        InputError: the library is not installed.
    """
    _need("laspy", "lazrs", path)
    import laspy

    if data[:4] != b"LASF":
        raise ValueError("it does not begin with the header of a LAS file")
    with laspy.open(io.BytesIO(data)) as file:
        found = file.read()
    points = np.asarray(found.xyz, dtype=np.float64)
    left_out = np.isin(found.classification, (7, 18))  # low and high noise
    if "withheld" in found.point_format.dimension_names:
        left_out |= np.asarray(found.withheld, dtype=bool)
    normals = None
    for names in (("NormalX", "NormalY", "NormalZ"), ("nx", "ny", "nz")):
        if set(names) <= set(found.point_format.dimension_names):
            normals = np.stack([np.asarray(found[name], np.float64) for name in names], axis=1)
            normals = normals[~left_out]
    return _reading(points[~left_out], normals, int(np.sum(left_out)), "marked as noise")


def read_e57(data: bytes, path: Path) -> Reading:
    """The points of all scans in an E57 file, each where its pose puts it.

    Raises:
        ValueError: it is damaged, or holds no scan with points.
        InputError: the library is not installed.
    """
    _need("pye57", "pyquaternion", path)
    import pye57

    if data[:8] != b"ASTM-E57":
        raise ValueError("it does not begin with the header of an E57 file")
    file = pye57.E57(str(path))  # the library reads from paths only
    try:
        scans = [
            file.read_scan(number, ignore_missing_fields=True) for number in range(file.scan_count)
        ]
        held = sum(file.get_header(number).point_count for number in range(file.scan_count))
    finally:
        file.close()
    parts = [
        np.stack([np.asarray(scan[f"cartesian{axis}"], np.float64) for axis in "XYZ"], axis=1)
        for scan in scans
    ]
    if not parts:
        raise ValueError("it holds no scan with points")
    points = np.concatenate(parts)
    return _reading(points, None, held - len(points), "marked as invalid")


def _reading(points: np.ndarray, normals: np.ndarray | None, left_out: int, why: str) -> Reading:
    notes = (f"Points that are {why} were left out: {left_out:,}.",) if left_out else ()
    return Reading(shape=PointCloud(points, normals), notes=notes)


def _need(library: str, helper: str, path: Path) -> None:
    if find_spec(library) is None or find_spec(helper) is None:
        raise InputError(
            f"{path} needs the library {library} to be read; install it with "
            "`pip install 'acutance[scan]'`."
        )
