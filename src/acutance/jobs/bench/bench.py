"""The paper's question, answered on the user's machine: which parts make a space of shapes good?"""

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from acutance.contouring.contour import Contouring
from acutance.data.datasets.source import SPLITS
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.bench.claim import check_samples, claim_bench
from acutance.jobs.bench.config import BenchConfig
from acutance.jobs.bench.page import (
    PAGE,
    shown_keys,
    write_bench,
    write_scores,
    write_shapes_of,
)
from acutance.jobs.bench.result import BenchResult, read_result, write_result
from acutance.jobs.bench.store import bench_store
from acutance.jobs.bench.variants import Variant
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluate import EvaluateConfig, evaluate
from acutance.jobs.space.reconstruct import ReconstructConfig
from acutance.jobs.space.run_folder import RUN_SETTINGS, last_step, read_quality
from acutance.jobs.space.train import Trained, train
from acutance.machine.description import machine_line
from acutance.machine.files import check_folder
from acutance.machine.locks import locked
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.scores import ShapeScore
from acutance.progress import SILENT, Progress, TrainingRecord
from acutance.training.space.loop import Collapsed


def bench(
    folder: Path, config: BenchConfig, data: Path | None = None, progress: Progress = SILENT
) -> list[BenchResult]:
    """Train every variant on the same samples for the same time, and measure all alike.

    The page and the table are written anew as each training is measured. What is finished is not
    done again: the same call goes on where an earlier one was interrupted, also within a training.

    Args:
        folder: a folder a training is written into it, and the page.
        config: how.
        data: a store with shapes of both splits; None makes one of procedural shapes.
        progress: receives the stages and how they go on.

    Raises:
        InputError: the store has no training shapes; the folder holds a bench of other settings or
            samples, or another process is at work there; or something cannot be written.
        KeyboardInterrupt: it was interrupted; the message says what there is.

    Example:
        >>> from acutance.jobs.bench.variants import variants_named
        >>> from acutance.training.schedule import Budget
        >>> small = BenchConfig(
        ...     variants=variants_named(["siren"]), budget=Budget(steps=20), resolution=16, limit=1
        ... )
        >>> (result,) = bench(Path("new-bench"), small, Path("store"))  # what `prepare` wrote
        >>> result.variant.name, result.steps, Path("new-bench", "bench.html").exists()
        ('siren', 20, True)
    """
    check_folder(folder)
    if data is not None:
        SampleStore.open(data)  # what cannot be opened leaves no folder behind
    with locked(folder):
        claim_bench(folder, config, data)
        store = bench_store(data, folder, config, progress)
        check_samples(folder, store)
        results, machine = list[BenchResult](), machine_line()
        try:
            for seed in config.every_seed:
                for variant in config.variants:
                    run = folder / run_name(variant, seed, config)
                    told = _Prefixed(progress, run.name)
                    found = read_result(run)
                    if found is None:
                        found = _compete(store, run, variant, seed, config, machine, told)
                    results.append(found)
                    write_bench(folder, results, store, config)
        except KeyboardInterrupt as interrupt:
            done, wanted = len(results), len(config.variants) * config.seeds
            kept = f"{folder / PAGE} has" if done else f"{folder} holds"
            raise KeyboardInterrupt(
                f"{kept} {done} of {wanted} trainings; the same command goes on."
            ) from interrupt
    return results


def run_name(variant: Variant, seed: int, config: BenchConfig) -> str:
    """Name of the folder of a training: the variant's, with its seed where that is not the first.

    Example:
        >>> run_name(Variant(preset="siren"), 3, BenchConfig(seed=2, seeds=2))
        'siren-seed3'
    """
    return variant.name if seed == config.seed else f"{variant.name}-seed{seed}"


def _compete(
    store: SampleStore,
    folder: Path,
    variant: Variant,
    seed: int,
    config: BenchConfig,
    machine: str,
    progress: Progress,
) -> BenchResult:
    """Train and measure one variant; a training that collapses is a result too."""
    result = BenchResult(variant=variant, seed=seed, version=version("acutance"), machine=machine)
    settings = TrainConfig(
        preset=variant.preset,
        film=variant.film,
        normals=variant.normals,
        budget=config.budget,
        pictures=8,
        gallery=False,
        device=config.device,
        seed=seed,
    )
    goes_on = (folder / RUN_SETTINGS).exists()
    try:
        trained = train(store, folder, settings, resume=goes_on, progress=progress)
    except InputError as error:
        if not isinstance(error.__cause__, Collapsed):
            raise
        result = replace(result, problem=str(error))
    else:
        if trained.run.interrupted:
            raise KeyboardInterrupt
        result = _measured(result, trained, store, config, progress)
    write_scores(folder, result)
    write_result(folder, result)
    return result


def _measured(
    result: BenchResult,
    trained: Trained,
    store: SampleStore,
    config: BenchConfig,
    progress: Progress,
) -> BenchResult:
    """The result with what the training came to, and a picture in its folder."""
    shown = {split: shown_keys(store, split, config) for split in SPLITS}
    meshes: dict[str, TriangleMesh] = {}

    def keep(score: ShapeScore, mesh: TriangleMesh) -> None:
        if any(score.key in keys for keys in shown.values()):
            meshes[score.key] = mesh

    measuring = EvaluateConfig(
        contouring=Contouring(resolution=config.resolution),
        reconstruction=ReconstructConfig(inference=config.inference),
        limit=config.limit,
    )
    scores = {
        split: evaluate(trained.space, store, replace(measuring, split=split), progress, keep)
        for split in _splits(store)
    }
    write_shapes_of(trained.folder, [[meshes.get(key) for key in keys] for keys in shown.values()])
    return replace(
        result,
        parameters=trained.space.decoder.parameter_count,
        code=trained.space.codes.shape[1],
        seconds=trained.run.seconds,
        steps=last_step(trained.folder),
        course=tuple(read_quality(trained.folder)),
        known=tuple(scores.get("train", ())),
        unseen=tuple(scores.get("test", ())),
    )


def _splits(store: SampleStore) -> Iterator[str]:
    """The splits that a store has shapes of."""
    return (split for split in SPLITS if store.split(split))


class _Prefixed(Progress):
    """Passes on what it receives, with the training's name before every stage."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress, self._name = progress, name

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._progress.stage(f"{self._name}: {name}")

    def advance(self, share: float, note: str) -> None:
        """A share of the stage is done."""
        self._progress.advance(share, note)

    def trained(self, record: TrainingRecord) -> None:
        """The training goes on."""
        self._progress.trained(record)
