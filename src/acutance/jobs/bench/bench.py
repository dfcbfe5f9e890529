"""The paper's question, answered on the user's machine: which parts make a space of shapes good?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from acutance.contouring.contour import Contouring
from acutance.data.datasets.source import SPLITS
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.bench.variants import FULL_VARIANTS, QUICK_VARIANTS, Variant, variants_named
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluate import EvaluateConfig, evaluate
from acutance.jobs.space.reconstruct import ReconstructConfig
from acutance.jobs.space.run_folder import RUN_SETTINGS
from acutance.jobs.space.train import Trained, train
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.scores import ShapeScore
from acutance.progress import SILENT, Progress, TrainingRecord
from acutance.training.schedule import Budget
from acutance.training.space.infer import Inference
from acutance.training.space.loop import Collapsed


@dataclass(frozen=True, kw_only=True)
class BenchConfig:
    """How the comparison is made.

    Attributes:
        variants: what is compared, all with the same samples and the same budget.
        budget: of each training.
        resolution: cells along the longest side of the meshes that are measured.
        limit: shapes of every category and split that are measured; None for all.
        inference: how the codes of unseen shapes are found.
        count: procedural shapes a category to learn, where there is no other store.
        device: where to compute.
        seed: of all trainings, and of the procedural shapes.
    """

    variants: tuple[Variant, ...] = FULL_VARIANTS
    budget: Budget = field(default_factory=lambda: Budget(seconds=3600.0))
    resolution: int = 256
    limit: int | None = None
    inference: Inference = field(default_factory=Inference)
    count: int = 1000
    device: str = "auto"
    seed: int = 0

    def changed(
        self,
        *,
        variants: Sequence[str] = (),
        seconds: float | None = None,
        steps: int | None = None,
        **settings: Any,
    ) -> "BenchConfig":
        """The same with other settings; None, or no variant, leaves a setting as it is.

        Args:
            variants: names, as ``siren+film+normals``.
            seconds: time of each training.
            steps: steps of each training, instead of a time.
            settings: other attributes, by name.

        Raises:
            InputError: there is no such variant, or both seconds and steps are given.
        """
        if seconds is not None and steps is not None:
            raise InputError("Give --seconds or --steps, not both: a training ends by one of them.")
        settings = {name: value for name, value in settings.items() if value is not None}
        if variants:
            settings["variants"] = variants_named(variants)
        if steps is not None:
            settings["budget"] = Budget(steps=steps)
        elif seconds is not None:
            settings["budget"] = Budget(seconds=seconds)
        return replace(self, **settings)


FULL = BenchConfig()
"""The paper's protocol, for a GPU."""

QUICK = BenchConfig(
    variants=QUICK_VARIANTS,
    budget=Budget(seconds=25.0),
    resolution=40,
    limit=1,
    inference=Inference(steps=40, points=2048),
    count=12,
)
"""A small protocol for a few cores."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A variant, trained and measured.

    Attributes:
        variant: what it is.
        trained: the space.
        scores: by split.
        meshes: of the first shape of every category and split, for the pictures.
        problem: why it could not be trained, or empty.
    """

    variant: Variant
    trained: Trained | None
    scores: dict[str, list[ShapeScore]]
    meshes: dict[str, TriangleMesh] = field(default_factory=dict)
    problem: str = ""


def bench(
    store: SampleStore, folder: Path, config: BenchConfig, progress: Progress = SILENT
) -> list[Contender]:
    """Train every variant on the same samples for the same time, and measure all alike.

    Args:
        store: shapes of both splits.
        folder: a folder a variant is written into it.
        config: how.
        progress: receives the stages and how they go on.

    Raises:
        InputError: the store has no training shapes, or the folder holds a bench already.
    """
    for variant in config.variants:
        if (folder / variant.name / RUN_SETTINGS).exists():
            raise InputError(
                f"{folder / variant.name} holds a training already; choose another folder for the "
                "bench, or remove it."
            )
    return [
        _compete(store, folder, variant, config, _Prefixed(progress, variant.name))
        for variant in config.variants
    ]


def _compete(
    store: SampleStore, folder: Path, variant: Variant, config: BenchConfig, progress: Progress
) -> Contender:
    """Train and measure one variant; a training that collapses is a result too."""
    settings = TrainConfig(
        preset=variant.preset,
        film=variant.film,
        normals=variant.normals,
        budget=config.budget,
        pictures=8,
        gallery=False,
        device=config.device,
        seed=config.seed,
    )
    try:
        trained = train(store, folder / variant.name, settings, progress=progress)
    except InputError as error:
        if not isinstance(error.__cause__, Collapsed):
            raise
        return Contender(variant=variant, trained=None, scores={}, problem=str(error))
    meshes: dict[str, TriangleMesh] = {}
    splits = [split for split in SPLITS if store.split(split)]
    shown = {key for split in splits for key in shown_keys(store, split)}

    def keep(score: ShapeScore, mesh: TriangleMesh) -> None:
        if score.key in shown:
            meshes[score.key] = mesh

    measuring = EvaluateConfig(
        contouring=Contouring(resolution=config.resolution),
        reconstruction=ReconstructConfig(inference=config.inference),
        limit=config.limit,
    )
    scores = {
        split: evaluate(trained.space, store, replace(measuring, split=split), progress, keep)
        for split in splits
    }
    return Contender(variant=variant, trained=trained, scores=scores, meshes=meshes)


class _Prefixed(Progress):
    """Passes on what it receives, with the variant's name before every stage."""

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


def shown_keys(store: SampleStore, split: str) -> list[str]:
    """The first shape of every category, for the pictures."""
    firsts = {store.record(key).category: key for key in reversed(store.split(split))}
    return list(firsts.values())
