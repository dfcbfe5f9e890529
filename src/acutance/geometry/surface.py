"""Random points on the faces of a mesh."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from acutance.geometry.mesh import TriangleMesh


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
    """
    cumulative = np.cumsum(mesh.face_areas)
    strata = (np.arange(count) + rng.random(count)) * (cumulative[-1] / count)
    faces = np.searchsorted(cumulative, strata, side="right").clip(max=len(cumulative) - 1)
    faces = rng.permutation(faces)
    root, along = np.sqrt(rng.random((count, 1))), rng.random((count, 1))
    a, b, c = mesh.triangles[faces].transpose(1, 0, 2)
    points = (1 - root) * a + root * (1 - along) * b + root * along * c
    return SurfaceSamples(points, mesh.face_normals[faces], faces)
