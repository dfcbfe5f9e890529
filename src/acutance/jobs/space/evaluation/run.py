"""The evaluation of a run's folder: every split that is asked for, beside what is there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from acutance.data.datasets.procedural import recorded_source_exists
from acutance.data.datasets.source import SPLITS
from acutance.data.store import SampleStore
from acutance.jobs.space.evaluate import (
    FAITHFUL_RULES,
    EvaluateConfig,
    evaluate,
    reference_of,
    selected_keys,
)
from acutance.jobs.space.evaluation.codes import measure_codes, plot_codes
from acutance.jobs.space.evaluation.exemplars import Exemplar, Exemplars
from acutance.jobs.space.evaluation.nearest import KnownSurfaces
from acutance.jobs.space.evaluation.page import NAMES, Evaluation, write_evaluation
from acutance.jobs.space.evaluation.results import (
    SplitResults,
    check_kept,
    model_checksum,
    read_results,
)
from acutance.jobs.space.open import open_space
from acutance.jobs.space.resume import other_samples
from acutance.jobs.space.run_folder import MODEL, read_curves, read_settings
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.scores import ShapeScore, summary
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress
from acutance.report.gallery import gallery
from acutance.report.pictures import Picture


def evaluate_run(
    folder: Path,
    splits: Sequence[str],
    config: EvaluateConfig,
    store: Path | None = None,
    output: Path | None = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> tuple[Evaluation, list[Path]]:
    """Evaluate a run's folder and write what came out, beside what is there of other splits.

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
        InputError: the run or its store cannot be read, or has no shapes of a split; or the
            results of a part of the shapes would replace those of all.
    """
    space, settings = open_space(folder, device), read_settings(folder)
    samples = SampleStore.open(store or Path(str(settings.get("store", ""))))
    output, model = output or folder, model_checksum(folder / MODEL)
    earlier = {split: read_results(output, split) for split in SPLITS}
    configs = {split: replace(config, split=split) for split in splits}
    chosen = {split: selected_keys(space, samples, each) for split, each in configs.items()}
    whole = {s: _is_whole(space, samples, configs[s], chosen[s]) for s in configs}
    for split in splits:
        check_kept(earlier[split], output, whole=whole[split])
    scores, results = dict[str, list[ShapeScore]](), dict[str, SplitResults]()
    for split, each in configs.items():
        scores[split], pictures = _measure(space, samples, each, progress)
        results[split] = SplitResults(
            split=split,
            model=model,
            whole=whole[split],
            protocol=_protocol(each, whole=whole[split]),
            rows=[score.to_row() for score in scores[split]],
            table=summary(scores[split], NAMES[split]),
            pictures=pictures,
        )
    others = [found for split, found in earlier.items() if found and split not in results]
    results |= {found.split: found for found in others if found.model == model}
    keys = [key for found in chosen.values() for key in found]
    evaluation = Evaluation(
        title=folder.resolve().name,
        facts=_facts(space, samples),
        curves=read_curves(folder),
        scores=scores,
        results={split: results[split] for split in SPLITS if split in results},
        codes=measure_codes(space, samples),
        plot=plot_codes(space),
        messages=(
            *_relabelled(space, samples, splits),
            *_changed(settings, samples, keys),
            *_missing_files(samples, keys),
            *_outdated(found.split for found in others if found.model != model),
        ),
    )
    return evaluation, write_evaluation(output, evaluation)


def _is_whole(
    space: ShapeSpace, store: SampleStore, config: EvaluateConfig, chosen: Sequence[str]
) -> bool:
    """Whether no limit leaves a shape of the split out."""
    return len(chosen) == len(selected_keys(space, store, replace(config, limit=None)))


def _facts(space: ShapeSpace, store: SampleStore) -> dict[str, str]:
    """What was trained, in words."""
    return {
        "shapes learned": f"{len(space.keys)}",
        "decoder": f"{space.decoder.parameter_count:,} parameters",
        "code": f"{space.codes.shape[1]:,} numbers",
        "store": str(store.folder.resolve()),
    }


def _measure(
    space: ShapeSpace, store: SampleStore, config: EvaluateConfig, progress: Progress
) -> tuple[list[ShapeScore], list[Picture]]:
    """The scores of a split, unseen shapes beside the nearest known ones; and pictures."""
    exemplars = Exemplars()
    scores = evaluate(space, store, config, progress, exemplars.add)
    if config.split != "train":
        scores = [*map(KnownSurfaces(space, store).beside, scores)]
    nearest = {score.key: score.nearest_known for score in scores}
    return scores, [*_pictures(store, exemplars.named(), nearest, config.split)]


def _pictures(
    store: SampleStore, exemplars: Mapping[str, Exemplar], nearest: Mapping[str, str], split: str
) -> Iterator[Picture]:
    """Best, median and worst: what it should be, what was measured, and the nearest known shape."""
    for name, (score, mesh) in exemplars.items():
        known = nearest[score.key]
        row = [_mesh_of(store, score.key), mesh, *([_mesh_of(store, known)] if known else ())]
        beside = f"middle: result, right: the nearest known, {known}" if known else "right: result"
        caption = (
            f"{split}, {name}: {score.key}, Chamfer {score.chamfer:.3g} (left: reference, {beside})"
        )
        yield Picture(caption=caption, png=gallery([row], size=360))


def _mesh_of(store: SampleStore, key: str) -> TriangleMesh | None:
    """What a shape should be; None where there are only points of it."""
    reference = reference_of(store, store.record(key))
    return reference if isinstance(reference, TriangleMesh) else None


def _protocol(config: EvaluateConfig, *, whole: bool) -> str:
    """How the shapes of a split are measured, in words."""
    unseen = config.reconstruction
    ways = ["all" if whole else f"the first {config.limit} of every category", "by their codes"]
    if config.split != "train" and unseen.detailing is not None:
        ways.append("with tables of their own")
    if config.split != "train" and unseen.refinement is not None:
        ways.append(f"refined for {unseen.refinement.budget.seconds or 0:g} s")
    return ", ".join([*ways, f"meshed with {config.contouring.resolution} cells"])


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


def _outdated(splits: Iterable[str]) -> tuple[str, ...]:
    """What to know of results of another state of the model."""
    return tuple(
        f"The results of the split {split!r} in this folder are of another model: they are not on "
        f"the page; --split {split} measures it anew."
        for split in splits
    )
