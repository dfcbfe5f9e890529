"""What lies on the two sides of the faces of a mesh."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import SurfaceSamples, sample_surface
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


@dataclass(frozen=True)
class Settled:
    """What is known of the sides of whole faces, so that samples on them need not be asked.

    Attributes:
        known: faces of which all probes said the same.
        front, back: what they said.
    """

    known: Bool[np.ndarray, " faces"]
    front: Bool[np.ndarray, " faces"]
    back: Bool[np.ndarray, " faces"]

    def of(self, faces: Int[np.ndarray, " picked"]) -> "Settled":
        """The same for some of the faces."""
        return Settled(self.known[faces], self.front[faces], self.back[faces])

    def sides_of(
        self, samples: SurfaceSamples, outside: Callable[[PointArray], Bool[np.ndarray, " points"]]
    ) -> Sides:
        """The sides of samples, asking only on faces that are not settled."""
        faces = samples.faces
        front, back = self.front[faces], self.back[faces]
        ask = np.flatnonzero(~self.known[faces])
        asked = sides_of(samples.points[ask], samples.normals[ask], faces[ask], outside)
        front[ask], back[ask] = asked.front, asked.back
        return Sides(samples.points, samples.normals, faces, front, back)


def settle(sides: Sides, mesh: TriangleMesh) -> Settled:
    """The faces of a mesh on which all probes agree."""
    count = len(mesh.faces)
    probes = np.bincount(sides.faces, minlength=count)
    front = np.bincount(sides.faces, weights=sides.front, minlength=count)
    back = np.bincount(sides.faces, weights=sides.back, minlength=count)
    mixed = ((front > 0) & (front < probes)) | ((back > 0) & (back < probes))
    return Settled((probes > 0) & ~mixed, front > 0, back > 0)


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
