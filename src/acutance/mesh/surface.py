"""Random points on the faces of a mesh."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from acutance.machine.cores import cores
from acutance.mesh.mesh import TriangleMesh

CHUNK = 1 << 17
"""Points that a thread places at a time; the same on every machine, so that a seed gives the same
points everywhere."""


@dataclass(frozen=True)
class SurfaceSamples:
    """Points on a surface, the unit normals of their faces, and the faces' indices."""

    points: Float[np.ndarray, "points 3"]
    normals: Float[np.ndarray, "points 3"]
    faces: Int[np.ndarray, " points"]


def sample_surface(mesh: TriangleMesh, count: int, rng: np.random.Generator) -> SurfaceSamples:
    """Points distributed uniformly by area, stratified over the faces.

    The cumulative area is cut into `count` equal strata with one point each, so that every face
    gets its share to within one point. Within a face the square-root rule makes the points
    uniform (Osada et al. 2002, "Shape Distributions", eq. 1). The order is random.

    Args:
        mesh: a mesh with at least one face of positive area.
        count: number of points.
        rng: source of randomness.

    Returns:
        `count` points in the frame of the mesh, with the unit normals and indices of their faces.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> samples = sample_surface(Box(half=(1, 1, 1)).mesh(), 1200, np.random.default_rng(0))
        >>> samples.points.shape, bool(np.allclose(np.abs(samples.points).max(axis=1), 1))
        ((1200, 3), True)
        >>> np.bincount(samples.faces).tolist() == [100] * 12
        True
    """
    cumulative = np.cumsum(mesh.face_areas)
    strata = (np.arange(count) + rng.random(count)) * cumulative[-1] / count
    faces = np.searchsorted(cumulative, strata, side="right").clip(max=len(cumulative) - 1)
    faces = rng.permutation(faces)
    points, normals = np.empty((count, 3)), np.empty((count, 3))
    triangles, face_normals = mesh.triangles, mesh.face_normals

    def place(part: slice, rng: np.random.Generator) -> None:
        chosen = faces[part]
        # Eq. 1: P = (1 − √r₁) A + √r₁ (1 − r₂) B + √r₁ r₂ C with r₁, r₂ uniform in [0, 1].
        root, r2 = np.sqrt(rng.random((len(chosen), 1))), rng.random((len(chosen), 1))
        a, b, c = triangles[chosen].transpose(1, 0, 2)
        points[part] = (1 - root) * a + root * (1 - r2) * b + root * r2 * c
        normals[part] = face_normals[chosen]

    parts = [slice(*ends) for ends in pairwise([*range(0, count, CHUNK), count])]
    seeds = rng.integers(1 << 62, size=len(parts))
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(place, parts, map(np.random.default_rng, seeds)))
    return SurfaceSamples(points, normals, faces)
