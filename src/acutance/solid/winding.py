"""Inside and outside by the generalized winding number, for meshes with small defects."""

import igl
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int
from scipy.spatial.distance import cdist

from acutance.errors import InputError
from acutance.mesh.defects import close_holes, find_defects
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import SurfaceSamples, sample_surface
from acutance.mesh.weld import coincident
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.surface_distance import SurfaceDistance, away
from acutance.solid.freespace import UNKNOWN, FreeSpace
from acutance.solid.sides import Settled, faces_at, joined, probe_sides, settle
from acutance.types import PointArray, ScalarArray

CELL = 1.0 / 64.0
"""Smallest cell of the regions that share a sign; coarser ones leave more points to evaluate."""

CHUNK = 1 << 14
"""Points whose distances to all defects are held at once."""

HOLE_MARGIN = 1.5
"""Radius of the ball around a hole where every point is evaluated, in radii of the hole.

Elsewhere the number is within 0.09 of a whole one: a flat round hole seen from 1.5 radii above its
centre covers (1 − cos(atan(1/1.5)))/2 = 0.084 of the sphere.
"""


def winding_number(mesh: TriangleMesh, points: PointArray) -> Float64[np.ndarray, " points"]:
    """Generalized winding number: 1 inside, 0 outside, and in between at defects.

    The fast approximation (Barill et al. 2018, "Fast Winding Numbers for Soups and Clouds"), to
    about 1e-3. Faces should be distinct: see `distinct_faces`.
    """
    if not len(points):
        return np.zeros(0)
    return np.asarray(
        igl.fast_winding_number(
            mesh.vertices, mesh.faces.astype(np.int64), np.ascontiguousarray(points, dtype=float)
        )
    )


def distinct_faces(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh without repeated faces, which would count double in the winding number.

    Of faces with the same three vertices, those of opposite orientation cancel in pairs, as they
    enclose nothing; of what is left one is kept. The vertices stay as they are.
    """
    return _distinct(mesh)[0]


def _distinct(
    mesh: TriangleMesh,
) -> tuple[TriangleMesh, Int[np.ndarray, " sets"], Int[np.ndarray, " panels"]]:
    """The distinct faces; one face of every set of vertices; and those of sets that cancel."""
    _, one, group = np.unique(
        np.sort(mesh.faces, axis=1), axis=0, return_index=True, return_inverse=True
    )
    group = group.ravel()
    a, b, c = mesh.faces.T
    even = np.where((a < b).astype(int) + (b < c) + (c < a) == 2, 1, -1)
    surplus = np.bincount(group, weights=even)
    kept = np.flatnonzero(even * surplus[group] > 0)
    _, first = np.unique(group[kept], return_index=True)
    return TriangleMesh(mesh.vertices, mesh.faces[np.sort(kept[first])]), one, one[surplus == 0]


def lost_share(mesh: TriangleMesh) -> float:
    """Share of the surface, by area, in panels of no volume that stand outside of the solid.

    `distinct_faces` drops faces back to back. Inside of other parts they are of no account;
    outside, as the cloth of a deck chair, they are part of what can be seen, and get lost.
    """
    kept, first, panels = _distinct(mesh)
    if not len(panels) or not len(kept.faces):
        return 0.0
    outside = winding_number(kept, mesh.triangles[panels].mean(axis=1)) < 0.5
    return float(mesh.face_areas[panels[outside]].sum() / mesh.face_areas[first].sum())


class WindingSign:
    """Inside and outside of points by the winding number, mostly without evaluating it.

    Off its surface and its holes, the number does not change along a way through free space: one
    evaluation answers for a whole region. Only points near holes, or from which no way into a
    region is found, are evaluated themselves.

    Attributes:
        surface: the distance to the mesh, whose faces must be distinct.
    """

    def __init__(self, surface: SurfaceDistance) -> None:
        """Find the regions and evaluate each once."""
        self.surface = surface
        defects = find_defects(surface.mesh)
        self._centres, self._radii = defects.centres, HOLE_MARGIN * defects.radii
        limit = self._outside_defects if len(self._radii) else None
        reach = self._radii[:, None]
        corners = [surface.mesh.bounds, self._centres - reach, self._centres + reach]
        places = np.concatenate(corners)
        bounds = np.stack([places.min(axis=0), places.max(axis=0)])
        self._space = FreeSpace(surface, cell=CELL, limit=limit, bounds=bounds)
        self._inside = winding_number(surface.mesh, self._space.samples) > 0.5

    def inside(self, points: PointArray) -> Bool[np.ndarray, " points"]:
        """Whether the winding number of each point is above one half."""
        region, _ = self._space.regions(points)
        inside: Bool[np.ndarray, " points"] = self._inside[region]
        unknown = region == UNKNOWN
        inside[unknown] = winding_number(self.surface.mesh, points[unknown]) > 0.5
        return inside

    def _outside_defects(self, points: PointArray) -> ScalarArray:
        """Distance to the nearest ball around a defect, negative in it."""
        nearest = np.empty(len(points))
        for start in range(0, len(points), CHUNK):
            part = slice(start, start + CHUNK)
            gaps = cdist(points[part], self._centres) - self._radii
            nearest[part] = gaps.min(axis=1)
        return nearest


class Wound:
    """The solid where the winding number is above one half, its holes closed by lids.

    Attributes:
        lids: what closes the holes of the input; None where there are none.
        bounding: the distance to the faces that bound it: those with inside on both sides, as where
            parts overlap, and those with outside on both are left out.
    """

    def __init__(self, mesh: TriangleMesh, rng: np.random.Generator) -> None:
        """Close the holes and find the faces that bound the solid.

        Raises:
            InputError: nothing is inside.
        """
        surface = SurfaceDistance(close_holes(mesh))
        self._sign = WindingSign(surface)
        sides = probe_sides(surface.mesh, self._outside, rng)
        bounding = np.unique(sides.faces[sides.front != sides.back])
        if not len(bounding):
            raise InputError(
                "Nothing is inside the mesh by its winding number; use the rule 'flood'."
            )
        own = bounding < len(mesh.faces)
        self.bounding = _distance_to(surface, bounding)
        self._own = _distance_to(surface, bounding[own])
        self.lids = None if own.all() else faces_at(surface.mesh, bounding[~own])
        settled = settle(sides, surface.mesh)
        self._sure = _sure_faces(surface.mesh, settled)[bounding]
        self._settled = settled.of(bounding)

    @property
    def boundary(self) -> TriangleMesh:
        """The part of the input that bounds the solid, without the lids."""
        return self._own.mesh

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to that part."""
        return self._own.unsigned(points)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance to the bounding faces, negative inside.

        On the straight way from a point to the closest bounding face nothing changes, so that the
        face itself tells the side where it is sure to; the winding number is asked elsewhere.
        """
        distance, faces = self.bounding.sided(points)
        unsure = np.flatnonzero(~self._sure[faces])
        inside = self._sign.inside(points[unsure])
        distance[unsure] = np.abs(distance[unsure]) * np.where(inside, -1, 1)
        return distance

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
            sides = self._settled.sides_of(samples, self._outside)
            bounds = sides.front != sides.back
            outward = np.where(sides.front, 1.0, -1.0)[:, None] * samples.normals
            drawn.append(
                SurfaceSamples(samples.points[bounds], outward[bounds], samples.faces[bounds])
            )
            missing -= int(bounds.sum())
        return joined(drawn, count)

    def _outside(self, points: PointArray) -> Bool[np.ndarray, " points"]:
        return ~self._sign.inside(points)


def _sure_faces(mesh: TriangleMesh, settled: Settled) -> Bool[np.ndarray, " faces"]:
    """Faces whose pseudonormals tell the sign: they and all faces around their corners are not cut,
    have outside in front of them everywhere, and inside behind."""
    bounds = settled.known & settled.front & ~settled.back
    bounds[intersecting_faces(mesh)] = False
    corners = coincident(mesh.vertices)[mesh.faces]
    doubtful = np.zeros(len(mesh.vertices), dtype=bool)
    doubtful[corners[~bounds]] = True
    return ~doubtful[corners].any(axis=1)


def _distance_to(surface: SurfaceDistance, faces: Int[np.ndarray, " picked"]) -> SurfaceDistance:
    """The distance to some of the faces, given in ascending order."""
    if len(faces) == len(surface.mesh.faces):
        return surface
    return SurfaceDistance(faces_at(surface.mesh, faces), device=surface.device)
