"""The tables and the page of a bench."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from acutance.data.store import SampleStore
from acutance.jobs.bench.bench import Contender, shown_keys
from acutance.jobs.space.evaluate import reference_of
from acutance.jobs.space.run_folder import read_quality
from acutance.machine.files import write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.scores import NOTE, ShapeScore, by_category, mean, median, number, to_csv
from acutance.metrics.table import Row, Table
from acutance.report.curves import Curve
from acutance.report.gallery import gallery
from acutance.report.page import Report, write_report
from acutance.report.pictures import Picture


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
        tables[-1] = replace(tables[-1], note=note)
    return tables


def problems(contenders: Sequence[Contender]) -> list[str]:
    """Why variants could not be trained."""
    return [f"{c.variant.name}: {c.problem}" for c in contenders if c.problem]


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
        warnings=problems(contenders),
        pictures=_pictures(done, store),
        tables=bench_tables(contenders),
        curves=_quality(done, folder),
        machine=machine,
    )
    write_report(files[-1], report)
    return files


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
            f"{contender.trained.run.seconds / 60:.1f}",
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
        keys = shown_keys(store, split)
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
