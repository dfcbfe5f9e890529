"""Normals as files give them: of length 1, or not there at all."""

import numpy as np

from acutance.mesh.mesh import PointCloud

LEAST_NORMALS = 0.99
"""Least part of the points that must have a normal: estimators leave a few stray points at zero."""


def with_unit_normals(cloud: PointCloud) -> tuple[PointCloud, tuple[str, ...]]:
    """The cloud with normals of length 1, and what the user should know.

    Zero and NaN stand for no normal. A few points without one are left out; where more than one in
    a hundred has none, all normals are, so that they get estimated.

    Example:
        >>> points = np.eye(3)
        >>> with_unit_normals(PointCloud(points, 2 * points))[0].normals.tolist()[0]
        [1.0, 0.0, 0.0]
        >>> with_unit_normals(PointCloud(points, 0 * points))[1]
        ('All 3 normals are zero or NaN, and were left out.',)
    """
    if cloud.normals is None:
        return cloud, ()
    finite = np.isfinite(cloud.normals).all(axis=1, keepdims=True)
    normals = np.where(finite, cloud.normals, 0.0)
    # Divided by the largest component first, so that no square overflows or vanishes.
    largest = np.abs(normals).max(axis=1, keepdims=True)
    normals = normals / np.where(largest > 0, largest, 1.0)
    known = largest[:, 0] > 0
    if np.mean(known) < LEAST_NORMALS:
        missing, count = int(np.sum(~known)), len(known)
        share = f"All {count:,}" if missing == count else f"{missing:,} of {count:,}"
        rest = "" if missing == count else "; so were the others"
        return PointCloud(cloud.points), (
            f"{share} normals are zero or NaN, and were left out{rest}.",
        )
    normals = normals[known] / np.linalg.norm(normals[known], axis=1, keepdims=True)
    notes = (
        ()
        if known.all()
        else (f"Points whose normal is zero or NaN were left out: {int(np.sum(~known)):,}.",)
    )
    return PointCloud(cloud.points[known], normals), notes
