"""The measurement of a result against its reference."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool

from acutance.machine.devices import CPU
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS, Similarity, normalizing
from acutance.mesh.topology import topology
from acutance.metrics.chamfer import Floored, chamfer
from acutance.metrics.metrics import Metrics, OverHoles
from acutance.metrics.normals import normal_consistency
from acutance.metrics.sharpness import near_crease
from acutance.metrics.surface import Deviation, deviation, f_score
from acutance.metrics.target import CloudTarget, MeshTarget, Projection, Target
from acutance.metrics.volume import Overlap, SignedDistance, overlap
from acutance.solid.distance.surface_distance import SurfaceDistance

FLOOR_POINTS = 10_000
"""Enough for a mean."""


@dataclass(frozen=True, kw_only=True)
class SampleCounts:
    """How many points the metrics take."""

    surface: int = 100_000
    """Points a side for distances, normals, F-scores and creases."""
    chamfer: int = 30_000
    """Points a side for the Chamfer distance; DeepSDF takes 30,000."""
    volume: int = 100_000
    """Points in the box for the overlap of volumes."""

    def __post_init__(self) -> None:
        if min(self.surface, self.chamfer, self.volume) < 1:
            raise ValueError(f"numbers of points must be positive, not {self}")


def measure(
    result: TriangleMesh,
    reference: TriangleMesh | PointCloud,
    *,
    reference_sdf: SignedDistance | None = None,
    lids: TriangleMesh | None = None,
    offset: float = 0.0,
    counts: SampleCounts | None = None,
    seed: int = 0,
    device: torch.device | str = CPU,
) -> Metrics:
    """Measures a result against what it should be.

    Args:
        result: a closed mesh.
        reference: a mesh, closed or not, or a point cloud, in the same frame.
        reference_sdf: signed distance of the reference; by default the exact one of the mesh if it
            is closed and oriented, else the volumes are not compared.
        lids: what closes holes of the reference, in the same frame: points of the result that are
            nearer to it than to the reference count as over holes.
        offset: how far outside of the reference a perfect result lies by intent, in radii.
        counts: how many points to take.
        seed: of the random points.
        device: where distances to triangles are computed; see `choose_device`.

    Raises:
        InputError: one of the two has no surface.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> small = Box(half=(0.49, 0.4, 0.3)).mesh()
        >>> counts = SampleCounts(surface=2000, chamfer=2000, volume=2000)
        >>> metrics = measure(small, Box(half=(0.5, 0.4, 0.3)).mesh(), counts=counts)
        >>> metrics.surface.maximum < 0.02  # in radii: 0.01 / 0.71
        True
        >>> 0.9 < metrics.volume.iou < 1.0
        True
    """
    counts = counts or SampleCounts()
    rng = np.random.default_rng(seed)
    frame = reference_frame(reference)
    made = MeshTarget(frame.mesh_to_unit(result), device=device)
    given = _target(reference, frame, device)
    from_result, from_reference = (side.sample(counts.surface, rng) for side in (made, given))
    onto_reference = given.project(from_result.points)
    onto_result = made.project(from_reference.points)
    over = onto_reference.at_rim
    if lids is not None:
        lid = SurfaceDistance(frame.mesh_to_unit(lids), device=device)
        over = over | (lid.unsigned(from_result.points) < onto_reference.distance)
    # All of the result may end at rims (a sheet seen edge-on); then nothing is left to set apart.
    kept = ~over | over.all()
    to_reference, to_result = onto_reference.distance[kept], onto_result.distance
    sharp, crease = _creases(made, from_result, given, counts.surface, rng)
    return Metrics(
        radius=frame.scale,
        result_to_reference=deviation(to_reference),
        reference_to_result=deviation(to_result),
        floor=offset + given.floor(from_reference.points[:FLOOR_POINTS]),
        over_holes=_over_holes(onto_reference, kept),
        chamfer=_chamfer(made, given, counts.chamfer, rng),
        f_score_5=f_score(to_reference, to_result, 0.005),
        f_score_10=f_score(to_reference, to_result, 0.01),
        normal_consistency=_normals(from_result, onto_reference, kept, from_reference, onto_result),
        volume=_volume(made, given, frame, reference_sdf, counts.volume, rng),
        sharp_chamfer=sharp,
        crease=crease,
    )


def reference_frame(reference: TriangleMesh | PointCloud) -> Similarity:
    """The frame in which the reference's bounding sphere is the unit sphere.

    The centre is that of the bounding box, the radius the distance of the farthest vertex.
    """
    points = reference.vertices if isinstance(reference, TriangleMesh) else reference.points
    frame = normalizing(points)
    return Similarity(centre=frame.centre, scale=frame.scale * UNIT_RADIUS)


def _target(
    reference: TriangleMesh | PointCloud, frame: Similarity, device: torch.device | str
) -> Target:
    if isinstance(reference, TriangleMesh):
        return MeshTarget(frame.mesh_to_unit(reference), device=device)
    return CloudTarget(PointCloud(frame.to_unit(reference.points), reference.normals))


def _over_holes(onto_reference: Projection, kept: Bool[np.ndarray, " points"]) -> OverHoles | None:
    if kept.all():
        return None
    return OverHoles(
        fraction=float((~kept).mean()), deviation=deviation(onto_reference.distance[~kept])
    )


def _chamfer(made: Target, given: Target, count: int, rng: np.random.Generator) -> Floored:
    """Of the whole surfaces; of a small cloud, with as many points as can be drawn twice."""
    first, second = given.sample_twice(count, rng)
    result = made.sample(len(first.points), rng)
    return Floored(
        value=chamfer(result.points, first.points),
        floor=chamfer(first.points, second.points),
        points=len(first.points),
    )


def _normals(
    from_result: PointCloud,
    onto_reference: Projection,
    kept: Bool[np.ndarray, " points"],
    from_reference: PointCloud,
    onto_result: Projection,
) -> float | None:
    """Both ways, with equal weight."""
    if onto_reference.normals is None or from_reference.normals is None:
        return None
    assert from_result.normals is not None and onto_result.normals is not None  # a mesh has normals
    forward = normal_consistency(from_result.normals[kept], onto_reference.normals[kept])
    return 0.5 * (forward + normal_consistency(from_reference.normals, onto_result.normals))


def _creases(
    made: Target, from_result: PointCloud, given: Target, count: int, rng: np.random.Generator
) -> tuple[Floored | None, Deviation | None]:
    """Chamfer distance of the samples near creases, and how far the reference's are off."""
    first, second = given.sample_twice(count, rng)
    result, once, again = (
        side.points[near_crease(side)]
        for side in (_first(from_result, len(first.points)), first, second)
    )
    if len(once) == 0:
        return None, None
    missed = deviation(made.project(once).distance)
    if len(result) == 0:
        return None, missed
    floor = chamfer(once, again) if len(again) else None
    number = min(len(result), len(once))
    return Floored(value=chamfer(result, once), floor=floor, points=number), missed


def _first(samples: PointCloud, count: int) -> PointCloud:
    """The first of random samples, which are a random choice too."""
    normals = None if samples.normals is None else samples.normals[:count]
    return PointCloud(samples.points[:count], normals)


def _volume(
    made: MeshTarget,
    given: Target,
    frame: Similarity,
    reference_sdf: SignedDistance | None,
    count: int,
    rng: np.random.Generator,
) -> Overlap | None:
    """Overlap of the volumes, in a box around both; None if the reference has no inside."""
    reference = None if reference_sdf is None else _in_frame(reference_sdf, frame)
    if reference is None and isinstance(given, MeshTarget):
        shape = topology(given.mesh)
        reference = given.distance.signed if shape.closed and shape.oriented else None
    if reference is None:
        return None
    corners = np.concatenate([made.bounds, given.bounds])
    box = np.stack([corners.min(axis=0), corners.max(axis=0)])
    return overlap(made.distance.signed, reference, box, count, rng)


def _in_frame(field: SignedDistance, frame: Similarity) -> SignedDistance:
    """A signed distance of the input frame, asked at points of the reference's frame."""
    return lambda points: field(frame.to_input(points))
