"""How good a space is: every metric, for every shape, with the table and the page."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from acutance.contouring.contour import Contouring
from acutance.data.datasets.procedural import is_there, load_source
from acutance.data.store import SampleStore, ShapeRecord
from acutance.errors import InputError
from acutance.jobs.fit import boundary_of
from acutance.jobs.listener import Listener, Stages
from acutance.jobs.reconstruct import ReconstructConfig, reconstruct_observed
from acutance.jobs.train import open_space, read_settings
from acutance.jobs.watch import read_curves
from acutance.machine.devices import CPU
from acutance.machine.files import write_file, write_json
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.topology import topology
from acutance.metrics.measure import SampleCounts, measure
from acutance.metrics.scores import ShapeScore, summary, to_csv
from acutance.metrics.table import Table
from acutance.metrics.volume import SignedDistance
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import Record
from acutance.report.curves import Curve
from acutance.report.gallery import gallery
from acutance.report.page import Report, write_report
from acutance.report.pictures import Picture
from acutance.solid.report import Rule
from acutance.solid.solid import Solid
from acutance.training.space.observation import Observation

QUICK = SampleCounts(surface=30_000, chamfer=30_000, volume=20_000)
"""Points a shape; fewer than for a single one, since the means are taken over many."""


FAITHFUL: dict[str, Rule] = {"exact": "exact", "winding": "winding"}
"""Rules by which the surface of the solid is that of the file."""


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """How a space is evaluated.

    Attributes:
        split: `train` for the shapes that it knows, `test` for those that it does not.
        contouring: how meshes are taken.
        reconstruction: how the code of an unseen shape is found.
        counts: points of the metrics.
        limit: only the first so many shapes of every category; None for all.
    """

    split: str = "train"
    contouring: Contouring = field(default_factory=Contouring)
    reconstruction: ReconstructConfig = field(default_factory=ReconstructConfig)
    counts: SampleCounts = field(default_factory=lambda: QUICK)
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise InputError(f"The limit must be 1 or more; got {self.limit}.")


def evaluate(
    space: ShapeSpace,
    store: SampleStore,
    config: EvaluateConfig | None = None,
    listener: Listener | None = None,
    keep: Callable[[str, TriangleMesh], None] = lambda key, mesh: None,
) -> list[ShapeScore]:
    """Measure the shapes of a split: known ones by their codes, others by codes that are found.

    Args:
        space: what was trained.
        store: what it was trained on, and what was kept aside.
        config: how.
        listener: told how it goes on.
        keep: is given every mesh with the shape's key.

    Raises:
        InputError: the split has no shapes, or one of them is in no store.
    """
    config = config or EvaluateConfig()
    listener = listener or Listener()
    keys = _selection(space, store, config)
    listener.stage(f"evaluating {config.split}")
    scores = list[ShapeScore]()
    for done, key in enumerate(keys, start=1):
        scores.append(score_shape(space, store, key, config, keep))
        listener.work(done / len(keys), f"{done}/{len(keys)}  {key}")
    return scores


def score_shape(
    space: ShapeSpace,
    store: SampleStore,
    key: str,
    config: EvaluateConfig,
    keep: Callable[[str, TriangleMesh], None] = lambda key, mesh: None,
) -> ShapeScore:
    """Mesh one shape and measure it; `keep` is given the mesh."""
    record = store.record(key)
    start = time.perf_counter()
    try:
        mesh = shape_of(space, store, key, config.reconstruction).extract(config.contouring).mesh
    except InputError as error:
        return ShapeScore(key=key, metrics=None, problem=str(error))
    seconds = time.perf_counter() - start
    keep(key, mesh)
    there, solid = topology(mesh), _solid_of(record, space.device)
    return ShapeScore(
        key=key,
        metrics=measure(
            mesh,
            _surface_of(store, record, solid),
            reference_sdf=None if solid is None else _side_of(solid),
            counts=config.counts,
            device=space.device,
        ),
        bodies=there.bodies,
        faces=len(mesh.faces),
        closed=there.manifold,
        seconds=seconds,
    )


def shape_of(
    space: ShapeSpace, store: SampleStore, key: str, config: ReconstructConfig | None = None
) -> NeuralSDF:
    """A shape of a store in a space: by its code, or by one that is found from its samples."""
    if key in space:
        return space.shape(key)
    observation = Observation.complete(store.pool(key))
    frame, stages = store.record(key).transform, Stages(Listener())
    return reconstruct_observed(
        space, observation, frame, config or ReconstructConfig(), stages
    ).shape


def reference_of(store: SampleStore, record: ShapeRecord) -> TriangleMesh | PointCloud:
    """What a shape should be: its file's surface where that can be had, else its surface points.

    Where the rule was flooding, the samples' surface lies outside of the file's, and is what
    counts.
    """
    return _surface_of(store, record, _solid_of(record, CPU))


def _solid_of(record: ShapeRecord, device: torch.device) -> Solid | None:
    """The solid of a shape's file, where its surface is that of the samples and it can be had."""
    if record.rule in FAITHFUL:
        with suppress(InputError):
            source = load_source(record.source)
            return Solid.of(source, rule=FAITHFUL[record.rule], device=device)
    return None


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
            f"The file of {record.key}, {record.source}, cannot be read, and the store has no "
            "surface points of it; so there is nothing to compare with."
        )
    points = record.transform.to_input(pool.surface_points.numpy().astype(np.float64))
    return PointCloud(points, pool.surface_normals.numpy().astype(np.float64))


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is written about a space.

    Attributes:
        scores: by split.
        curves: the course of the training.
        facts: what was trained.
        title: of the page.
        config: how they were measured.
        messages: what the user should know.
    """

    scores: dict[str, list[ShapeScore]]
    curves: Sequence[Record]
    facts: dict[str, str]
    title: str
    config: EvaluateConfig = field(default_factory=EvaluateConfig)
    messages: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """A table a split."""
        names = {"train": "Known shapes", "test": "Unseen shapes"}
        return [summary(scores, names.get(s, s)) for s, scores in self.scores.items() if scores]


def evaluate_run(
    folder: Path,
    splits: Sequence[str],
    config: EvaluateConfig,
    store: Path | None = None,
    output: Path | None = None,
    device: str = "auto",
    listener: Listener | None = None,
) -> tuple[Evaluation, list[Path]]:
    """Evaluate a run's folder and write what came out.

    Args:
        folder: what `train` wrote.
        splits: `train`, `test`, or both.
        config: how; its own split is not looked at.
        store: the store, where it is not where it was at the training.
        output: where to write; by default into the run's folder.
        device: where to compute.
        listener: told how it goes on.

    Returns:
        The scores, and the files that were written.

    Raises:
        InputError: the run or its store cannot be read, or has no shapes of a split.
    """
    space, settings = open_space(folder, device), read_settings(folder)
    samples = SampleStore.open(store or Path(str(settings.get("store", ""))))
    configs = {split: replace(config, split=split) for split in splits}
    chosen = [key for each in configs.values() for key in _selection(space, samples, each)]
    scores = {split: evaluate(space, samples, each, listener) for split, each in configs.items()}
    facts = {
        "shapes learned": f"{len(space.keys)}",
        "decoder": f"{space.decoder.parameter_count:,} parameters",
        "code": f"{space.codes.shape[1]:,} numbers",
        "store": str(samples.folder.resolve()),
        **_measured(config),
    }
    evaluation = Evaluation(
        scores=scores,
        curves=read_curves(folder),
        facts=facts,
        title=folder.resolve().name,
        config=config,
        messages=_gone(samples, chosen),
    )
    return evaluation, write_evaluation(output or folder, evaluation, space, samples)


def write_evaluation(
    folder: Path, evaluation: Evaluation, space: ShapeSpace, store: SampleStore
) -> list[Path]:
    """Write `scores-SPLIT.csv`, `scores.json` and `evaluation.html` into a folder.

    Returns:
        What was written, the page last.

    Raises:
        InputError: something cannot be written.
    """
    files = list[Path]()
    for split, scores in evaluation.scores.items():
        files.append(folder / f"scores-{split}.csv")
        write_file(files[-1], to_csv(scores))
    files.append(folder / "scores.json")
    plain = {s: [score.to_row() for score in scores] for s, scores in evaluation.scores.items()}
    write_json(files[-1], plain)
    files.append(folder / "evaluation.html")
    pictures = [
        picture
        for split, scores in evaluation.scores.items()
        for picture in _pictures(space, store, scores, split, evaluation.config)
    ]
    report = Report(
        title=evaluation.title,
        summary="A space of shapes: how close its shapes are to what they should be.",
        facts=evaluation.facts,
        pictures=pictures,
        tables=evaluation.tables(),
        curves=loss_curves(evaluation.curves),
    )
    write_report(files[-1], report)
    return files


def loss_curves(records: Sequence[Record]) -> list[Curve]:
    """The loss over the time."""
    if not records:
        return []
    return [
        Curve(
            title="Loss",
            x_label="seconds",
            y_label="distance term",
            x=np.array([record.seconds for record in records]),
            y=np.array([record.loss for record in records]),
            logarithmic=True,
        )
    ]


def _pictures(
    space: ShapeSpace,
    store: SampleStore,
    scores: Sequence[ShapeScore],
    split: str,
    config: EvaluateConfig,
) -> Iterator[Picture]:
    """Best, median and worst: what it should be above, what came out below."""
    ranked = sorted((s for s in scores if s.metrics is not None), key=lambda s: s.chamfer)
    if not ranked:
        return
    places = {"best": ranked[0], "median": ranked[len(ranked) // 2], "worst": ranked[-1]}
    for name, score in places.items():
        reference = reference_of(store, store.record(score.key))
        given = reference if isinstance(reference, TriangleMesh) else None
        shape = shape_of(space, store, score.key, config.reconstruction)
        made = shape.extract(config.contouring).mesh
        caption = f"{split}, {name}: {score.key}, Chamfer {score.chamfer:.3g} (left: reference)"
        yield Picture(caption=caption, png=gallery([[given, made]], size=360))


def _measured(config: EvaluateConfig) -> dict[str, str]:
    """How shapes are measured, in words."""
    limit, refinement = config.limit, config.reconstruction.refinement
    which = "all" if limit is None else f"the first {limit} of every category"
    seconds = 0.0 if refinement is None else refinement.budget.seconds
    details = f"refined for {seconds:g} s" if refinement else "not refined"
    return {
        "shapes measured": which,
        "meshes": f"{config.contouring.resolution} cells along the longest side",
        "unseen shapes": details,
    }


def _gone(store: SampleStore, keys: Sequence[str]) -> tuple[str, ...]:
    """What to know of shapes whose files are no longer there."""
    records = [store.record(key) for key in keys]
    gone = [r for r in records if r.rule in FAITHFUL and not is_there(r.source)]
    if not gone:
        return ()
    return (
        f"The files of {len(gone)} of {len(keys)} shapes, {gone[0].source} for one, are not there "
        "any more: these were measured by the surface points in the store, from which small "
        "distances come out too large. `acutance prepare` of where the files are now, into the "
        "same store, finds them again without sampling anew.",
    )


def _selection(space: ShapeSpace, store: SampleStore, config: EvaluateConfig) -> list[str]:
    """Known shapes of the split; or unseen ones, of the categories that the space knows."""
    known = {entry.category for entry in space.entries}
    keys, taken = list[str](), dict[str, int]()
    for key in store.split(config.split):
        category = store.record(key).category
        fits = key in space if config.split == "train" else category in known
        taken[category] = taken.get(category, 0) + fits
        if fits and (config.limit is None or taken[category] <= config.limit):
            keys.append(key)
    if not keys:
        raise InputError(
            f"{store.folder} has no shapes of the split {config.split!r} that this space could be "
            "measured by; prepare with --test-share to keep some aside."
        )
    return keys
