"""Inside and outside of any soup of triangles: what can be seen from outside, made thick.

Open sheets, inner parts, flipped faces, cuts and overlaps have no inside of their own. Here a ball
that is somewhat larger than the thickness t rolls in from far away. What it cannot reach is inside,
and the surface is the skin at distance t from the triangles that are reached. A single sheet so
becomes a plate of thickness 2t instead of getting a wrong sign, seams that the ball does not pass
are closed, and what no one can see from outside is no part of the surface.
"""

import numpy as np
from jaxtyping import Bool, Float, Float32

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import SurfaceSamples, sample_surface
from acutance.solid.distance.surface_distance import SurfaceDistance, away
from acutance.solid.freespace import FreeSpace
from acutance.solid.sides import FaceSides, concatenate, sample_sides, submesh
from acutance.types import PointArray

CELL = 4e-3
"""Smallest cell of the flooded space: 512 cells along the unit frame's cube."""

REACH = 3.0
"""Radius of the rolling ball in thicknesses; seams of hollow bodies twice as wide keep it out.

Measured on meshes of furniture and planes against closed versions of them: with 1, every tenth
hollow body leaks; with 3 they stay closed, and 0.1 % of the points outside, in gaps, are lost.
"""

ROUNDS = 50
"""Rounds of sampling before giving up, each with as many points as are missing."""


class FloodedSolid:
    """The visible outer surface of triangles, at a thickness.

    Attributes:
        surface: the distance to all triangles.
        visible: the distance to the triangles that are reached from outside.
        thickness: t, in the unit of the mesh.

    Example:
        >>> square = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=float)
        >>> sheet = TriangleMesh(0.5 * square, np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32))
        >>> rng = np.random.default_rng(0)
        >>> plate = FloodedSolid(SurfaceDistance(sheet), thickness=0.02, rng=rng, cell=0.05)
        >>> plate.distance(np.array([[0.0, 0.0, 0.1], [0.0, 0.0, -0.1]])).round(3)
        array([0.08, 0.08], dtype=float32)
    """

    def __init__(
        self,
        surface: SurfaceDistance,
        *,
        thickness: float,
        rng: np.random.Generator,
        cell: float = CELL,
    ) -> None:
        """Flood the space around the surface, in cells of at least the given size.

        Gaps wider than 2 (REACH × thickness + cell) let outside through for sure.

        Raises:
            InputError: no triangle has an area.
        """
        if surface.mesh.area == 0:
            raise InputError("A surface needs triangles of positive area; all of them are flat.")
        self.surface = surface
        self.thickness = thickness
        self._space = FreeSpace(surface, cell=cell, radius=REACH * thickness)
        sides = sample_sides(surface.mesh, self.outside, rng)
        seen = np.unique(sides.faces[sides.front | sides.back])
        self.visible = SurfaceDistance(submesh(surface.mesh, seen), device=surface.device)
        self._face_sides = FaceSides.of(sides, surface.mesh).take(seen)

    def outside(self, points: PointArray) -> Bool[np.ndarray, " points"]:
        """Whether the ball can reach each point from far away, however near to the surface."""
        return self._space.regions(points)[0] == self._space.outside

    @property
    def boundary(self) -> TriangleMesh:
        """The part of the input that bounds the solid."""
        return self.visible.mesh

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to that part."""
        return self.visible.unsigned(points)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance to the skin: d − t outside of the surface, −(d + t) behind it.

        Exact outside and in the skin. Deeper it is the distance to the visible triangles plus t:
        continuous through them, and blind to inner structure.
        """
        region, distance = self._space.regions(points)
        inside = region != self._space.outside
        result = distance - self.thickness
        result[inside] = -self.visible.unsigned(points[inside]) - self.thickness
        return result.astype(np.float32)

    def gradient(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """Gradient of the signed distance; zero on the triangles themselves."""
        outside = self.outside(points)
        result = np.empty((len(points), 3))
        for side, surface, sign in ((outside, self.surface, 1.0), (~outside, self.visible, -1.0)):
            part = points[side]
            result[side] = sign * away(part, surface.closest(part), surface.mesh)
        return result

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Random points on the skin with outward normals; faces index `visible.mesh`.

        They are points of the visible triangles, moved by t to each side that is outside, where no
        other triangle is nearer. The rounded part of the skin along convex edges, t wide, gets no
        points.

        Raises:
            InputError: almost nothing can be reached from outside.
        """
        drawn = []
        missing = count
        for _ in range(ROUNDS):
            drawn.append(self._draw(max(missing, 256), rng))
            missing -= len(drawn[-1].points)
            if missing <= 0:
                return concatenate(drawn, count)
        raise InputError("Too little of the surface can be reached from outside to sample it.")

    def _draw(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        drawn = sample_surface(self.visible.mesh, count, rng)
        sides = self._face_sides.sides_of(drawn, self.outside)
        points = np.concatenate([drawn.points, drawn.points])
        normals = np.concatenate([drawn.normals, -drawn.normals])
        is_outside = np.concatenate([sides.front, sides.back])
        faces = np.concatenate([drawn.faces, drawn.faces])
        points = points + self.thickness * normals
        on_skin = self.surface.unsigned(points) > 0.98 * self.thickness
        keep = rng.permutation(np.flatnonzero(is_outside & on_skin))
        return SurfaceSamples(points[keep], normals[keep], faces[keep])
