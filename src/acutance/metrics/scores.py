"""Many shapes in numbers: per shape, per category, mean and median."""

import csv
import io
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from acutance.metrics.metrics import Metrics
from acutance.metrics.table import Row, Table

HEAD = (
    "category", "name", "chamfer", "chamfer_floor", "chamfer_shapenet", "surface_mean",
    "surface_p99", "normals", "crease_mean", "iou", "bodies", "faces", "closed", "seconds",
    "nearest_known", "nearest_chamfer", "problem",
)  # fmt: skip
"""Columns of the CSV file. Distances are ·10³ of the radius; see `Metrics` for the formulas, and
`ShapeScore.chamfer_shapenet` for the one in another unit."""

COLUMNS = ("n", "lost", "CD mean", "median", "worst", "dist.", "normals", "creases", "s")
"""Heads of the table of categories."""

NOTE = (
    "n: shapes, of which lost came out without a surface. CD: Chamfer distance ×10³ as DeepSDF "
    "defines it, the sum of the two mean squared nearest-neighbour distances of 30,000 points a "
    "side; floor: the same between two samplings of the reference. dist.: median of the mean "
    "point-to-surface distances both ways, ·10³. normals: mean |cos|. creases: mean distance of "
    "the reference's creases to the result, ·10³. Lengths in radii of the bounding sphere. s: "
    "seconds to reconstruct and mesh, median."
)

NEAREST = "nearest known"
"""Row of what a memory without a network would give."""

NEAREST_NOTE = (
    f" {NEAREST}: the Chamfer distance of the learned shape that is nearest, as it was learned."
)


@dataclass(frozen=True, kw_only=True)
class ShapeScore:
    """How well one shape came out.

    Attributes:
        key: its name, ``category/name``.
        metrics: None where there is no result.
        diagonal: of the reference's bounding box, in radii; None where it was not noted.
        bodies, faces: of the result.
        closed: whether it is closed and manifold.
        seconds: time to reconstruct and mesh it.
        problem: why there is no result.
        nearest_known: the learned shape that is nearest to it; empty where none was looked for.
        nearest_chamfer: that one's Chamfer distance ×10³ from it.
    """

    key: str
    metrics: Metrics | None
    diagonal: float | None = None
    bodies: int = 0
    faces: int = 0
    closed: bool = False
    seconds: float = 0.0
    problem: str = ""
    nearest_known: str = ""
    nearest_chamfer: float | None = None

    @property
    def category(self) -> str:
        """The first part of its name."""
        return self.key.split("/")[0]

    @property
    def chamfer(self) -> float:
        """Chamfer distance ×10³; infinite where there is no result."""
        return float("inf") if self.metrics is None else self.metrics.chamfer.value

    @property
    def chamfer_shapenet(self) -> float | None:
        """Chamfer distance ×10³ in ShapeNet's frame, as DeepSDF's code measures it.

        There the diagonal of a shape's bounding box is 1 (ShapeNetCore). Squared distances of two
        frames differ by the square of their scales.
        """
        if self.metrics is None or self.diagonal is None:
            return None
        return self.metrics.chamfer.value / self.diagonal**2

    def with_nearest(self, key: str, chamfer: float) -> "ShapeScore":
        """The same beside the learned shape that is nearest."""
        return replace(self, nearest_known=key, nearest_chamfer=chamfer)

    def to_row(self) -> dict[str, object]:
        """Plain values by the names of `HEAD`."""
        category, name = self.key.split("/", 1)
        plain: dict[str, object] = {"category": category, "name": name, "problem": self.problem}
        if (m := self.metrics) is None:
            return plain
        return plain | {
            "chamfer": m.chamfer.value,
            "chamfer_floor": m.chamfer.floor,
            "chamfer_shapenet": self.chamfer_shapenet,
            "surface_mean": 1e3 * m.surface.mean,
            "surface_p99": 1e3 * m.surface.p99,
            "normals": m.normal_consistency,
            "crease_mean": None if m.crease is None else 1e3 * m.crease.mean,
            "iou": None if m.volume is None else m.volume.iou,
            "bodies": self.bodies,
            "faces": self.faces,
            "closed": self.closed,
            "seconds": self.seconds,
            "nearest_known": self.nearest_known,
            "nearest_chamfer": self.nearest_chamfer,
        }


def to_csv(scores: Sequence[ShapeScore]) -> str:
    """A line a shape."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=HEAD, lineterminator="\n")
    writer.writeheader()
    writer.writerows(score.to_row() for score in scores)
    return text.getvalue()


def by_category(scores: Sequence[ShapeScore]) -> dict[str, list[ShapeScore]]:
    """The scores of every category, and of all where there are several."""
    groups: dict[str, list[ShapeScore]] = {}
    for score in scores:
        groups.setdefault(score.category, []).append(score)
    return groups if len(groups) < 2 else {**groups, "all": list(scores)}


def summary(scores: Sequence[ShapeScore], title: str) -> Table:
    """Mean and median of every category.

    A shape without a result counts in no mean; how many there are stands in a column of its own.
    Below a category stands what the nearest known shapes would give, where they were looked for.
    """
    rows = list[Row]()
    for name, group in by_category(scores).items():
        rows.append(_row(name, group))
        rows += _nearest_row(group)
    note = NOTE + NEAREST_NOTE * any(row.name == NEAREST for row in rows)
    return Table(title=title, columns=COLUMNS, rows=tuple(rows), note=note)


def _nearest_row(scores: Sequence[ShapeScore]) -> list[Row]:
    """The shapes of a row, had the nearest known ones been given; nothing where none are known."""
    found = [s.nearest_chamfer for s in scores if s.nearest_chamfer is not None]
    if not found:
        return []
    chamfers = (mean(found), median(found), max(found))
    values = (f"{len(found)}", "", *map(number, chamfers), "", "", "", "")
    return [Row(name=NEAREST, values=values, unit="", formula="", points="", floor="")]


def _row(name: str, scores: Sequence[ShapeScore]) -> Row:
    found = [score.metrics for score in scores if score.metrics is not None]
    chamfer = [m.chamfer.value for m in found]
    surface = [1e3 * m.surface.mean for m in found]
    floors = [m.chamfer.floor for m in found if m.chamfer.floor is not None]
    return Row(
        name=name,
        values=(
            f"{len(scores)}",
            f"{len(scores) - len(found)}",
            number(mean(chamfer)),
            number(median(chamfer)),
            number(max(chamfer, default=None)),
            number(median(surface)),
            number(mean(m.normal_consistency for m in found)),
            number(mean(None if m.crease is None else 1e3 * m.crease.mean for m in found)),
            number(median(s.seconds for s in scores if s.metrics is not None)),
        ),
        unit="",
        formula="",
        points="",
        floor=number(median(floors)),
    )


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of those that are there; None where none is."""
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def median(values: Iterable[float | None]) -> float | None:
    """Median of those that are there; None where none is."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def number(value: float | None) -> str:
    """Three digits, or a dash."""
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
