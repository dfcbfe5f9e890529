"""Samples near creases: how well sharp edges are kept."""

import numpy as np
from jaxtyping import Bool
from scipy.spatial import cKDTree

from acutance.mesh.creases import CREASE_ANGLE
from acutance.mesh.mesh import PointCloud

NEIGHBOURS = 16
"""Nearest samples that are looked at: bounds the work where samples lie densely."""

REACH = 0.008
"""How far a crease may be from a sample that counts as near to it, in radii of the reference."""

LEAST_PART = 0.005
"""Part of a shape's samples that lie near creases at least if it has any: fewer are the odd folds
of a smooth scan, too few for a number that means something."""


def near_crease(samples: PointCloud) -> Bool[np.ndarray, " points"]:
    """Whether each sample lies near a crease; none if fewer than `LEAST_PART` do.

    It does if one of its `NEIGHBOURS` nearest samples within `REACH` has a normal with
    |n·m| < cos `CREASE_ANGLE`. This is the edge Chamfer distance of Neural Marching Cubes (Chen and
    Zhang 2021; after BSP-Net, Chen et al. 2020) with other constants: they take
    |n·m| < 0.2, an angle of 78°, within 0.004 of a unit box. As there, the sign is left out, so
    that the two sides of a thin plate are no crease. Taken from samples rather than from edges of
    the mesh, it does not depend on the triangulation.

    Args:
        samples: points with normals, in the frame where the reference has radius 1.
    """
    if samples.normals is None or len(samples.points) < 2:
        return np.zeros(len(samples.points), dtype=bool)
    count = min(NEIGHBOURS + 1, len(samples.points))
    distance, index = cKDTree(samples.points).query(
        samples.points, k=count, distance_upper_bound=REACH, workers=-1
    )
    place, rank = np.nonzero(np.isfinite(distance))
    normals, others = samples.normals[place], samples.normals[index[place, rank]]
    turned = np.abs(np.einsum("ij,ij->i", normals, others)) < np.cos(np.deg2rad(CREASE_ANGLE))
    near = np.zeros(len(samples.points), dtype=bool)
    near[place[turned]] = True
    return near & (near.mean() >= LEAST_PART)
