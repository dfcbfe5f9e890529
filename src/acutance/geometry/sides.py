"""What lies on the two sides of the faces of a mesh."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.geometry.mesh import TriangleMesh
from acutance.geometry.surface import SurfaceSamples, sample_surface
from acutance.types import PointArray

OFFSET = 2e-5
"""Height of the probes above and below a face: above float32 rounding, below any detail."""

SAMPLES = 50_000
"""Probed points spread by area, besides the centre of every face."""


@dataclass(frozen=True)
class Sides:
    """Whether outside begins in front of (where the normal points to) and behind face points."""

    points: PointArray
    normals: PointArray
    faces: Int[np.ndarray, " points"]
    front: Bool[np.ndarray, " points"]
    back: Bool[np.ndarray, " points"]


def probe_sides(
    mesh: TriangleMesh,
    outside: Callable[[PointArray], Bool[np.ndarray, " points"]],
    rng: np.random.Generator,
    *,
    count: int = SAMPLES,
) -> Sides:
    """Ask on both sides of every face's centre and of points all over the surface.

    Faces of no area have no sides and are left out.
    """
    spread = sample_surface(mesh, count, rng)
    flat = np.flatnonzero(mesh.face_areas > 0)
    points = np.concatenate([mesh.triangles[flat].mean(axis=1), spread.points])
    faces = np.concatenate([flat, spread.faces])
    return sides_of(points, mesh.face_normals[faces], faces, outside)


def sides_of(
    points: PointArray,
    normals: PointArray,
    faces: Int[np.ndarray, " points"],
    outside: Callable[[PointArray], Bool[np.ndarray, " points"]],
) -> Sides:
    """Ask on both sides of given points on faces."""
    shift: Float[np.ndarray, "points 3"] = OFFSET * normals
    front, back = outside(points + shift), outside(points - shift)
    return Sides(points, normals, faces, front, back)


def faces_at(mesh: TriangleMesh, faces: Int[np.ndarray, " picked"]) -> TriangleMesh:
    """The mesh of the faces that are named at least once."""
    return TriangleMesh(mesh.vertices, mesh.faces[np.unique(faces)])


def joined(parts: list[SurfaceSamples], count: int) -> SurfaceSamples:
    """The first `count` samples of all parts together."""
    points, normals, faces = (
        np.concatenate([getattr(part, name) for part in parts])[:count]
        for name in ("points", "normals", "faces")
    )
    return SurfaceSamples(points, normals, faces)
