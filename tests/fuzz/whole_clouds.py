"""Small whole files of the formats of point clouds."""

import io
from pathlib import Path

import numpy as np

COUNT = 150
"""Points of a cloud: a Fibonacci lattice on an ellipsoid."""


def cloud() -> tuple[np.ndarray, np.ndarray]:
    """Points and outward normals."""
    z = 1 - (2 * np.arange(COUNT) + 1) / COUNT
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(COUNT)
    ring = np.sqrt(1 - z**2)
    ball = np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)
    axes = np.array([3.0, 2.0, 1.0])
    normals = ball / axes
    return ball * axes, normals / np.linalg.norm(normals, axis=1, keepdims=True)


def rows(*parts: np.ndarray, separator: str = " ") -> list[str]:
    """Lines of numbers."""
    table = np.concatenate(parts, axis=1)
    return [separator.join(f"{x:.5f}" for x in row) for row in table.tolist()]


def text_files() -> dict[str, bytes]:
    """Titles, counts, comments, quotes, colours, intensities, decimal commas and blanks."""
    points, normals = cloud()
    colours = np.tile([[10.0, 20.0, 255.0]], (COUNT, 1))
    semicolons = [row.replace(".", ",") for row in rows(points, normals, separator=";")]
    files = {
        "a.xyz": ["# x y z nx ny nz", "", *rows(points, normals)],
        "a.txt": ["//X Y Z Intensity R G B", *rows(points, points[:, :1], colours)],
        "a.csv": ['"time","x","y","z"', *rows(points[:, :1], points, separator=",")],
        "b.csv": ["x;y;z;nx;ny;nz", *semicolons],
        "a.pts": [str(COUNT), *rows(points, -1000 * points[:, :1], colours)],
        "a.asc": ["ncols_like header", *rows(points, separator="\t")],
    }
    return {name: "\n".join([*lines, ""]).encode() for name, lines in files.items()}


def array_files() -> dict[str, bytes]:
    """NPY in 32 bits, NPZ with normals."""
    points, normals = cloud()
    single, several = io.BytesIO(), io.BytesIO()
    np.save(single, points.astype("<f4"))
    np.savez_compressed(several, points=points, normals=normals, colours=points)
    return {"a.npy": single.getvalue(), "a.npz": several.getvalue()}


def ply_cloud() -> bytes:
    """Points with normals and no faces."""
    names = "".join(f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz"))
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {COUNT}\n{names}end_header\n"
    return head.encode() + np.concatenate(cloud(), axis=1).astype("<f4").tobytes()


def write_scans(folder: Path) -> None:
    """LAS, LAZ and E57, by their libraries, where they are installed."""
    points, normals = cloud()
    try:
        import laspy
        import lazrs  # noqa: F401
    except ImportError:
        pass
    else:
        header = laspy.LasHeader(point_format=3, version="1.2")
        header.offsets, header.scales = points.min(axis=0), [1e-4] * 3
        header.add_extra_dims([laspy.ExtraBytesParams(name, "f4") for name in ("nx", "ny", "nz")])
        file = laspy.LasData(header)
        file.x, file.y, file.z = points.T
        file.nx, file.ny, file.nz = normals.T
        file.classification = np.r_[7, np.zeros(COUNT - 1)].astype(np.uint8)
        for ending in ("las", "laz"):
            file.write(str(folder / f"a.{ending}"))
    try:
        import pye57
    except ImportError:
        return
    columns = {f"cartesian{axis}": column for axis, column in zip("XYZ", points.T, strict=True)}
    scans = pye57.E57(str(folder / "a.e57"), mode="w")
    for shift in (0.0, 3.0):
        scans.write_scan_raw(
            columns, rotation=np.array([0.8, 0, 0, 0.6]), translation=np.array([shift, 0, 0])
        )
    scans.close()
