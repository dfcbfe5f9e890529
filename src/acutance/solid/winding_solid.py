"""The solid of a mesh with small defects, by the generalized winding number."""

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from acutance.errors import InputError
from acutance.mesh.defects import close_holes
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import SurfaceSamples, sample_surface
from acutance.mesh.weld import coincident
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.surface_distance import SurfaceDistance, away
from acutance.solid.sides import FaceSides, concatenate, sample_sides, submesh
from acutance.solid.winding import WindingSign
from acutance.types import PointArray


class WindingSolid:
    """The solid where the winding number is above one half, its holes closed by lids.

    Attributes:
        lids: what closes the holes of the input; None where there are none.
        bounding: the distance to the faces that bound it: those with inside on both sides, as where
            parts overlap, and those with outside on both are left out.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box(half=(0.5, 0.5, 0.5)).mesh()
        >>> opened = SurfaceDistance(box.with_faces(box.faces[2:]))
        >>> solid = WindingSolid(opened, np.random.default_rng(0))
        >>> solid.distance(np.array([[0.0, 0.1, 0.0], [0.75, 0.0, 0.0]])).round(3)
        array([-0.4 ,  0.25], dtype=float32)
    """

    def __init__(self, surface: SurfaceDistance, rng: np.random.Generator) -> None:
        """Close the holes of the surface's mesh and find the faces that bound the solid.

        Raises:
            InputError: nothing is inside.
        """
        mesh = surface.mesh
        closed = close_holes(mesh)
        if closed is not mesh:
            surface = SurfaceDistance(closed, device=surface.device)
        self._sign = WindingSign(surface)
        sides = sample_sides(surface.mesh, self._outside, rng)
        bounding = np.unique(sides.faces[sides.front != sides.back])
        if not len(bounding):
            raise InputError(
                "Nothing is inside the mesh by its winding number; use the rule 'flood'."
            )
        given = bounding < len(mesh.faces)
        self.bounding = _distance_to(surface, bounding)
        self._given = _distance_to(surface, bounding[given])
        self.lids = None if given.all() else submesh(surface.mesh, bounding[~given])
        face_sides = FaceSides.of(sides, surface.mesh)
        self._reliable = _reliable_faces(surface, face_sides)[bounding]
        self._face_sides = face_sides.take(bounding)

    @property
    def boundary(self) -> TriangleMesh:
        """The part of the input that bounds the solid, without the lids."""
        return self._given.mesh

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to that part."""
        return self._given.unsigned(points)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance to the bounding faces, negative inside.

        On the straight line from a point to the closest bounding face nothing changes. So the sign
        is that of the pseudonormal where it is reliable, and of the winding number elsewhere.
        """
        distance, faces = self.bounding.sided(points)
        unreliable = np.flatnonzero(~self._reliable[faces])
        inside = self._sign.inside(points[unreliable])
        distance[unreliable] = np.abs(distance[unreliable]) * np.where(inside, -1, 1)
        return distance

    def behind_nearest(
        self, points: PointArray
    ) -> tuple[Bool[np.ndarray, " points"], Bool[np.ndarray, " points"]]:
        """Whether points lie behind the closest bounding face, and whether that tells their side.

        It does not where the face bounds the solid only in part, as where it dips into another.
        """
        distance, faces = self.bounding.sided(points)
        return distance < 0, self._face_sides.uniform[faces]

    def gradient(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """Gradient of the signed distance; zero on the surface itself."""
        direction = away(points, self.bounding.closest(points), self.bounding.mesh)
        return np.where(self.distance(points)[:, None] < 0, -direction, direction)

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Points on the bounding faces where they bound, with outward normals."""
        drawn: list[SurfaceSamples] = []
        missing = count
        while missing > 0 or not drawn:
            samples = sample_surface(self.bounding.mesh, max(missing, 256), rng)
            sides = self._face_sides.sides_of(samples, self._outside)
            bounds = sides.front != sides.back
            outward = np.where(sides.front, 1.0, -1.0)[:, None] * samples.normals
            drawn.append(
                SurfaceSamples(samples.points[bounds], outward[bounds], samples.faces[bounds])
            )
            missing -= int(bounds.sum())
        return concatenate(drawn, count)

    def _outside(self, points: PointArray) -> Bool[np.ndarray, " points"]:
        return ~self._sign.inside(points)


def _reliable_faces(surface: SurfaceDistance, sides: FaceSides) -> Bool[np.ndarray, " faces"]:
    """Faces whose pseudonormals give the right sign.

    No other face cuts them or the faces around their corners, and all of these have outside in
    front of them everywhere, and inside behind.
    """
    bounds = sides.uniform & sides.front & ~sides.back
    mesh = surface.mesh
    bounds[intersecting_faces(mesh, device=surface.device)] = False
    corners = coincident(mesh.vertices)[mesh.faces]
    doubtful = np.zeros(len(mesh.vertices), dtype=bool)
    doubtful[corners[~bounds]] = True
    return ~doubtful[corners].any(axis=1)


def _distance_to(surface: SurfaceDistance, faces: Int[np.ndarray, " taken"]) -> SurfaceDistance:
    """The distance to some of the faces, given in ascending order."""
    if len(faces) == len(surface.mesh.faces):
        return surface
    return SurfaceDistance(submesh(surface.mesh, faces), device=surface.device)
