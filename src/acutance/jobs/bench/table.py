"""The numbers of a bench as tables: means over seeds for the reader, every training for scripts."""

import csv
import io
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from acutance.jobs.bench.result import BenchResult
from acutance.metrics.metrics import Metrics
from acutance.metrics.scores import ShapeScore, by_category, mean, median, number
from acutance.metrics.table import Row, Table

Scores = Sequence[ShapeScore]

SPLIT_NAMES = {"train": "Known shapes", "test": "Unseen shapes"}
"""What the splits are called for the reader."""


class Quantity(NamedTuple):
    """What is told of some shapes: its column in the CSV file, its head in a table, its value."""

    column: str
    head: str
    of: Callable[[Scores], float | None]


def _found(scores: Scores) -> list[Metrics]:
    """Numbers of the shapes that have a surface."""
    return [score.metrics for score in scores if score.metrics is not None]


def _chamfers(scores: Scores) -> list[float]:
    """Chamfer distances ×10³ of the shapes that have a surface."""
    return [metrics.chamfer.value for metrics in _found(scores)]


QUANTITIES = (
    Quantity("chamfer_mean", "CD mean", lambda scores: mean(_chamfers(scores))),
    Quantity("chamfer_median", "median", lambda scores: median(_chamfers(scores))),
    Quantity("chamfer_worst", "worst", lambda scores: max(_chamfers(scores), default=None)),
    Quantity("chamfer_shapenet", "ShapeNet", lambda s: mean(each.chamfer_shapenet for each in s)),
    Quantity("distance", "dist.", lambda s: median(1e3 * m.surface.mean for m in _found(s))),
    Quantity("normals", "normals", lambda s: mean(m.normal_consistency for m in _found(s))),
    Quantity(
        "creases",
        "creases",
        lambda s: mean(None if m.crease is None else 1e3 * m.crease.mean for m in _found(s)),
    ),
)

NOTE = (
    "CD: Chamfer distance ×10³ as DeepSDF defines it, the sum of the two mean squared distances to "
    "the nearest of 30,000 points; in radii of the bounding sphere. ShapeNet: its mean in the "
    "frame in which DeepSDF's code measures, that of ShapeNetCore, where the diagonal of the "
    "bounding box is 1. floor: CD of two samplings of the reference. dist.: median of the mean "
    "point-to-surface distances both ways, ·10³. normals: mean |cos|. creases: mean distance of "
    "the reference's creases to the result, ·10³. lost: shapes without a surface, which are in no "
    "other number. ±: standard deviation over seeds."
)

COST_NOTE = (
    "M par.: million parameters of the decoder. min: training time. gain: share by which |f| at "
    "the surface fell in the last quarter of the training; the larger, the less it had converged."
)


def by_variant(results: Sequence[BenchResult]) -> dict[str, list[BenchResult]]:
    """The trainings of every variant that did not fail."""
    groups = dict[str, list[BenchResult]]()
    for result in results:
        if not result.problem:
            groups.setdefault(result.variant.name, []).append(result)
    return groups


def bench_tables(results: Sequence[BenchResult]) -> list[Table]:
    """Costs, and a table for every split and category; a row a variant."""
    variants = by_variant(results)
    if not variants:
        return []
    rows = tuple(row for name, trials in variants.items() for row in _cost_rows(name, trials))
    costs = ("M par.", "code", "seeds", "steps", "min", "gain")
    tables = [Table(title="Size and time", columns=costs, rows=rows, note=COST_NOTE)]
    heads = (*(quantity.head for quantity in QUANTITIES), "lost")
    for split, title in SPLIT_NAMES.items():
        for category in _categories(results, split):
            rows = tuple(
                row
                for name, trials in variants.items()
                for row in _error_rows(name, [_of(trial, split, category) for trial in trials])
            )
            tables.append(Table(title=f"{title}: {category}", columns=heads, rows=rows, note=""))
    tables[-1] = replace(tables[-1], note=NOTE if len(tables) > 1 else COST_NOTE)
    return tables


def bench_csv(results: Sequence[BenchResult]) -> str:
    """A line for every training, split and category."""
    text, lines = io.StringIO(), [*_lines(results)]
    names = list(dict.fromkeys(name for line in lines for name in line))
    writer = csv.DictWriter(text, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def spread(values: Sequence[float]) -> float:
    """Standard deviation over seeds; 0 for a single one."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def _lines(results: Sequence[BenchResult]) -> Iterator[dict[str, object]]:
    """What `bench_csv` writes."""
    for result in results:
        about: dict[str, object] = {
            "variant": result.variant.name,
            "preset": result.variant.preset,
            "film": result.variant.film,
            "normal_weight": result.variant.normals,
            "seed": result.seed,
            "parameters": result.parameters,
            "code": result.code,
            "steps": result.steps,
            "seconds": result.seconds,
            "late_gain": result.late_gain,
            "acutance": result.version,
            "machine": result.machine,
            "problem": result.problem,
        }
        groups = [
            (split, category, group)
            for split in SPLIT_NAMES
            for category, group in by_category(result.scores(split)).items()
        ]
        for split, category, group in groups or [("", "", [])]:
            yield {
                **about,
                "split": split,
                "category": category,
                "shapes": len(group),
                "lost": len(group) - len(_found(group)),
                **{quantity.column: quantity.of(group) for quantity in QUANTITIES},
                "floor": _floor(group),
            }


def _categories(results: Sequence[BenchResult], split: str) -> list[str]:
    """The categories of a split, and all where there are several."""
    return list(dict.fromkeys(name for r in results for name in by_category(r.scores(split))))


def _of(result: BenchResult, split: str, category: str) -> Scores:
    """Scores of a category of a split."""
    return by_category(result.scores(split)).get(category, [])


def _cost_rows(name: str, trials: Sequence[BenchResult]) -> Iterator[Row]:
    """What a variant takes: means over its seeds."""
    first, gain = trials[0], mean(trial.late_gain for trial in trials)
    yield _row(
        name,
        f"{first.parameters / 1e6:.2f}",
        f"{first.code:,}",
        ", ".join(str(trial.seed) for trial in trials),
        f"{statistics.fmean(trial.steps for trial in trials):,.0f}",
        f"{statistics.fmean(trial.seconds for trial in trials) / 60:.1f}",
        "–" if gain is None else f"{100 * gain:.0f} %",
    )


def _error_rows(name: str, trials: Sequence[Scores]) -> Iterator[Row]:
    """How good a variant is: means over its seeds, and their spread where there are several."""
    measured = [[quantity.of(scores) for scores in trials] for quantity in QUANTITIES]
    shapes = [score for scores in trials for score in scores]
    lost = f"{len(shapes) - len(_found(shapes))}/{len(shapes)}"
    yield _row(name, *(number(mean(values)) for values in measured), lost, floor=_floor(shapes))
    if len(trials) > 1:
        known = [[value for value in values if value is not None] for values in measured]
        spreads = (number(spread(values) if len(values) > 1 else None) for values in known)
        yield _row("±", *spreads, "")


def _floor(scores: Scores) -> float | None:
    """Chamfer distance of two samplings of the reference, median."""
    return median(metrics.chamfer.floor for metrics in _found(scores))


def _row(name: str, *values: str, floor: float | None = None) -> Row:
    """A row of text."""
    said = "" if floor is None else number(floor)
    return Row(name=name, values=values, unit="", formula="", points="", floor=said)
