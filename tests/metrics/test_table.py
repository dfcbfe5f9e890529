"""Tables: every number with its formula, unit, points and floor."""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from acutance.metrics.chamfer import Floored
from acutance.metrics.metrics import Metrics, OverHoles
from acutance.metrics.surface import Deviation
from acutance.metrics.table import milli, rich_table, tables
from acutance.metrics.volume import Overlap

DEVIATION = Deviation(mean=1.234e-4, rms=2e-4, p99=2e-3, maximum=1.5e-2, points=100_000)


def metrics(*, full: bool) -> Metrics:
    floored = Floored(value=0.123, floor=0.0812, points=30_000)
    return Metrics(
        radius=12.5,
        result_to_reference=DEVIATION,
        reference_to_result=DEVIATION,
        floor=1e-8,
        over_holes=OverHoles(fraction=0.125, deviation=DEVIATION) if full else None,
        chamfer=floored,
        f_score_5=0.99,
        f_score_10=1.0,
        normal_consistency=0.9931 if full else None,
        volume=Overlap(iou=0.998, error=3e-4, points=100_000) if full else None,
        sharp_chamfer=floored if full else None,
        crease=DEVIATION if full else None,
    )


@pytest.mark.parametrize("full", [True, False])
def test_every_number_has_its_formula_unit_points_and_floor(full: bool) -> None:
    rows = [row for table in tables(metrics(full=full)) for row in table.rows]
    assert len(rows) == (11 if full else 6)
    for row in rows:
        assert all([*row.values, row.unit, row.formula, row.points, row.floor])
        assert not any("nan" in text or "None" in text for text in (*row.values, row.floor))


def test_the_terminal_shows_the_tables_in_80_columns() -> None:
    written = StringIO()
    console = Console(width=80, file=written)
    for table in tables(metrics(full=True)):
        console.print(rich_table(table))
    text = written.getvalue()
    assert "0.123" in text
    assert "…" not in text.replace("0 … 1", "")
    assert max(map(len, text.splitlines())) <= 80


def test_the_table_says_what_the_radius_is() -> None:
    assert tables(metrics(full=False))[0].note.startswith("R = 12.5 in the input's unit")


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (3e-8, "< 0.001"),
        (1.234e-4, "0.123"),
        (2.345e-3, "2.35"),
        (0.0156, "15.6"),
        (2.0, "2,000.0"),
    ],
)
def test_lengths_are_written_in_thousandths(length: float, text: str) -> None:
    assert milli(np.nextafter(length, 1.0)) == text
