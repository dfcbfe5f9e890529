"""Signed distance of oriented points, without a mesh."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Float32, Int
from scipy.spatial import cKDTree

from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud
from acutance.mesh.surface import SurfaceSamples
from acutance.solid.points.discs import Discs
from acutance.solid.points.edges import beside_edges, distance_at_edges
from acutance.solid.points.neighbours import CHUNK
from acutance.types import PointArray, ScalarArray

NEIGHBOURS = 16
"""Points that a distance is averaged over: about two rings of neighbours."""

NEAR, FAR = 2.0, 4.0
"""Distances in spacings: up to the first one the moving least squares alone give the distance; from
the second one on the nearest point gives the distance, and the winding number the sign."""

THIN_NEAR, THIN_FAR = 0.5, 1.0
"""The same for a cloud of something thin: its edges are nearly as wide as the spacing, and beyond
them the planes of both sides go on."""

BESIDE = 0.75
"""Distance along the surface from the mean of the neighbours, in spacings, from which on a point
lies beyond the border of the points: in their midst it is smaller."""

APART = -0.3
"""Cosine of normals below which neighbours lie on two sides of something thin."""

NEWTON_STEPS = 3
"""Steps that bring sampled points onto the zero set; each squares the error where f is smooth."""

TESTS = 4000
"""Points on which the two tests of inside are compared."""


@dataclass(frozen=True)
class LocalFit:
    """What the neighbours of points give.

    Attributes:
        signed: f, the weighted mean of the signed distances to the neighbours' tangent planes.
        normals: the weighted mean of the neighbours' normals, of unit length.
        aside: how far the point lies beside the weighted mean of the neighbours, along their plane.
        nearest: index of the nearest point of the cloud.
        distance: distance to that point.
    """

    signed: ScalarArray
    normals: PointArray
    aside: PointArray
    nearest: Int[np.ndarray, " points"]
    distance: ScalarArray


class OrientedCloud:
    """The solid that oriented points bound.

    Near the points the distance is that of an implicit moving least squares surface,
    f(x) = Σ wᵢ nᵢ·(x − pᵢ) / Σ wᵢ with wᵢ = exp(−|x − pᵢ|² / σ²) and σ the local spacing (Shen et
    al. 2004, "Interpolating and Approximating Implicit Surfaces from Polygon Soup"; Kolluri 2005,
    "Provably Good Moving Least Squares"), which averages noise; beside edges the faces are told
    apart. Farther away it is the distance to
    the nearest point, with the sign of the winding number of the points as small discs (Barill et
    al. 2018, "Fast Winding Numbers for Soups and Clouds").

    Attributes:
        cloud: the distinct points with their unit normals, in the unit frame.
        spacing: at every point the distance of its eighth neighbour on the same side, should the
            shape be thin.

    Example:
        >>> normals = np.random.default_rng(0).normal(size=(2000, 3))
        >>> normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        >>> ball = OrientedCloud(0.5 * normals, normals)
        >>> points = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.9]])
        >>> bool(np.abs(ball.distance(points) - [-0.5, 0.4]).max() < 0.02)
        True
    """

    def __init__(self, points: PointArray, normals: PointArray) -> None:
        """Prepare the neighbourhoods.

        Raises:
            InputError: fewer distinct points than a neighbourhood holds.
        """
        points, first = np.unique(points, axis=0, return_index=True)
        check_count(points)
        self.cloud = PointCloud(points, normals[first])
        self._points, self._normals = points, normals[first]
        self._tree = cKDTree(points)
        self.spacing = self._spacing()
        # Of nine points in a disc with the spacing as radius each holds a ninth of its area.
        self._areas = np.pi * self.spacing**2 / 9.0
        self._discs = Discs(self._points, self._normals, self._areas)

    @property
    def boundary(self) -> PointCloud:
        """The part of the input that bounds the solid."""
        return self.cloud

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to that part."""
        return self._tree.query(points, workers=-1)[0].astype(np.float32)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance, negative inside."""
        result = np.empty(len(points), np.float32)
        far = np.empty(len(points), bool)
        for part in _chunks(len(points)):
            fit = self._fit_some(points[part])
            share = self.farness(fit)
            blend = (1.0 - share) * np.abs(fit.signed) + share * fit.distance
            result[part] = np.where(share > 0, blend, fit.signed)
            far[part] = share > 0
        result[far] *= np.where(self.winding(points[far]) > 0.5, -1.0, 1.0)
        return result

    def gradient(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """Unit normals of the nearest points, blended: the gradient near the surface."""
        return self.fit(points).normals

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Points on the zero set with its normals; faces index `cloud`.

        Points of the cloud, chosen by the area that each stands for, moved at random within their
        tangent planes and then onto the zero set.
        """
        chosen = rng.choice(len(self._points), count, p=self._areas / self._areas.sum())
        normal = self._normals[chosen]
        step = rng.normal(size=(count, 3)) * (self.spacing[chosen, None] / 3.0)
        points = self._points[chosen] + step - np.sum(step * normal, axis=1)[:, None] * normal
        for _ in range(NEWTON_STEPS):
            fit = self.fit(points)
            points = points - fit.signed[:, None] * fit.normals  # x − f(x) n(x)
        fit = self.fit(points)
        return SurfaceSamples(points, fit.normals, fit.nearest)

    def agreement(self, rng: np.random.Generator) -> float:
        """Share of points near the surface where the local sign and the winding number agree."""
        points, chosen = self._near_surface(rng)
        fit = self.fit(points)
        signed = fit.signed
        # Nearer to the surface than this the discs are too coarse to tell its sides apart.
        coarse = np.maximum(self.spacing[chosen], self._discs.spacing)
        clear = (np.abs(signed) > 0.25 * coarse) & (self.beyond(fit) == 0)
        number = self.winding(points[clear])
        return float(np.mean((signed[clear] < 0) == (number > 0.5)))

    def mean_winding(self, rng: np.random.Generator) -> float:
        """Mean winding number on both sides of random points, next to the surface.

        1/2 for a closed surface, about 0 for a sheet, −1/2 where the normals point inwards.
        """
        chosen = rng.integers(len(self._points), size=TESTS)
        step = 0.3 * self.spacing[chosen, None] * self._normals[chosen]
        both = np.concatenate([self._points[chosen] + step, self._points[chosen] - step])
        return float(np.mean(self.winding(both)))

    def _near_surface(
        self, rng: np.random.Generator
    ) -> tuple[PointArray, Int[np.ndarray, " points"]]:
        """Random points near the surface, and the points of the cloud that they were moved from."""
        chosen = rng.integers(len(self._points), size=TESTS)
        shift = rng.normal(size=(TESTS, 3))
        shift *= np.maximum(self.spacing[chosen, None], self._discs.spacing)
        return self._points[chosen] + shift, chosen

    def farness(self, fit: LocalFit) -> ScalarArray:
        """0 where the moving least squares give the distance, 1 where the nearest point does."""
        near, far = (THIN_NEAR, THIN_FAR) if self._thin else (NEAR, FAR)
        reach = fit.distance / self.spacing[fit.nearest]
        return np.clip((reach - near) / (far - near), 0.0, 1.0)

    def beyond(self, fit: LocalFit) -> ScalarArray:
        """How far the points lie beyond the border of the cloud, along its surface."""
        aside = np.linalg.norm(fit.aside, axis=1)
        return np.maximum(aside - BESIDE * self.spacing[fit.nearest], 0.0)

    def fit(self, points: PointArray) -> LocalFit:
        """What the neighbours of the points give."""
        fits = [self._fit_some(points[part]) for part in _chunks(len(points))]
        if len(fits) == 1:
            return fits[0]
        names = [field.name for field in fields(LocalFit)]
        return LocalFit(*(np.concatenate([getattr(fit, name) for fit in fits]) for name in names))

    def _fit_some(self, points: PointArray) -> LocalFit:
        distance, index = self._tree.query(points, k=NEIGHBOURS, workers=-1)
        sigma = self.spacing[index[:, :1]]
        # wᵢ, with the exponent of the nearest point subtracted: this cancels in the quotient f, and
        # keeps the weights of far points from all being 0.
        weight = np.exp((distance[:, :1] ** 2 - distance**2) / sigma**2)
        normals = self._normals[index]
        mean = np.einsum("pk,pkx->px", weight, normals)
        if self._thin:  # points on the other side say nothing of this side
            weight *= np.einsum("pkx,px->pk", normals, _unit(mean)) > APART
            mean = np.einsum("pk,pkx->px", weight, normals)
        mean = _unit(mean)
        weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
        way = points[:, None] - self._points[index]
        aside = np.einsum("pk,pkx->px", weight, way)
        aside -= np.sum(aside * mean, axis=1, keepdims=True) * mean
        between = 0.5 * (normals + mean[:, None])  # perpendicular to chords of a sphere
        signed = np.einsum("pk,pkx,pkx->p", weight, between, way)
        edge = beside_edges(weight, normals)
        if edge.any():
            signed[edge], mean[edge] = distance_at_edges(weight[edge], normals[edge], way[edge])
        return LocalFit(signed, mean, aside, index[:, 0], distance[:, 0])

    def _spacing(self) -> ScalarArray:
        spacing = np.empty(len(self._points))
        self._thin = False
        for part in _chunks(len(spacing)):
            distance, index = self._tree.query(self._points[part], k=NEIGHBOURS, workers=-1)
            same = np.einsum("px,pkx->pk", self._normals[part], self._normals[index]) > APART
            count = np.cumsum(same, axis=1)
            eighth = np.argmax(count == 9, axis=1)  # the first is the point itself
            few = count[:, -1] < 9
            self._thin |= not same.all()
            spacing[part] = distance[np.arange(len(distance)), np.where(few, -1, eighth)]
            # As many points as there are, in a disc as large as eight more would need.
            spacing[part] *= np.where(few, np.sqrt(9.0 / np.maximum(count[:, -1], 1)), 1.0)
        return spacing

    def winding(self, points: PointArray) -> ScalarArray:
        """The winding number of the points as small discs."""
        return self._discs.winding(points)


def check_count(points: PointArray) -> None:
    """Refuse fewer distinct points than a neighbourhood holds."""
    if len(points) < NEIGHBOURS:
        raise InputError(
            f"A point cloud needs at least {NEIGHBOURS} distinct points; got {len(points)}."
        )


def _chunks(count: int) -> Iterator[slice]:
    """Parts of so many points, each small enough to be worked on at once; at least one."""
    return (slice(start, start + CHUNK) for start in range(0, max(count, 1), CHUNK))


def _unit(vectors: PointArray) -> PointArray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
