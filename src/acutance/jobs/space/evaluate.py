"""How good a space is: every metric, for every shape."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch

from acutance.contouring.contour import Contouring
from acutance.data.datasets.procedural import load_recorded_source
from acutance.data.record import ShapeRecord
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.shape.fit import boundary_of
from acutance.jobs.space.reconstruct import ReconstructConfig, infer_shape
from acutance.machine.devices import CPU
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.topology import topology
from acutance.metrics.measure import SampleCounts, measure
from acutance.metrics.scores import ShapeScore
from acutance.metrics.volume import SignedDistance
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress
from acutance.solid.report import Rule
from acutance.solid.solid import Solid
from acutance.training.space.observation import Observation

MANY_SHAPES = SampleCounts(surface=30_000, chamfer=30_000, volume=20_000)
"""Points a shape; fewer than for a single one, since the means are taken over many."""

FAITHFUL_RULES: dict[str, Rule] = {"exact": "exact", "winding": "winding"}
"""Rules by which the surface of the solid is that of the file."""


Keep: TypeAlias = Callable[[ShapeScore, TriangleMesh], None]
"""Is given a score, and the very mesh that it was measured by."""


def _forget(score: ShapeScore, mesh: TriangleMesh) -> None:
    """Keeps no mesh."""


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """How a space is evaluated.

    Attributes:
        split: `train` for the shapes that it knows, whatever the store calls them now; `test` for
            those of that split that it does not know.
        contouring: how meshes are taken.
        reconstruction: how the code of an unseen shape is found.
        counts: points of the metrics.
        limit: only the first so many shapes of every category; None for all.
    """

    split: str = "train"
    contouring: Contouring = field(default_factory=Contouring)
    reconstruction: ReconstructConfig = field(default_factory=ReconstructConfig)
    counts: SampleCounts = field(default_factory=lambda: MANY_SHAPES)
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise InputError(f"The limit must be 1 or more; got {self.limit}.")


def evaluate(
    space: ShapeSpace,
    store: SampleStore,
    config: EvaluateConfig | None = None,
    progress: Progress = SILENT,
    keep: Keep = _forget,
) -> list[ShapeScore]:
    """Measure the shapes of a split: known ones by their codes, others by codes that are found.

    Args:
        space: what was trained.
        store: what it was trained on, and what was kept aside.
        config: how.
        progress: receives the stages and how they go on.
        keep: is given every mesh with its score.

    Raises:
        InputError: the split has no shapes, or one of them is in no store.
    """
    config = config or EvaluateConfig()
    keys = selected_keys(space, store, config)
    progress.stage(f"evaluating {config.split}")
    scores = list[ShapeScore]()
    for done, key in enumerate(keys, start=1):
        scores.append(score_shape(space, store, key, config, keep))
        progress.advance(done / len(keys), f"{done}/{len(keys)}  {key}")
    return scores


def score_shape(
    space: ShapeSpace,
    store: SampleStore,
    key: str,
    config: EvaluateConfig,
    keep: Keep = _forget,
) -> ShapeScore:
    """Mesh one shape and measure it; `keep` is given the score and the mesh."""
    record = store.record(key)
    start = time.perf_counter()
    try:
        mesh = (
            shape_in_space(space, store, key, config.reconstruction).extract(config.contouring).mesh
        )
    except InputError as error:
        return ShapeScore(key=key, metrics=None, problem=str(error))
    seconds = time.perf_counter() - start
    there, solid = topology(mesh), _solid_of(record, space.device)
    reference = _surface_of(store, record, solid)
    metrics = measure(
        mesh,
        reference,
        reference_sdf=None if solid is None else _side_of(solid),
        counts=config.counts,
        device=space.device,
    )
    score = ShapeScore(
        key=key,
        metrics=metrics,
        diagonal=_diagonal(reference) / metrics.radius,
        bodies=there.bodies,
        faces=len(mesh.faces),
        closed=there.manifold,
        seconds=seconds,
    )
    keep(score, mesh)
    return score


def shape_in_space(
    space: ShapeSpace, store: SampleStore, key: str, config: ReconstructConfig | None = None
) -> NeuralSDF:
    """A shape of a store in a space: by its code, or by one that is found from its samples."""
    if key in space:
        return space.shape(key)
    observation = Observation.complete(store.pool(key))
    transform = store.record(key).transform
    return infer_shape(space, observation, transform, config or ReconstructConfig()).shape


def reference_of(store: SampleStore, record: ShapeRecord) -> TriangleMesh | PointCloud:
    """What a shape should be: its file's surface where that can be had, else its surface points.

    Where the rule was flooding, the samples' surface lies outside of the file's, and is what
    counts.
    """
    return _surface_of(store, record, _solid_of(record, CPU))


def _solid_of(record: ShapeRecord, device: torch.device) -> Solid | None:
    """The solid of a shape's file, where its surface is that of the samples and it can be had."""
    if record.rule in FAITHFUL_RULES:
        with suppress(InputError):
            if not record.source:  # it was made in memory
                return None
            source = load_recorded_source(record.source)
            return Solid.of(source, rule=FAITHFUL_RULES[record.rule], device=device)
    return None


def _diagonal(shape: TriangleMesh | PointCloud) -> float:
    """Length of the diagonal of a shape's bounding box."""
    points = shape.vertices if isinstance(shape, TriangleMesh) else shape.points
    return float(np.linalg.norm(np.ptp(points, axis=0)))


def _side_of(solid: Solid) -> SignedDistance:
    """Which side points of the input's frame are on."""
    return lambda points: solid.distance(solid.transform.to_unit(points))


def _surface_of(
    store: SampleStore, record: ShapeRecord, solid: Solid | None
) -> TriangleMesh | PointCloud:
    """What bounds the solid, else the surface points in the store."""
    if solid is not None:
        return boundary_of(solid)
    pool = store.pool(record.key)
    if not len(pool.surface_points):
        raise InputError(
            f"The file of {record.key}, {record.source or 'which has none'}, cannot be read, and "
            "the store has no surface points of it; so there is nothing to compare with."
        )
    points = record.transform.to_input(pool.surface_points.numpy().astype(np.float64))
    return PointCloud(points, pool.surface_normals.numpy().astype(np.float64))


def selected_keys(space: ShapeSpace, store: SampleStore, config: EvaluateConfig) -> list[str]:
    """Known shapes; or unseen ones of the split, of the categories that the space knows.

    What the space learned is known, even where the store keeps it aside by now.
    """
    known = {entry.category for entry in space.entries}
    keys, taken = list[str](), dict[str, int]()
    for key in store.records if config.split == "train" else store.split(config.split):
        category = store.record(key).category
        fits = key in space if config.split == "train" else key not in space and category in known
        taken[category] = taken.get(category, 0) + fits
        if fits and (config.limit is None or taken[category] <= config.limit):
            keys.append(key)
    if not keys:
        raise InputError(
            f"{store.folder} has no shapes of the split {config.split!r} that this space could be "
            "measured by; prepare with --test-share to keep some aside."
        )
    return keys
