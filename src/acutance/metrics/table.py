"""The numbers as tables: each with its formula, unit, number of points and floor."""

from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable
from rich.text import Text

from acutance.mesh.creases import CREASE_ANGLE
from acutance.metrics.field import BAND, FieldError
from acutance.metrics.metrics import Metrics
from acutance.metrics.sharpness import REACH
from acutance.metrics.surface import Deviation

UNIT = "10⁻³ R"
"""R is the radius of the reference's bounding sphere."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity; everything as text.

    Attributes:
        name: what it is.
        values: one for each column of its table.
        unit: of the values.
        formula: how they are defined.
        points: how many points they were taken from.
        floor: what a perfect result would show.
    """

    name: str
    values: tuple[str, ...]
    unit: str
    formula: str
    points: str
    floor: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows whose values have the same meaning.

    Attributes:
        title: what the rows have in common.
        columns: heads of the values.
        rows: the quantities.
        note: what must be known to read it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str


def tables(metrics: Metrics, reference: str = "input") -> list[Table]:
    """All numbers of a mesh, as two tables.

    Args:
        metrics: the numbers.
        reference: what the mesh was measured against, as a word.
    """
    distances = Table(
        title="Distances",
        columns=("mean", "RMS", "99 %", "max"),
        rows=tuple(_distances(metrics, reference)),
        note=(
            f"R = {metrics.radius:.6g} in the {reference}'s unit: the distance from the centre of "
            f"the {reference}'s bounding box to its farthest point."
        ),
    )
    scores = Table(
        title="Scores",
        columns=("value",),
        rows=tuple(_scores(metrics)),
        note=(
            f"The floor is what two samplings of the {reference}, or a perfect result, would show; "
            "a value like it, or below, is as good as perfect."
        ),
    )
    return [distances, scores]


def field_table(error: FieldError) -> Table:
    """How far a field is from the signed distance."""

    def row(name: str, deviation: Deviation, unit: str, formula: str) -> Row:
        lengths = (deviation.mean, deviation.rms, deviation.p99, deviation.maximum)
        values = tuple(milli(v) if unit == UNIT else f"{v:.3g}" for v in lengths)
        points = f"{deviation.points:,}"
        return Row(name=name, values=values, unit=unit, formula=formula, points=points, floor="")

    within = f"within {1e3 * BAND:g}·10⁻³ R of the surface"
    return Table(
        title="Field",
        columns=("mean", "RMS", "99 %", "max"),
        rows=(
            row("near the surface", error.near, UNIT, f"|f − d|, points {within}"),
            row("anywhere", error.anywhere, UNIT, "|f − d|, uniform points of the shape's box"),
            row("error of the slope", error.slope, "", f"|‖∇f‖ − 1|, points {within}"),
        ),
        note="f is the network, d the signed distance that it learned; 0 is perfect.",
    )


def rich_table(table: Table) -> RichTable:
    """A table for the terminal, narrow enough for 80 columns: formulas stand below the names."""
    drawn = RichTable(title=table.title, caption=table.note, box=SIMPLE_HEAD, padding=0)
    drawn.title_justify = drawn.caption_justify = "left"
    drawn.add_column("", no_wrap=not any(row.formula for row in table.rows))
    extra = [n for n in ("unit", "points", "floor") if any(getattr(r, n) for r in table.rows)]
    for column in (*table.columns, *extra):
        drawn.add_column(column, justify="left" if column == "unit" else "right", no_wrap=True)
    for row in table.rows:
        name = Text(row.name)
        if row.formula:
            name.append(f"\n{row.formula}", "dim")
        drawn.add_row(name, *row.values, *(getattr(row, n) for n in extra))
    return drawn


def _distances(metrics: Metrics, reference: str) -> list[Row]:
    apart = "" if metrics.over_holes is None else ", what lies over holes apart"

    def row(name: str, deviation: Deviation, formula: str, floor: str) -> Row:
        values = (deviation.mean, deviation.rms, deviation.p99, deviation.maximum)
        return Row(
            name=name,
            values=tuple(milli(value) for value in values),
            unit=UNIT,
            formula=formula,
            points=f"{deviation.points:,}",
            floor=floor,
        )

    floor = milli(metrics.floor)
    rows = [
        row(
            "both ways", metrics.surface, "half the sum of both directions; max: the larger", floor
        ),
        row(
            f"result → {reference}",
            metrics.result_to_reference,
            f"point of the result to the {reference}'s surface{apart}",
            floor,
        ),
        row(
            f"{reference} → result",
            metrics.reference_to_result,
            f"point of the {reference} to the result",
            floor,
        ),
    ]
    if metrics.crease is not None:
        formula = f"the same, points within {1e3 * REACH:g}·10⁻³ R of a crease"
        rows.append(row(f"{reference}'s creases → result", metrics.crease, formula, floor))
    if metrics.over_holes is not None:
        share = f"{100 * metrics.over_holes.fraction:.2g} % of the result; distance to the rim"
        rows.append(row("over holes and rims", metrics.over_holes.deviation, share, "none"))
    return rows


def _scores(metrics: Metrics) -> list[Row]:
    surface, chamfer = metrics.surface, metrics.chamfer

    def row(name: str, value: str, unit: str, formula: str, points: str, floor: str) -> Row:
        return Row(
            name=name, values=(value,), unit=unit, formula=formula, points=points, floor=floor
        )

    both = f"{surface.points:,}"
    rows = [
        row(
            "Chamfer distance (DeepSDF)",
            f"{chamfer.value:.3g}",
            "10⁻³ R²",
            "mean d² there + mean d² back, to the nearest sample",
            f"2 × {chamfer.points:,}",
            "–" if chamfer.floor is None else f"{chamfer.floor:.3g}",
        )
    ]
    for threshold, score in ((0.005, metrics.f_score_5), (0.01, metrics.f_score_10)):
        formula = f"2PR/(P+R); P, R: part of the points with d < {threshold:g} R"
        rows.append(row(f"F-score at {threshold:g}", f"{score:.4f}", "0 … 1", formula, both, "1"))
    if metrics.normal_consistency is not None:
        formula = "mean |n·m| with the normal m at the closest point, both ways"
        value = f"{metrics.normal_consistency:.4f}"
        rows.append(row("normal consistency", value, "0 … 1", formula, both, "1"))
    if metrics.volume is not None:
        volume = metrics.volume
        formula = f"inside both / inside either; ± {volume.error:.1g} from sampling"
        rows.append(
            row("volume IoU", f"{volume.iou:.4f}", "0 … 1", formula, f"{volume.points:,}", "1")
        )
    if metrics.sharp_chamfer is not None:
        sharp = metrics.sharp_chamfer
        formula = (
            "Chamfer distance of the samples near creases: "
            f"normals over {CREASE_ANGLE:g}° apart within {1e3 * REACH:g}·10⁻³ R"
        )
        floor = "–" if sharp.floor is None else f"{sharp.floor:.3g}"
        value = f"{sharp.value:.3g}"
        rows.append(
            row("sharp-edge Chamfer", value, "10⁻³ R²", formula, f"{sharp.points:,}", floor)
        )
    return rows


def milli(length: float) -> str:
    """A length in thousandths with three digits; below a thousandth of that it is rounding."""
    value = 1e3 * length
    if value < 1e-3:
        return "< 0.001"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:,.1f}"
