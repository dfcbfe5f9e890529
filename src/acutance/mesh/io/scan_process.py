"""The points of scans, by libraries in native code; LAZ and E57 in a process of its own.

It starts fast since it imports nothing of PyTorch.
"""

import io
import sys
from pathlib import Path

import numpy as np

from acutance.mesh.io.own_process import limit_memory

Scan = tuple[np.ndarray, np.ndarray | None, int]
"""Points (N, 3), normals (N, 3) if there are some, and how many points were left out."""


def las_points(data: bytes) -> Scan:
    """The points of a LAS or LAZ file but for those that are marked as noise or withheld.

    Raises:
        ValueError: its header claims more points than there are; exceptions of the library.
    """
    import laspy

    for count, where, size in ((100, 104, 54), (243, 247, 60)):  # records before and after points
        claimed = int.from_bytes(data[count:where], "little")
        if (count == 100 or data[24:26] >= b"\x01\x04") and claimed * size > len(data):
            raise ValueError(f"its header claims {claimed:,} records, more than it has room for")
    with laspy.open(io.BytesIO(data)) as reader:
        head = reader.header
        there = (len(data) - head.offset_to_point_data) // head.point_format.size
        if not head.are_points_compressed and head.point_count > there:
            raise ValueError(
                f"its header claims {head.point_count:,} points, but it is cut off after "
                f"{max(there, 0):,}"
            )
        found = reader.read()
    points = np.asarray(found.xyz, dtype=np.float64)
    left_out = np.isin(found.classification, (7, 18))  # low and high noise
    if "withheld" in found.point_format.dimension_names:
        left_out |= np.asarray(found.withheld, dtype=bool)
    normals = None
    for names in (("NormalX", "NormalY", "NormalZ"), ("nx", "ny", "nz")):
        if set(names) <= set(found.point_format.dimension_names):
            normals = np.stack([np.asarray(found[name], np.float64) for name in names], axis=1)
            normals = normals[~left_out]
    return points[~left_out], normals, int(np.sum(left_out))


def e57_points(path: str) -> Scan:
    """The points of all scans in an E57 file, each where its pose puts it."""
    import pye57

    file = pye57.E57(path)  # the library reads from paths only
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
    points = np.concatenate([np.empty((0, 3)), *parts])
    return points, None, held - len(points)


def convert_scan(source: str, target: str) -> None:
    """Write what is in one file into three arrays of another, which is not compressed."""
    limit_memory()
    if source.lower().endswith(".e57"):
        points, normals, left_out = e57_points(source)
    else:
        points, normals, left_out = las_points(Path(source).read_bytes())
    with Path(target).open("wb") as file:
        for array in (points, np.empty((0, 3)) if normals is None else normals, left_out):
            np.save(file, np.asarray(array), allow_pickle=False)


if __name__ == "__main__":
    convert_scan(*sys.argv[1:])
