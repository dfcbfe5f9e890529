"""What is measured from and to: the faces of a mesh, or the points of a cloud."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.spatial import cKDTree

from acutance.machine.devices import CPU
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.metrics.holes import boundary, on_boundary
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.types import PointArray


@dataclass(frozen=True)
class Projection:
    """The projection of query points onto a surface: what is closest to each.

    Attributes:
        distance: from each point to its projection.
        normals: unit normals of the surface there, if it has any.
        at_rim: whether the projection lies on the rim of a hole.
    """

    distance: Float[np.ndarray, " points"]
    normals: Float[np.ndarray, "points 3"] | None
    at_rim: Bool[np.ndarray, " points"]


class Target(ABC):
    """A surface in the frame in which its reference has radius 1."""

    @abstractmethod
    def sample(self, count: int, rng: np.random.Generator) -> PointCloud:
        """Random points of the surface, as many as asked for or as there are."""

    @abstractmethod
    def sample_twice(self, count: int, rng: np.random.Generator) -> tuple[PointCloud, PointCloud]:
        """Two samplings of the same number of points that have none in common."""

    @abstractmethod
    def project(self, points: PointArray) -> Projection:
        """The projection of the points onto the surface."""

    @abstractmethod
    def floor(self, points: PointArray) -> float:
        """Mean distance that would be measured for a perfect result.

        Args:
            points: samples of this surface.
        """

    @property
    @abstractmethod
    def bounds(self) -> Float[np.ndarray, "2 3"]:
        """Lower and upper corner of the bounding box."""


class MeshTarget(Target):
    """The faces of a mesh: exact, up to float32 rounding."""

    def __init__(self, mesh: TriangleMesh, *, device: torch.device | str = CPU) -> None:
        self.mesh = mesh
        self.distance = SurfaceDistance(mesh, device=device)

    def sample(self, count: int, rng: np.random.Generator) -> PointCloud:
        """Points distributed evenly by area."""
        samples = sample_surface(self.mesh, count, rng)
        return PointCloud(samples.points, samples.normals)

    def sample_twice(self, count: int, rng: np.random.Generator) -> tuple[PointCloud, PointCloud]:
        """Two independent samplings."""
        return self.sample(count, rng), self.sample(count, rng)

    def project(self, points: PointArray) -> Projection:
        """The closest points of the faces."""
        closest = self.distance.closest(points)
        return Projection(
            closest.distance.astype(np.float64),
            self.mesh.face_normals[closest.faces],
            on_boundary(
                self._boundary, self.mesh, closest.points.astype(np.float64), closest.faces
            ),
        )

    def floor(self, points: PointArray) -> float:
        """Mean distance of the surface's own points to it: rounding."""
        return float(self.distance.unsigned(points).mean())

    @property
    def bounds(self) -> Float[np.ndarray, "2 3"]:
        """Lower and upper corner of the bounding box."""
        return self.mesh.bounds

    @cached_property
    def _boundary(self) -> Bool[np.ndarray, "faces 3"]:
        return boundary(self.mesh)


class CloudTarget(Target):
    """The points of a cloud, two at least: a projection is a point of it, not between points."""

    def __init__(self, cloud: PointCloud) -> None:
        self.cloud = cloud
        self._tree = cKDTree(cloud.points)

    def sample(self, count: int, rng: np.random.Generator) -> PointCloud:
        """Points of the cloud, each at most once."""
        return self._choose(rng.permutation(len(self.cloud.points))[:count])

    def sample_twice(self, count: int, rng: np.random.Generator) -> tuple[PointCloud, PointCloud]:
        """Two disjoint choices, of half of the cloud each if it has too few points."""
        order = rng.permutation(len(self.cloud.points))
        count = min(count, len(order) // 2)
        return self._choose(order[:count]), self._choose(order[count : 2 * count])

    def _choose(self, index: Int[np.ndarray, " points"]) -> PointCloud:
        normals = self.cloud.normals
        return PointCloud(self.cloud.points[index], None if normals is None else normals[index])

    def project(self, points: PointArray) -> Projection:
        """The nearest points of the cloud."""
        distance, index = self._tree.query(points, workers=-1)
        normals = None if self.cloud.normals is None else self.cloud.normals[index]
        return Projection(distance, normals, np.zeros(len(points), dtype=bool))

    def floor(self, points: PointArray) -> float:
        """Mean distance of a point of the cloud to the next one."""
        distance, _ = self._tree.query(points, k=2, workers=-1)
        return float(distance[:, 1].mean())

    @property
    def bounds(self) -> Float[np.ndarray, "2 3"]:
        """Lower and upper corner of the bounding box."""
        return self.cloud.bounds
