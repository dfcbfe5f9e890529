"""Many shapes in numbers, in one picture, and in one plot."""

import csv
import io
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest

from acutance.metrics.chamfer import Floored
from acutance.metrics.metrics import Metrics
from acutance.metrics.scores import HEAD, ShapeScore, by_category, number, summary, to_csv
from acutance.metrics.surface import Deviation
from acutance.metrics.volume import Overlap
from acutance.report.curves import Curve, to_svg
from acutance.report.gallery import gallery
from acutance.shapes.analytic import Box

DEVIATION = Deviation(mean=2e-3, rms=3e-3, p99=5e-3, maximum=1e-2, points=1000)


def score(key, chamfer, *, seconds=1.0, full=True):
    metrics = Metrics(
        radius=1.0,
        result_to_reference=DEVIATION,
        reference_to_result=DEVIATION,
        floor=1e-8,
        over_holes=None,
        chamfer=Floored(value=chamfer, floor=0.05, points=1000),
        f_score_5=0.9,
        f_score_10=1.0,
        normal_consistency=0.75 if full else None,
        volume=Overlap(iou=0.875, error=1e-3, points=1000) if full else None,
        sharp_chamfer=None,
        crease=DEVIATION if full else None,
    )
    return ShapeScore(key=key, metrics=metrics, bodies=2, faces=100, closed=True, seconds=seconds)


LOST = ShapeScore(key="chair/lost", metrics=None, problem='no surface, "at all"')
SCORES = [
    score("chair/a", 0.25, seconds=3.0),
    LOST,
    score("chair/b", 0.75, seconds=3.0),
    score("table/a", 2.0, seconds=3.0, full=False),
]


def test_the_csv_has_a_line_a_shape_with_lengths_in_thousandths():
    rows = list(csv.DictReader(io.StringIO(to_csv(SCORES))))
    assert tuple(rows[0]) == HEAD
    assert [(row["category"], row["name"]) for row in rows] == [
        ("chair", "a"),
        ("chair", "lost"),
        ("chair", "b"),
        ("table", "a"),
    ]
    first = rows[0]
    assert (first["chamfer"], first["chamfer_floor"]) == ("0.25", "0.05")
    assert float(first["surface_mean"]) == pytest.approx(2.0)
    assert float(first["surface_p99"]) == pytest.approx(5.0)
    assert (first["iou"], first["bodies"], first["closed"]) == ("0.875", "2", "True")
    assert rows[1]["problem"] == 'no surface, "at all"'
    assert rows[1]["chamfer"] == rows[1]["closed"] == ""
    assert rows[3]["iou"] == rows[3]["normals"] == rows[3]["crease_mean"] == ""


def test_lost_shapes_are_counted_and_count_in_no_mean():
    table = summary(SCORES, "Known shapes")
    rows = {row.name: dict(zip(table.columns, row.values, strict=True)) for row in table.rows}
    assert list(rows) == ["chair", "table", "all"]
    chair = rows["chair"]
    assert (chair["n"], chair["lost"]) == ("3", "1")
    assert (chair["CD mean"], chair["median"], chair["worst"]) == ("0.5", "0.5", "0.75")
    assert (rows["all"]["CD mean"], rows["all"]["median"]) == ("1", "0.75")
    assert rows["table"]["normals"] == "–"
    assert rows["all"]["normals"] == "0.75"
    assert LOST.chamfer == float("inf")


def test_the_time_is_that_of_shapes_that_came_out():
    lost = [replace(LOST, key=f"chair/{index}") for index in range(3)]
    (row,) = summary([score("chair/a", 0.25, seconds=3.0), *lost], "Known shapes").rows
    assert row.values[-1] == "3"


def test_a_category_that_is_lost_as_a_whole_has_dashes():
    (row,) = summary([LOST], "Known shapes").rows
    assert row.values[:5] == ("1", "1", "–", "–", "–")
    assert row.floor == "–"


def test_one_category_needs_no_row_of_all():
    assert list(by_category(SCORES[:3])) == ["chair"]
    assert {name: len(group) for name, group in by_category(SCORES).items()} == {
        "chair": 3,
        "table": 1,
        "all": 4,
    }


def test_numbers_have_three_digits():
    assert [number(value) for value in (0.123456, 12.3456, 0.0, None)] == [
        "0.123",
        "12.3",
        "0",
        "–",
    ]


def curve(name, y, **settings):
    return Curve(
        title="Quality",
        x_label="seconds",
        y_label="error",
        x=np.arange(len(y), dtype=float),
        y=np.array(y, dtype=float),
        name=name,
        **settings,
    )


def lines_of(svg):
    """The corners of all polylines."""
    return [
        np.array([[float(c) for c in corner.split(",")] for corner in points.split()])
        for points in re.findall(r'<polyline class="line line\d" points="([^"]*)"', svg)
    ]


def test_curves_in_one_plot_share_their_axes_and_have_a_legend():
    svg = to_svg(curve("<low>", [1.0, 1.0, 1.0]), curve("high", [3.0, 3.0]))
    low, high = lines_of(svg)
    assert (low[:, 1] > high[:, 1].max()).all(), "larger values stand higher"
    np.testing.assert_array_equal(low[:2, 0], high[:, 0])
    assert 'class="key0">&lt;low&gt;<' in svg
    assert 'class="key1">high<' in svg
    assert "line0" in svg
    assert "line1" in svg


def test_a_single_curve_has_no_legend():
    assert "legend" not in to_svg(curve("alone", [1.0, 2.0]))


def test_curves_without_values_beside_others_leave_the_others_as_they_are():
    svg = to_svg(curve("none", [float("nan")] * 2), curve("some", [1.0, 2.0]))
    none, some = re.findall(r'points="([^"]*)"', svg)
    assert none == ""
    assert len(some.split()) == 2
    assert "no values" in to_svg(curve("none", []), curve("neither", [float("inf")]))


def test_values_that_are_not_positive_are_left_out_of_a_logarithmic_plot():
    (line,) = lines_of(to_svg(curve("one", [10.0, 0.0, -1.0, 1.0], logarithmic=True)))
    assert len(line) == 2


def test_a_gallery_has_a_place_for_every_shape_and_leaves_that_of_none_empty():
    trimesh_png = gallery([[Box().mesh(), None], [None, Box().mesh(), Box().mesh()]], size=32)
    pixels = decode(trimesh_png)
    assert pixels.shape == (64, 96, 4)
    filled = [[not (place(pixels, r, c) == 0).all() for c in range(3)] for r in range(2)]
    assert filled[0][1:] == [False, False]
    assert filled[1][1:] == [True, True]
    assert filled[0][0]
    np.testing.assert_array_equal(place(pixels, 1, 1), place(pixels, 1, 2))


def place(pixels, row, column, size=32):
    return pixels[row * size : (row + 1) * size, column * size : (column + 1) * size]


def decode(png):
    """Pixels of a PNG as the package writes it: four channels of differences to the row above."""
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    data, at = b"", 8
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        data += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + 4 * width)
    assert (rows[:, 0] == 2).all()
    return rows[:, 1:].cumsum(axis=0, dtype=np.uint8).reshape(height, width, 4)
