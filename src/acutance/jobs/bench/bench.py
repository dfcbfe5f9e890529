"""The paper's question, answered on the user's machine: which parts make a space of shapes good?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from acutance.contouring.contour import Contouring
from acutance.data.datasets.source import SPLITS
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.evaluate import EvaluateConfig, evaluate, reference_of
from acutance.jobs.listener import Listener
from acutance.jobs.reconstruct import ReconstructConfig
from acutance.jobs.train import SETTINGS, TrainConfig, Trained, train
from acutance.jobs.watch import read_quality
from acutance.machine.files import write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.scores import (
    NOTE,
    ShapeScore,
    by_category,
    mean,
    median,
    number,
    to_csv,
)
from acutance.metrics.table import Row, Table
from acutance.report.curves import Curve
from acutance.report.gallery import gallery
from acutance.report.page import Report, write_report
from acutance.report.pictures import Picture
from acutance.training.schedule import Budget
from acutance.training.space.infer import Inference
from acutance.training.space.loop import Collapsed
from acutance.training.space.presets import SPACE_PRESETS


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of the things that are compared.

    Attributes:
        preset: a name in `SPACE_PRESETS`.
        film: codes scale and shift every layer.
        normals: τ of the normal term.
    """

    preset: str
    film: bool = False
    normals: float = 0.0

    @property
    def name(self) -> str:
        """How it is called in tables."""
        return self.preset + ("+film" if self.film else "") + ("+normals" if self.normals else "")


QUICK_VARIANTS = (
    Variant(preset="deepsdf"),
    Variant(preset="relu-fft"),
    Variant(preset="siren"),
    Variant(preset="hosc"),
    Variant(preset="siren-fft"),
    Variant(preset="siren", normals=1.0),
    Variant(preset="best"),
)
"""What a small machine can train one after the other."""

FULL_VARIANTS = (
    Variant(preset="deepsdf"),
    *(
        Variant(preset=f"{activation}{encoding}", normals=normals)
        for activation in ("relu", "siren", "hosc")
        for encoding in ("", "-fft", "-hash")
        for normals in (0.0, 1.0)
    ),
    Variant(preset="siren", film=True),
    Variant(preset="hosc", film=True),
    Variant(preset="local"),
    Variant(preset="best"),
)
"""The paper's table, and what we add to it."""


@dataclass(frozen=True, kw_only=True)
class BenchConfig:
    """How the comparison is made.

    Attributes:
        variants: what is compared, all with the same samples and the same budget.
        budget: of each training.
        resolution: cells along the longest side of the meshes that are measured.
        limit: shapes of every category and split that are measured; None for all.
        inference: how the codes of unseen shapes are found.
        device: where to compute.
        seed: of all trainings.
    """

    variants: tuple[Variant, ...] = FULL_VARIANTS
    budget: Budget = field(default_factory=lambda: Budget(seconds=3600.0))
    resolution: int = 256
    limit: int | None = None
    inference: Inference = field(default_factory=Inference)
    device: str = "auto"
    seed: int = 0


QUICK = BenchConfig(
    variants=QUICK_VARIANTS,
    budget=Budget(seconds=25.0),
    resolution=40,
    limit=1,
    inference=Inference(steps=40, points=2048),
)
"""A small protocol for a few cores; the full one is for a GPU."""


def variants_named(names: Sequence[str]) -> tuple[Variant, ...]:
    """Variants by their names, as ``siren+film+normals``.

    Raises:
        InputError: there is no such preset or option.
    """
    variants = []
    for name in names:
        preset, *options = name.split("+")
        if preset not in SPACE_PRESETS or not set(options) <= {"film", "normals"}:
            raise InputError(
                f"There is no variant {name!r}; a variant is a preset ({', '.join(SPACE_PRESETS)}) "
                "and perhaps +film and +normals."
            )
        normals = 1.0 if "normals" in options else 0.0
        variants.append(Variant(preset=preset, film="film" in options, normals=normals))
    return tuple(variants)


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
    store: SampleStore, folder: Path, config: BenchConfig, listener: Listener | None = None
) -> list[Contender]:
    """Train every variant on the same samples for the same time, and measure all alike.

    Args:
        store: shapes of both splits.
        folder: a folder a variant is written into it.
        config: how.
        listener: told how it goes on.

    Raises:
        InputError: the store has no training shapes, or the folder holds a bench already.
    """
    listener = listener or Listener()
    for variant in config.variants:
        if (folder / variant.name / SETTINGS).exists():
            raise InputError(
                f"{folder / variant.name} holds a training already; choose another folder for the "
                "bench, or remove it."
            )
    return [
        _compete(store, folder, variant, config, _Named(listener, variant.name))
        for variant in config.variants
    ]


def _compete(
    store: SampleStore, folder: Path, variant: Variant, config: BenchConfig, listener: Listener
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
        trained = train(store, folder / variant.name, settings, listener=listener)
    except InputError as error:
        if not isinstance(error.__cause__, Collapsed):
            raise
        return Contender(variant=variant, trained=None, scores={}, problem=str(error))
    meshes: dict[str, TriangleMesh] = {}
    splits = [split for split in SPLITS if store.split(split)]
    shown = {key for split in splits for key in _shown(store, split)}

    def keep(key: str, mesh: TriangleMesh) -> None:
        if key in shown:
            meshes[key] = mesh

    measuring = EvaluateConfig(
        contouring=Contouring(resolution=config.resolution),
        reconstruction=ReconstructConfig(inference=config.inference),
        limit=config.limit,
    )
    scores = {
        split: evaluate(trained.space, store, replace(measuring, split=split), listener, keep)
        for split in splits
    }
    return Contender(variant=variant, trained=trained, scores=scores, meshes=meshes)


def bench_tables(contenders: Sequence[Contender]) -> list[Table]:
    """A table for every split and category, a row a variant."""
    tables = []
    names = {"train": "Known shapes", "test": "Unseen shapes"}
    done = [contender for contender in contenders if contender.trained is not None]
    for split in dict.fromkeys(split for contender in done for split in contender.scores):
        groups = {c.variant.name: by_category(c.scores[split]) for c in done}
        for category in dict.fromkeys(name for group in groups.values() for name in group):
            rows = tuple(_row(c, groups[c.variant.name].get(category, [])) for c in done)
            tables.append(
                Table(
                    title=f"{names.get(split, split)}: {category}",
                    columns=(
                        "M par.",
                        "code",
                        "min",
                        "CD mean",
                        "median",
                        "dist.",
                        "normals",
                        "creases",
                        "lost",
                    ),
                    rows=rows,
                    note="",
                )
            )
    if tables:
        note = f"M par.: million parameters of the decoder. min: training time. {NOTE}"
        tables[-1] = Table(
            title=tables[-1].title, columns=tables[-1].columns, rows=tables[-1].rows, note=note
        )
    return tables


def write_bench(
    folder: Path, contenders: Sequence[Contender], store: SampleStore, machine: str
) -> list[Path]:
    """Write `bench.html`, and the scores of every variant as CSV beside its run.

    Returns:
        What was written, the page last.

    Raises:
        InputError: something cannot be written.
    """
    files = []
    for contender in contenders:
        for split, scores in contender.scores.items():
            files.append(folder / contender.variant.name / f"scores-{split}.csv")
            write_file(files[-1], to_csv(scores))
    done = [contender for contender in contenders if contender.trained is not None]
    files.append(folder / "bench.html")
    report = Report(
        title="Which parts make a space of shapes good?",
        summary=(
            f"{len(done)} variants, each trained on the same {len(store.split('train'))} shapes "
            "for the same time."
        ),
        warnings=[f"{c.variant.name}: {c.problem}" for c in contenders if c.problem],
        pictures=_pictures(done, store),
        tables=bench_tables(contenders),
        curves=_quality(done, folder),
        machine=machine,
    )
    write_report(files[-1], report)
    return files


class _Named(Listener):
    """Passes on what it is told, with the variant's name before every stage."""

    def __init__(self, listener: Listener, name: str) -> None:
        self._name = name
        self.training = listener.training  # type: ignore[method-assign]
        self.work = listener.work  # type: ignore[method-assign]
        self._listener = listener

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._listener.stage(f"{self._name}: {name}")


def _row(contender: Contender, scores: Sequence[ShapeScore]) -> Row:
    assert contender.trained is not None
    space = contender.trained.space
    found = [score.metrics for score in scores if score.metrics is not None]
    chamfer = [m.chamfer.value for m in found]
    return Row(
        name=contender.variant.name,
        values=(
            f"{space.decoder.parameter_count / 1e6:.2f}",
            f"{space.codes.shape[1]:,}",
            f"{contender.trained.course.seconds / 60:.1f}",
            number(mean(chamfer)),
            number(median(chamfer)),
            number(median(1e3 * m.surface.mean for m in found)),
            number(mean(m.normal_consistency for m in found)),
            number(mean(None if m.crease is None else 1e3 * m.crease.mean for m in found)),
            f"{len(scores) - len(found)}/{len(scores)}",
        ),
        unit="",
        formula="",
        points="",
        floor=number(median(m.chamfer.floor for m in found)),
    )


def _quality(contenders: Sequence[Contender], folder: Path) -> list[tuple[Curve, ...]]:
    """Error over time, a line a variant."""
    lines = []
    for contender in contenders:
        course = np.array(read_quality(folder / contender.variant.name)).reshape(-1, 2)
        lines.append(
            Curve(
                title="Quality over time",
                x_label="seconds of training",
                y_label="mean |f| at the surface, ·10³",
                x=course[:, 0],
                y=1e3 * course[:, 1],
                logarithmic=True,
                name=contender.variant.name,
            )
        )
    return [tuple(lines)] if lines else []


def _pictures(contenders: Sequence[Contender], store: SampleStore) -> list[Picture]:
    """A shape of every category in a column: what it should be, and what the variants made."""
    pictures = []
    for split, words in (("train", "known"), ("test", "unseen")):
        keys = _shown(store, split)
        if not keys:
            continue
        references = [reference_of(store, store.record(key)) for key in keys]
        rows: list[list[TriangleMesh | None]] = [
            [mesh if isinstance(mesh, TriangleMesh) else None for mesh in references]
        ]
        rows += [[made.meshes.get(key) for key in keys] for made in contenders]
        names = ", ".join(["reference", *(c.variant.name for c in contenders)])
        pictures.append(
            Picture(caption=f"{words} shapes; rows from above: {names}", png=gallery(rows))
        )
    return pictures


def _shown(store: SampleStore, split: str) -> list[str]:
    """The first shape of every category, for the pictures."""
    firsts = {store.record(key).category: key for key in reversed(store.split(split))}
    return list(firsts.values())
