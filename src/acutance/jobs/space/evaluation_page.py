"""The evaluation of a run's folder: tables, files and a page of pictures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from acutance.data.datasets.procedural import recorded_source_exists
from acutance.data.store import SampleStore
from acutance.jobs.space.codes import measure_codes
from acutance.jobs.space.evaluate import (
    FAITHFUL_RULES,
    EvaluateConfig,
    evaluate,
    reference_of,
    selected_keys,
)
from acutance.jobs.space.exemplars import Exemplar, Exemplars
from acutance.jobs.space.open import open_space
from acutance.jobs.space.resume import other_samples
from acutance.jobs.space.run_folder import read_curves, read_settings
from acutance.machine.file_set import written_as_one
from acutance.machine.files import write_file, write_json
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.codes import CodeScores
from acutance.metrics.scores import ShapeScore, summary, to_csv
from acutance.metrics.table import Table
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress, TrainingRecord
from acutance.report.curves import Curve
from acutance.report.gallery import gallery
from acutance.report.page import Report, write_report
from acutance.report.pictures import Picture


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is written about a space.

    Attributes:
        scores: by split.
        curves: the course of the training.
        facts: what was trained.
        title: of the page.
        config: how they were measured.
        codes: what the codes tell of the known shapes; None where it was not asked.
        exemplars: the best, the median and the worst shape of every split, as it was measured.
        messages: what the user should know.
    """

    scores: dict[str, list[ShapeScore]]
    curves: Sequence[TrainingRecord]
    facts: dict[str, str]
    title: str
    config: EvaluateConfig = field(default_factory=EvaluateConfig)
    codes: CodeScores | None = None
    exemplars: Mapping[str, Mapping[str, Exemplar]] = field(default_factory=dict)
    messages: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """A table a split, and one of the codes."""
        names = {"train": "Known shapes", "test": "Unseen shapes"}
        found = [summary(scores, names.get(s, s)) for s, scores in self.scores.items() if scores]
        return found if self.codes is None else [*found, self.codes.table()]


def evaluate_run(
    folder: Path,
    splits: Sequence[str],
    config: EvaluateConfig,
    store: Path | None = None,
    output: Path | None = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> tuple[Evaluation, list[Path]]:
    """Evaluate a run's folder and write what came out.

    Args:
        folder: what `train` wrote.
        splits: `train`, `test`, or both.
        config: how; its own split is not looked at.
        store: the store, where it is not where it was at the training.
        output: where to write; by default into the run's folder.
        device: where to compute.
        progress: receives the stages and how they go on.

    Returns:
        The scores, and the files that were written.

    Raises:
        InputError: the run or its store cannot be read, or has no shapes of a split.
    """
    space, settings = open_space(folder, device), read_settings(folder)
    samples = SampleStore.open(store or Path(str(settings.get("store", ""))))
    configs = {split: replace(config, split=split) for split in splits}
    chosen = [key for each in configs.values() for key in selected_keys(space, samples, each)]
    exemplars = {split: Exemplars() for split in configs}
    scores = {
        split: evaluate(space, samples, each, progress, exemplars[split].add)
        for split, each in configs.items()
    }
    facts = {
        "shapes learned": f"{len(space.keys)}",
        "decoder": f"{space.decoder.parameter_count:,} parameters",
        "code": f"{space.codes.shape[1]:,} numbers",
        "store": str(samples.folder.resolve()),
        **_protocol(config),
    }
    evaluation = Evaluation(
        scores=scores,
        curves=read_curves(folder),
        facts=facts,
        title=folder.resolve().name,
        config=config,
        codes=measure_codes(space, samples),
        exemplars={split: kept.named() for split, kept in exemplars.items()},
        messages=(
            *_relabelled(space, samples, splits),
            *_changed(settings, samples, chosen),
            *_missing_files(samples, chosen),
        ),
    )
    return evaluation, write_evaluation(output or folder, evaluation, samples)


def write_evaluation(folder: Path, evaluation: Evaluation, store: SampleStore) -> list[Path]:
    """Write `scores-SPLIT.csv`, `scores.json` and `evaluation.html` into a folder, as one.

    Returns:
        What was written, the page last.

    Raises:
        InputError: something cannot be written.
    """
    pictures = [
        picture
        for split, exemplars in evaluation.exemplars.items()
        for picture in _pictures(store, exemplars, split)
    ]
    report = Report(
        title=evaluation.title,
        summary="A space of shapes: how close its shapes are to what they should be.",
        facts=evaluation.facts,
        pictures=pictures,
        tables=evaluation.tables(),
        curves=loss_curves(evaluation.curves),
    )
    rows = {s: [score.to_row() for score in scores] for s, scores in evaluation.scores.items()}
    codes = {} if evaluation.codes is None else {"codes": asdict(evaluation.codes)}
    names = [*(f"scores-{split}.csv" for split in rows), "scores.json", "evaluation.html"]
    with written_as_one(folder) as fresh:
        for split, scores in evaluation.scores.items():
            write_file(fresh / f"scores-{split}.csv", to_csv(scores))
        write_json(fresh / "scores.json", {**rows, **codes})
        write_report(fresh / "evaluation.html", report)
    return [folder / name for name in names]


def loss_curves(records: Sequence[TrainingRecord]) -> list[Curve]:
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
    store: SampleStore, exemplars: Mapping[str, Exemplar], split: str
) -> Iterator[Picture]:
    """Best, median and worst: what it should be on the left, what was measured on the right."""
    for name, (score, mesh) in exemplars.items():
        reference = reference_of(store, store.record(score.key))
        given = reference if isinstance(reference, TriangleMesh) else None
        caption = f"{split}, {name}: {score.key}, Chamfer {score.chamfer:.3g} (left: reference)"
        yield Picture(caption=caption, png=gallery([[given, mesh]], size=360))


def _protocol(config: EvaluateConfig) -> dict[str, str]:
    """How shapes are measured, in words."""
    limit, unseen = config.limit, config.reconstruction
    which = "all" if limit is None else f"the first {limit} of every category"
    ways = ["by their codes"]
    if unseen.detailing is not None:
        ways.append("with tables of their own")
    if unseen.refinement is not None:
        ways.append(f"refined for {unseen.refinement.budget.seconds or 0:g} s")
    return {
        "shapes measured": which,
        "meshes": f"{config.contouring.resolution} cells along the longest side",
        "unseen shapes": ", ".join(ways),
    }


def _relabelled(space: ShapeSpace, store: SampleStore, splits: Sequence[str]) -> tuple[str, ...]:
    """What to know of shapes that were learned, but that the store keeps aside by now."""
    learned = [key for key in store.split("test") if key in space]
    if not learned or "test" not in splits:
        return ()
    return (
        f"{len(learned)} shapes that the store keeps aside for tests, {learned[0]} for one, were "
        "learned by this run: they are not unseen, and count as known shapes. Train anew to test "
        "by them.",
    )


def _changed(settings: dict[str, Any], store: SampleStore, keys: Sequence[str]) -> tuple[str, ...]:
    """What to know of shapes that are not those that were learned, though they have their names."""
    changed = sorted({*other_samples(settings, store)} & {*keys})
    if not changed:
        return ()
    return (
        f"The samples of {len(changed)} of {len(keys)} shapes, {changed[0]} for one, are not those "
        "that this run learned: the store was made anew since, or is another one.",
    )


def _missing_files(store: SampleStore, keys: Sequence[str]) -> tuple[str, ...]:
    """What to know of shapes whose files are no longer there."""
    records = [store.record(key) for key in keys]
    missing = [
        r for r in records if r.rule in FAITHFUL_RULES and not recorded_source_exists(r.source)
    ]
    if not missing:
        return ()
    gone = [record.source for record in missing if record.source]
    why = f"{gone[0]} for one, are not there any more" if gone else "which were in memory, are none"
    return (
        f"The files of {len(missing)} of {len(keys)} shapes, {why}: these were measured by the "
        "surface points in the store, from which small distances come out too large. `acutance "
        "prepare` of files, into the same store, finds them without sampling anew.",
    )
