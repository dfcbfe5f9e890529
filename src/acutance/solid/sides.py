"""Whether inside or outside lies in front of the faces of a mesh, and behind them."""

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
"""Samples spread by area, besides the centre of every face."""

IsOutside = Callable[[PointArray], Bool[np.ndarray, " points"]]
"""Tells of each point whether it is outside of the solid."""


@dataclass(frozen=True)
class SampleSides:
    """The two sides of surface samples.

    Attributes:
        points: the samples.
        normals: unit normals of their faces.
        faces: indices of their faces.
        front: whether outside begins in front of the face, where its normal points to.
        back: whether outside begins behind the face.
    """

    points: PointArray
    normals: PointArray
    faces: Int[np.ndarray, " points"]
    front: Bool[np.ndarray, " points"]
    back: Bool[np.ndarray, " points"]


def sample_sides(
    mesh: TriangleMesh,
    outside: IsOutside,
    rng: np.random.Generator,
    *,
    count: int = SAMPLES,
) -> SampleSides:
    """The sides of every face's centre, and of random points all over the surface.

    Faces of no area have no sides and are left out.
    """
    spread = sample_surface(mesh, count, rng)
    flat = np.flatnonzero(mesh.face_areas > 0)
    points = np.concatenate([mesh.triangles[flat].mean(axis=1), spread.points])
    faces = np.concatenate([flat, spread.faces])
    return _evaluate(points, mesh.face_normals[faces], faces, outside)


def _evaluate(
    points: PointArray,
    normals: PointArray,
    faces: Int[np.ndarray, " points"],
    outside: IsOutside,
) -> SampleSides:
    """The sides of given points on faces."""
    shift: Float[np.ndarray, "points 3"] = OFFSET * normals
    front, back = outside(points + shift), outside(points - shift)
    return SampleSides(points, normals, faces, front, back)


@dataclass(frozen=True)
class FaceSides:
    """The two sides of whole faces, so that samples on them need not be evaluated.

    Attributes:
        uniform: faces on which all samples agree; the rest is of meaning for these only.
        front: whether outside begins in front of the face.
        back: whether outside begins behind the face.
    """

    uniform: Bool[np.ndarray, " faces"]
    front: Bool[np.ndarray, " faces"]
    back: Bool[np.ndarray, " faces"]

    @staticmethod
    def of(samples: SampleSides, mesh: TriangleMesh) -> "FaceSides":
        """The sides of the faces of a mesh, by samples on them."""
        count = len(mesh.faces)
        total = np.bincount(samples.faces, minlength=count)
        front = np.bincount(samples.faces, weights=samples.front, minlength=count)
        back = np.bincount(samples.faces, weights=samples.back, minlength=count)
        mixed = ((front > 0) & (front < total)) | ((back > 0) & (back < total))
        return FaceSides((total > 0) & ~mixed, front > 0, back > 0)

    def take(self, faces: Int[np.ndarray, " taken"]) -> "FaceSides":
        """The same for some of the faces."""
        return FaceSides(self.uniform[faces], self.front[faces], self.back[faces])

    def sides_of(self, samples: SurfaceSamples, outside: IsOutside) -> SampleSides:
        """The sides of samples; only those on faces that are not uniform are evaluated."""
        faces = samples.faces
        front, back = self.front[faces], self.back[faces]
        mixed = np.flatnonzero(~self.uniform[faces])
        found = _evaluate(samples.points[mixed], samples.normals[mixed], faces[mixed], outside)
        front[mixed], back[mixed] = found.front, found.back
        return SampleSides(samples.points, samples.normals, faces, front, back)


def submesh(mesh: TriangleMesh, faces: Int[np.ndarray, " taken"]) -> TriangleMesh:
    """The mesh of some of the faces, in their order and once each, on the same vertices."""
    return TriangleMesh(mesh.vertices, mesh.faces[np.unique(faces)])


def concatenate(parts: list[SurfaceSamples], count: int) -> SurfaceSamples:
    """The first `count` samples of all parts together."""
    points, normals, faces = (
        np.concatenate([getattr(part, name) for part in parts])[:count]
        for name in ("points", "normals", "faces")
    )
    return SurfaceSamples(points, normals, faces)
