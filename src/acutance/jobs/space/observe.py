"""What is known of an unseen shape: samples of a whole input, or of a scan of a part of it."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float

from acutance.data.pool import Sampling, draw_pool
from acutance.errors import InputError
from acutance.jobs.shape.fit import MOST_OF_POINTS
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS, Similarity
from acutance.mesh.reading import Reading
from acutance.mesh.units import length
from acutance.solid.points.normals import estimate_normals
from acutance.solid.solid import Solid
from acutance.training.space.observation import Observation, observe_scan

SCAN_SAMPLES = 200_000
"""Samples of a scan of a part."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where the whole shape lies, of which a scan shows a part.

    Attributes:
        centre: of the bounding box of the whole shape, in the scan's coordinates.
        radius: of its bounding sphere, in the scan's unit.
    """

    centre: tuple[float, float, float]
    radius: float

    def __post_init__(self) -> None:
        if not self.radius > 0:
            raise InputError(f"The radius of the shape must be positive; got {self.radius:g}.")

    @property
    def similarity(self) -> Similarity:
        """From the unit frame to the scan's coordinates."""
        return Similarity(centre=self.centre, scale=self.radius / UNIT_RADIUS)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """An input as samples.

    Attributes:
        observation: the samples, in the unit frame.
        transform: from the unit frame to the input's coordinates.
        messages: what the user should know.
        solid: what was made of a whole input; None for a partial one.
    """

    observation: Observation
    transform: Similarity
    messages: tuple[str, ...]
    solid: Solid | None


def frame_of(centre: tuple[float, float, float] | None, radius: float | None) -> Frame | None:
    """A frame from both of its parts, or none.

    Raises:
        InputError: one of them is missing.
    """
    if centre is None and radius is None:
        return None
    if centre is None or radius is None:
        raise InputError("A frame needs both --centre and --radius of the whole shape.")
    return Frame(centre=centre, radius=radius)


def observe_whole(source: Reading, sampling: Sampling, seed: int, device: torch.device) -> Observed:
    """Samples of a complete mesh or point cloud.

    Raises:
        InputError: the source is no solid.
    """
    solid = Solid.of(source, seed=seed, device=device)
    if solid.cloud is not None:
        sampling = replace(sampling, count=min(sampling.count, MOST_OF_POINTS))
    pool = draw_pool(solid, sampling, np.random.default_rng(seed))
    observation = Observation.complete(pool)
    warnings = solid.report.warnings
    return Observed(
        observation=observation, transform=solid.transform, messages=warnings, solid=solid
    )


def observe_partial(
    source: Reading,
    frame: Frame | None,
    camera: tuple[float, float, float] | None,
    seed: int,
) -> Observed:
    """Samples of a scan of a part, in the frame of the whole.

    Args:
        source: the scan.
        frame: where the whole lies; None to take the scan's own bounding box.
        camera: where the scan was taken from, in its coordinates; None if that is not known.
        seed: of the samples.

    Raises:
        InputError: the scan is no point cloud.
    """
    scan = source.shape
    if isinstance(scan, TriangleMesh):
        raise InputError(
            "A partial input must be a point cloud (PLY, XYZ or NPZ), and this is a mesh; sample "
            "points of it, or leave out --partial."
        )
    messages = list[str]()
    if frame is None:
        frame = _own_frame(scan)
        x, y, z = frame.centre
        messages.append(
            "The scan's own bounding box was taken for that of the whole shape (centre "
            f"{x:.4g}, {y:.4g}, {z:.4g}, radius {length(frame.radius, source.unit)}); where more "
            "is missing, give --centre and --radius of the whole."
        )
    transform = frame.similarity.in_unit(source.unit)
    eye = None if camera is None else transform.to_unit(np.array([camera], dtype=np.float64))[0]
    cloud = PointCloud(transform.to_unit(scan.points), scan.normals)
    if cloud.normals is None:
        cloud = _with_normals(cloud, eye)
        messages.append("The scan has no normals; they were estimated.")
    observation = observe_scan(cloud, SCAN_SAMPLES, np.random.default_rng(seed), eye)
    return Observed(
        observation=observation, transform=transform, messages=tuple(messages), solid=None
    )


def _own_frame(scan: PointCloud) -> Frame:
    """The frame of the scan's own bounding box."""
    x, y, z = (float(c) for c in 0.5 * scan.bounds.sum(axis=0))
    radius = float(np.linalg.norm(scan.points - (x, y, z), axis=1).max())
    return Frame(centre=(x, y, z), radius=radius)


def _with_normals(cloud: PointCloud, camera: Float[np.ndarray, "3"] | None) -> PointCloud:
    """The points with estimated normals, turned towards the camera where it is known."""
    normals = estimate_normals(cloud.points)
    if camera is not None:
        away = np.einsum("px,px->p", normals, camera - cloud.points) < 0
        normals = np.where(away[:, None], -normals, normals)
    return PointCloud(cloud.points, normals)
