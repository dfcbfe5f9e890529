"""The page: complete, escaped, alone."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from acutance.errors import InputError
from acutance.metrics.table import Row, Table
from acutance.report.curves import MOST_POINTS, Curve, to_svg
from acutance.report.page import Figure, Report, to_html, write_report
from acutance.report.pictures import Picture
from acutance.report.png import encode_png
from acutance.report.scatter import Scatter, scatter_svg

NASTY = "<script>alert('x')</script> & \"chair\".ply"
PNG = encode_png(np.zeros((2, 2, 4), np.uint8))
SECONDS = np.linspace(0.0, 30.0, 2_000)
LOSS = Curve(
    title="Loss " + NASTY,
    x_label="seconds " + NASTY,
    y_label="loss " + NASTY,
    x=SECONDS,
    y=np.exp(-SECONDS / 5.0),
    logarithmic=True,
)


def full_report() -> Report:
    row = Row(
        name=NASTY, values=("0.1", NASTY), unit=NASTY, formula=NASTY, points=NASTY, floor=NASTY
    )
    return Report(
        title=NASTY,
        summary=NASTY,
        figures=[Figure(name=NASTY, value=NASTY, unit=NASTY)],
        facts={NASTY: NASTY},
        warnings=[NASTY],
        pictures=[
            Picture(caption=NASTY, png=PNG),
            Picture(caption="error", png=PNG, limit=0.00125, unit=NASTY),
        ],
        tables=[Table(title=NASTY, columns=("mean", NASTY), rows=(row,), note=NASTY)],
        curves=[LOSS],
        seconds={NASTY: 1.234, "training": 20.0},
        sizes={NASTY: 2_900_000, "small": 12},
        settings={NASTY: 256, "flag": None},
        machine=NASTY,
        versions={NASTY: NASTY},
    )


class Balance(HTMLParser):
    """Fails on a tag that is not closed where it should be, and collects what is there."""

    empty = ("meta", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.empty:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_escapes_every_string() -> None:
    page = to_html(full_report())
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert not parser.open
    assert "script" not in parser.seen
    assert page.count("&lt;script&gt;") > 20
    assert "1.25·10⁻³" in page
    assert "2.90 MB" in page


def test_the_page_stands_alone() -> None:
    page = to_html(full_report())
    assert not re.search(r"https?://|<link|@import|url\(", page)
    assert page.count("data:image/png;base64,") == 2


def test_empty_parts_are_left_out() -> None:
    page = to_html(Report(title="chair"))
    assert "<h1>chair</h1>" in page
    assert "<section>" not in page
    assert "<figure>" not in page


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_report(path, full_report())
    assert path.read_text(encoding="utf-8") == to_html(full_report())
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(tmp_path / "file" / "report.html", Report(title="chair"))


def test_a_curve_is_an_svg_of_bounded_size() -> None:
    drawn = ElementTree.fromstring(to_svg(LOSS))
    (line,) = [element for element in drawn if element.tag == "polyline"]
    points = np.array([pair.split(",") for pair in line.attrib["points"].split()], float)
    assert len(points) == MOST_POINTS
    assert (np.diff(points[:, 0]) > 0).all()
    # An exponential is a straight line on a logarithmic axis, and falls (y runs down).
    assert np.allclose(np.diff(points[:, 1]), np.diff(points[:, 1]).mean(), atol=0.2)
    assert points[-1, 1] > points[0, 1]
    labels = [element.text for element in drawn if element.tag == "text"]
    assert {"1", "0.1", "0.01", "0.001"} <= set(labels)


def test_points_of_a_plot_keep_their_distances_and_names() -> None:
    groups = {"a & b": np.array([[0.0, 0.0], [3.0, 4.0]]), "c": np.array([[3.0, 0.0]])}
    names = {"a & b": ("<1>", "2"), "c": ("3",)}
    plot = Scatter(title="codes", about="the plane", groups=groups, names=names)
    page = to_html(Report(title="chair", plots=[plot]))
    assert "<h2>Codes</h2>" in page and "the plane" in page
    assert "a &amp; b" in page and "<title>&lt;1&gt;</title>" in page
    drawn = ElementTree.fromstring(scatter_svg(plot).partition("<p")[0])
    x, y = ([float(dot.attrib[name]) for dot in drawn] for name in ("cx", "cy"))
    assert (x[2] - x[0]) / 3 == pytest.approx((y[2] - y[1]) / 4, rel=1e-3)
    assert y[1] < y[0]  # up is up
    assert [dot.attrib["class"] for dot in drawn] == ["key0", "key0", "key1"]


def test_a_plot_of_many_points_leaves_some_out() -> None:
    groups = {"a": np.random.default_rng(0).normal(size=(9000, 2))}
    plot = Scatter(title="", about="", groups=groups, names={"a": ("x",) * 9000})
    assert scatter_svg(plot).count("<circle") == 3000


def test_a_linear_axis_starts_at_zero_with_round_numbers() -> None:
    curve = Curve(
        title="rate", x_label="s", y_label="", x=np.arange(3.0), y=np.array([6.1e5, 6.4e5, 6.2e5])
    )
    labels = [element.text for element in ElementTree.fromstring(to_svg(curve))]
    assert {"0", "200 k", "400 k", "600 k", "800 k"} <= set(labels)


@pytest.mark.parametrize("logarithmic", [True, False])
def test_values_that_cannot_be_drawn_are_left_out(logarithmic: bool) -> None:
    values = np.array([np.nan, 1.0, np.inf, 0.1, -1.0 if logarithmic else np.nan])
    curve = Curve(
        title="t", x_label="", y_label="", x=np.arange(5.0), y=values, logarithmic=logarithmic
    )
    (line,) = [e for e in ElementTree.fromstring(to_svg(curve)) if e.tag == "polyline"]
    assert len(line.attrib["points"].split()) == 2


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [3.0], [0.0, 0.0]])
def test_odd_curves_are_drawn_or_said_to_be_empty(values: list[float]) -> None:
    y = np.array(values)
    svg = to_svg(Curve(title="odd", x_label="", y_label="", x=np.arange(float(len(y))), y=y))
    assert "nan" not in svg
    assert np.isfinite(y).any() == svg.startswith("<svg")
