"""The page and the files of an evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from acutance.jobs.space.evaluation.results import SplitResults
from acutance.machine.file_set import written_as_one
from acutance.machine.files import write_file, write_json
from acutance.metrics.codes import CodeScores
from acutance.metrics.scores import ShapeScore, to_csv
from acutance.metrics.table import Table
from acutance.progress import TrainingRecord
from acutance.report.curves import Curve
from acutance.report.page import Report, write_report
from acutance.report.scatter import Scatter

NAMES = {"train": "Known shapes", "test": "Unseen shapes"}
"""The splits in the user's words."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is written about a space.

    Attributes:
        title: of the page.
        facts: what was trained.
        curves: the course of the training.
        scores: of what was measured now, by split.
        results: of every split that this model was measured by, now or before.
        codes: what the codes tell of the known shapes; None where that cannot be said.
        plot: the codes of the known shapes as points.
        messages: what the user should know.
    """

    title: str
    facts: Mapping[str, str]
    curves: Sequence[TrainingRecord]
    scores: Mapping[str, Sequence[ShapeScore]]
    results: Mapping[str, SplitResults]
    codes: CodeScores | None
    plot: Scatter
    messages: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """A table a split that was measured now, and one of the codes."""
        return self._with_codes([self.results[split].table for split in self.scores])

    def report(self) -> Report:
        """The page: all splits."""
        results = self.results.values()
        ways = {f"{NAMES[found.split].lower()}": found.protocol for found in results}
        return Report(
            title=self.title,
            summary="A space of shapes: how close its shapes are to what they should be.",
            facts={**self.facts, **ways},
            pictures=[picture for found in results for picture in found.pictures],
            tables=self._with_codes([found.table for found in results]),
            plots=[self.plot],
            curves=loss_curves(self.curves),
        )

    def _with_codes(self, tables: list[Table]) -> list[Table]:
        return tables if self.codes is None else [*tables, self.codes.table()]


def write_evaluation(folder: Path, evaluation: Evaluation) -> list[Path]:
    """Write `scores-SPLIT.csv`, `scores.json` and `evaluation.html` into a folder, as one.

    Returns:
        What was written, the page last.

    Raises:
        InputError: something cannot be written.
    """
    rows = {split: found.rows for split, found in evaluation.results.items()}
    codes = {} if evaluation.codes is None else {"codes": asdict(evaluation.codes)}
    names = [f"scores-{split}.csv" for split in evaluation.scores]
    with written_as_one(folder) as fresh:
        for name, (split, scores) in zip(names, evaluation.scores.items(), strict=True):
            write_file(fresh / name, to_csv(scores))
            evaluation.results[split].write(fresh)
        write_json(fresh / "scores.json", {**rows, **codes})
        write_report(fresh / "evaluation.html", evaluation.report())
    return [folder / name for name in (*names, "scores.json", "evaluation.html")]


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
