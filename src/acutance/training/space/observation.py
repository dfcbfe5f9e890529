"""What is known of a shape that is to be reconstructed, as samples to learn from."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from acutance.data.pool import Pool
from acutance.mesh.mesh import PointCloud

OFFSETS = (0.003, 0.02)
"""Standard deviations of the way along the normal from a scanned point, in the unit frame."""

SHADOW = 0.04
"""Behind a scanned surface nothing is known: no sample goes farther in than this."""

FREE_REACH = 1.5
"""How far in front of a scanned point the view is known to be free, at most."""


@dataclass(frozen=True, kw_only=True)
class Observation:
    """Samples of a shape, complete or not.

    Attributes:
        pool: positions with a known signed distance, and surface points with normals.
        free: positions that are known to be outside, at an unknown distance; perhaps none.
        whole: whether the samples tell of all sides, and of the space around.
    """

    pool: Pool
    free: Float[torch.Tensor, "free 3"]
    whole: bool

    @staticmethod
    def complete(pool: Pool) -> "Observation":
        """Of a shape that is known from all sides."""
        nowhere = torch.empty(0, 3, device=pool.points.device)
        return Observation(pool=pool, free=nowhere, whole=True)

    def to(self, device: torch.device) -> "Observation":
        """The same samples on a device."""
        return Observation(pool=self.pool.to(device), free=self.free.to(device), whole=self.whole)


def observe_scan(
    cloud: PointCloud,
    count: int,
    rng: np.random.Generator,
    camera: Float[np.ndarray, " 3"] | None = None,
) -> Observation:
    """Samples of a scan that may show one side only.

    A point on the normal of a scanned point, close to it, has that way as its signed distance
    (zeros at the scanned points alone would be fulfilled by a field of zeros). Where the camera is
    known, all the way from it to a scanned point is outside.

    Args:
        cloud: points with outward normals, unit frame.
        count: number of samples with a distance.
        rng: source of randomness.
        camera: where the scan was taken from, unit frame; None where that is not known.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> normals = rng.normal(size=(100, 3))
        >>> normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        >>> scan = observe_scan(PointCloud(0.5 * normals, normals), count=400, rng=rng)
        >>> len(scan.pool), len(scan.free), scan.whole
        (400, 0, False)
    """
    points, normals = cloud.points, cloud.normals
    assert normals is not None
    chosen = rng.integers(len(points), size=count)
    way = rng.normal(size=count) * np.resize(OFFSETS, count)
    way = np.maximum(way, -SHADOW)
    places = points[chosen] + way[:, None] * normals[chosen]
    within = np.abs(places).max(axis=1) <= 1.0  # what a decoder knows
    places, way, chosen = places[within], way[within], chosen[within]
    free = np.empty((0, 3))
    if camera is not None:
        seen = points[rng.integers(len(points), size=count)]
        to_camera = camera - seen
        reach = np.linalg.norm(to_camera, axis=1, keepdims=True)
        along = rng.random((count, 1)) * np.minimum(reach - 0.02, FREE_REACH).clip(0.0)
        free = seen + (0.02 + along) * to_camera / np.maximum(reach, 1e-9)
        free = free[np.abs(free).max(axis=1) <= 1.0]
    pool = Pool(_tensor(places), _tensor(way), _tensor(points[chosen]), _tensor(normals[chosen]))
    return Observation(pool=pool, free=_tensor(free), whole=False)


def _tensor(values: Float[np.ndarray, "..."]) -> Float[torch.Tensor, "..."]:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
