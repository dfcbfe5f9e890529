"""A point cloud as it came, made ready: outliers set aside, normals checked, open or closed."""

from dataclasses import dataclass

import numpy as np

from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud
from acutance.mesh.normalize import Similarity, normalizing
from acutance.mesh.unit_normals import with_unit_normals
from acutance.solid.points.cloud import OrientedCloud, check_count
from acutance.solid.points.given import sound_normals
from acutance.solid.points.neighbours import thinned
from acutance.solid.points.outliers import belonging

MOST_POINTS = 500_000
"""Points that are worked with; of a larger cloud so many are taken, evenly spread: their spacing is
less than half a cell at the usual resolution."""

INSIDE_OUT = -0.25
"""Mean winding number beside a cloud below which its normals point inwards: half-way from that of a
sheet to that of a closed surface."""

OPEN = 0.36
"""Mean winding number below which a cloud is open, if a ball gets behind its points: a sphere has
this where 28 % of its surface is missing, a cube without one side 0.4, half a sphere 0.25."""

BEHIND = 0.5
"""Share of points that the ball touches from both sides where it gets behind the points."""


@dataclass(frozen=True)
class Assessed:
    """A cloud, ready to bound a solid.

    Attributes:
        transform: the way between the input frame and the unit frame.
        cloud: the points that belong to the shape, with normals, in the unit frame.
        holed: whether a ball gets behind the points.
        open: whether they bound a sheet rather than a body.
        notes: sentences about what was set aside and mended.
    """

    transform: Similarity
    cloud: OrientedCloud
    holed: bool
    open: bool
    notes: tuple[str, ...]


def assess(source: PointCloud, rng: np.random.Generator) -> Assessed:
    """Make a cloud ready.

    Args:
        source: in the input frame.
        rng: source of randomness.

    Raises:
        InputError: it has points that are no numbers, or too few.

    Example:
        >>> ball = np.random.default_rng(0).normal(size=(2000, 3))
        >>> ball /= np.linalg.norm(ball, axis=1, keepdims=True)
        >>> far = np.concatenate([ball, [[90.0, 0.0, 0.0]]])
        >>> found = assess(PointCloud(far, far), np.random.default_rng(0))
        >>> found.open, found.notes[0]
        (False, '1 point belongs to no surface and was set aside, the farthest at (90, 0, 0).')
    """
    if not np.isfinite(source.points).all():
        raise InputError("The cloud has points that are NaN or infinite; remove or mend them.")
    source, notes = with_unit_normals(source)
    source, fewer = _fewer(source)
    check_count(source.points)
    source, aside = _without_outliers(source)
    transform = normalizing(source.points)
    points = transform.to_unit(source.points)
    normals, seen, mended = sound_normals(points, source.normals)
    notes += (*fewer, *aside, *mended)
    cloud = OrientedCloud(points, normals)
    winding = cloud.mean_winding(rng)
    if winding < INSIDE_OUT:
        cloud, winding = OrientedCloud(points, -normals), -winding
        notes += ("The normals pointed inwards and were turned.",)
    holed = seen.open > BEHIND
    return Assessed(transform, cloud, holed, holed and winding < OPEN, notes)


def _fewer(source: PointCloud) -> tuple[PointCloud, tuple[str, ...]]:
    """Distinct points, and not more than can be worked with."""
    count = len(source.points)
    if count <= MOST_POINTS:
        _, kept = np.unique(source.points, axis=0, return_index=True)
        return _chosen(source, kept), ()
    kept = thinned(source.points, MOST_POINTS)
    return _chosen(source, kept), (
        f"Of {count:,} points {len(kept):,} were taken, one in each cell of a fine grid.",
    )


def _without_outliers(source: PointCloud) -> tuple[PointCloud, tuple[str, ...]]:
    kept = belonging(source.points)
    if kept.all():
        return source, ()
    count = int(np.sum(~kept))
    centre = np.median(source.points[kept], axis=0)
    astray = source.points[~kept]
    x, y, z = astray[np.argmax(np.linalg.norm(astray - centre, axis=1))]
    what = "1 point belongs" if count == 1 else f"{count:,} points belong"
    were = "was" if count == 1 else "were"
    return _chosen(source, np.flatnonzero(kept)), (
        f"{what} to no surface and {were} set aside, the farthest at ({x:.4g}, {y:.4g}, {z:.4g}).",
    )


def _chosen(source: PointCloud, kept: np.ndarray) -> PointCloud:
    normals = source.normals
    return PointCloud(source.points[kept], None if normals is None else normals[kept])
