"""The page of a bench, its table for scripts, and the pictures of its shapes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acutance.data.store import SampleStore
from acutance.jobs.bench.config import BenchConfig
from acutance.jobs.bench.result import SHAPES, BenchResult
from acutance.jobs.bench.table import bench_csv, bench_tables, by_variant
from acutance.jobs.bench.verdicts import verdicts
from acutance.jobs.space.evaluate import reference_of
from acutance.machine.file_set import written_as_one
from acutance.machine.files import write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.scores import to_csv
from acutance.report.curves import Curve
from acutance.report.gallery import gallery
from acutance.report.page import Report, write_report
from acutance.report.pictures import Picture

PAGE, TABLE = "bench.html", "bench.csv"
"""What a bench writes into its folder, beside a folder a training."""

SHOWN = 6
"""Most shapes of a split in the pictures."""

VIEW = 160
"""Pixels along a side of a shape in a picture."""


def problems(results: Sequence[BenchResult]) -> list[str]:
    """Why variants could not be trained."""
    return [f"{r.variant.name}, seed {r.seed}: {r.problem}" for r in results if r.problem]


def write_bench(
    folder: Path, results: Sequence[BenchResult], store: SampleStore, config: BenchConfig
) -> None:
    """Write the page and the table of what is measured so far.

    Args:
        folder: of the bench.
        results: what is measured, in the order of the trainings.
        store: the shapes.
        config: what is compared in all.

    Raises:
        InputError: something cannot be written.
    """
    if not (folder / SHAPES).exists():
        keys = [shown_keys(store, split, config) for split in ("train", "test")]
        write_shapes_of(folder, [[_reference(store, key) for key in row] for row in keys])
    wanted = len(config.variants) * config.seeds
    report = Report(
        title="Which parts make a space of shapes good?",
        summary=(
            f"{len(results)} of {wanted} trainings, each of the same {len(store.split('train'))} "
            f"shapes, with the same samples and {_budget(config)}."
        ),
        warnings=problems(results),
        pictures=_pictures(folder, results, config),
        tables=[verdicts(results), *bench_tables(results)],
        curves=_quality(results),
        settings=_settings(results, store, config),
        machine="; ".join(dict.fromkeys(result.machine for result in results)),
    )
    with written_as_one(folder) as fresh:
        write_file(fresh / TABLE, bench_csv(results))
        write_report(fresh / PAGE, report)


def write_scores(folder: Path, result: BenchResult) -> None:
    """Write the scores of every shape as CSV into the folder of a training.

    Raises:
        InputError: they cannot be written.
    """
    for split in ("train", "test"):
        if scores := result.scores(split):
            write_file(folder / f"scores-{split}.csv", to_csv(scores))


def write_shapes_of(folder: Path, rows: Sequence[Sequence[TriangleMesh | None]]) -> None:
    """Write a picture of known and of unseen shapes.

    Raises:
        InputError: it cannot be written.
    """
    write_file(folder / SHAPES, gallery([row for row in rows if row], size=VIEW))


def shown_keys(store: SampleStore, split: str, config: BenchConfig) -> list[str]:
    """The first shapes of every category of a split, for the pictures: of each as many."""
    groups = dict[str, list[str]]()
    for key in store.split(split):
        groups.setdefault(store.record(key).category, []).append(key)
    each = max(1, SHOWN // max(1, len(groups)))
    each = each if config.limit is None else min(each, config.limit)
    return [key for keys in groups.values() for key in keys[:each]]


def _reference(store: SampleStore, key: str) -> TriangleMesh | None:
    """What a shape should be, where that is a mesh."""
    reference = reference_of(store, store.record(key))
    return reference if isinstance(reference, TriangleMesh) else None


def _pictures(folder: Path, results: Sequence[BenchResult], config: BenchConfig) -> list[Picture]:
    """What the shapes should be, and what each variant made of them with the first seed."""
    places = {"what they should be": folder / SHAPES}
    for result in results:
        if result.seed == config.seed and not result.problem:
            places[result.variant.name] = folder / result.variant.name / SHAPES
    return [
        Picture(caption=f"{name}: known shapes above, unseen ones below", png=path.read_bytes())
        for name, path in places.items()
        if path.exists()
    ]


def _quality(results: Sequence[BenchResult]) -> list[tuple[Curve, ...]]:
    """Error over time, a line a variant, with its first seed."""
    lines = []
    for name, trials in by_variant(results).items():
        course = np.array(trials[0].course).reshape(-1, 2)
        lines.append(
            Curve(
                title="Quality over time, known shapes",
                x_label="seconds of training",
                y_label="mean |f| at the surface, ·10³",
                x=course[:, 0],
                y=1e3 * course[:, 1],
                logarithmic=True,
                name=name,
            )
        )
    return [tuple(lines)] if lines else []


def _settings(
    results: Sequence[BenchResult], store: SampleStore, config: BenchConfig
) -> dict[str, object]:
    """What was compared, and how."""
    unseen = len(store.split("test"))
    return {
        "variants": ", ".join(variant.name for variant in config.variants),
        "seeds": ", ".join(str(seed) for seed in config.every_seed),
        "training": _budget(config),
        "shapes": f"{len(store.split('train'))} known, {unseen} unseen, from {store.folder.name}",
        "measured": "all" if config.limit is None else f"{config.limit} a category and split",
        "meshes": f"{config.resolution} cells along the longest side",
        "codes of unseen shapes": f"{config.inference.steps} steps from the nearest known one",
        "Acutance": ", ".join(dict.fromkeys(result.version for result in results)),
    }


def _budget(config: BenchConfig) -> str:
    """How long each variant is trained."""
    steps = config.budget.steps
    return f"{config.budget.seconds:g} s" if steps is None else f"{steps:,} steps"
