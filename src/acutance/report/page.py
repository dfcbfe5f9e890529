"""One HTML page that stands alone: pictures, numbers, curves and settings of a result."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from acutance.machine.files import write_file
from acutance.metrics.table import Table
from acutance.report.colours import VIRIDIS
from acutance.report.curves import Curve, to_svg
from acutance.report.pictures import Picture
from acutance.report.scatter import Scatter, scatter_svg
from acutance.report.style import STYLE

EXTRA = {"unit": "unit", "formula": "formula", "points": "number", "floor": "number"}
"""Columns of a table beside its values, and their styles; those that are empty are left out."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number to be seen first."""

    name: str
    value: str
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report says; plain text, which may hold any characters. Empty parts are left out.

    Attributes:
        title: usually the name of the input.
        summary: one sentence below it.
        figures: the numbers to be seen first.
        facts: what is known of the input: faces, whether it is closed, how inside and outside were
            told apart and how sure that is.
        warnings: what the reader must know before trusting the result.
        pictures: with their captions, in order; three a row, those after the third larger.
        tables: numbers, each with its formula, unit, number of points and floor.
        plots: points in the plane, below the tables.
        curves: of the training; several of the same axes in one plot as a tuple.
        seconds: time spent, by stage, in order.
        sizes: bytes of what was written, by name.
        settings: what was asked for.
        machine: processor, cores and the like.
        versions: of the libraries.
    """

    title: str
    summary: str = ""
    figures: Sequence[Figure] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    plots: Sequence[Scatter] = ()
    curves: Sequence[Curve | tuple[Curve, ...]] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    machine: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def write_report(path: Path, report: Report) -> None:
    """Writes the page, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    write_file(path, to_html(report))


def to_html(report: Report) -> str:
    """The page: styles, pictures and curves are inside it, and nothing runs."""
    body = "".join(
        [
            _header(report),
            _section("Pictures", _pictures(report.pictures)),
            _section("How close it is", "".join(_table(table) for table in report.tables)),
            _section("Codes", _pair(*(_plot(plot) for plot in report.plots))),
            _section("Training", _pair(*(_curve(curve) for curve in report.curves))),
            _section(
                "Input, time and files",
                _pair(
                    _facts("Input", report.facts),
                    _meters("Time", {k: (v, f"{v:.2f} s") for k, v in report.seconds.items()}),
                    _meters("Files", {k: (v, _bytes(v)) for k, v in report.sizes.items()}),
                ),
            ),
            _section(
                "How it was made",
                _pair(_facts("Settings", report.settings), _facts("Versions", report.versions)),
            ),
            f"<footer>Made by Acutance. {escape(report.machine)}</footer>",
        ]
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.title)} · Acutance</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _header(report: Report) -> str:
    cards = "".join(
        f"<div><dt>{escape(figure.name)}</dt><dd>{escape(figure.value)} "
        f"<small>{escape(figure.unit)}</small></dd></div>"
        for figure in report.figures
    )
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in report.warnings)
    return (
        f"<header><h1>{escape(report.title)}</h1><p>{escape(report.summary)}</p>"
        + (f'<dl class="cards">{cards}</dl>' if cards else "")
        + (f'<ul class="warnings">{warnings}</ul>' if warnings else "")
        + "</header>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>" if content else ""


def _pair(*panels: str) -> str:
    """Panels side by side where there is room."""
    return f'<div class="pair">{"".join(panels)}</div>' if any(panels) else ""


def _pictures(pictures: Sequence[Picture]) -> str:
    figures = "".join(
        f"<figure{' class=large' if index >= 3 else ''}>"
        f'<img alt="{escape(picture.caption)}" '
        f'src="data:image/png;base64,{b64encode(picture.png).decode()}">'
        f"<figcaption>{escape(picture.caption)}{_colour_bar(picture)}</figcaption></figure>"
        for index, picture in enumerate(pictures)
    )
    return f'<div class="figures">{figures}</div>' if figures else ""


def _colour_bar(picture: Picture) -> str:
    if picture.limit is None:
        return ""
    return (
        f'<div class="bar" style="background:linear-gradient(90deg,{",".join(VIRIDIS)})"></div>'
        f'<div class="ends"><span>0</span><span>≥ {1e3 * picture.limit:.3g}·10⁻³ '
        f"{escape(picture.unit)}</span></div>"
    )


def _table(table: Table) -> str:
    extra = [name for name in EXTRA if any(getattr(row, name) for row in table.rows)]
    heads = "".join(f'<th class="number">{escape(column)}</th>' for column in table.columns)
    heads += "".join(f'<th class="{EXTRA[name]}">{name}</th>' for name in extra)
    rows = "".join(
        f"<tr><th>{escape(row.name)}</th>"
        + "".join(f'<td class="number value">{escape(value)}</td>' for value in row.values)
        + "".join(f'<td class="{EXTRA[name]}">{escape(getattr(row, name))}</td>' for name in extra)
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="panel"><h3>{escape(table.title)}</h3><table><thead><tr><th></th>{heads}'
        f'</tr></thead><tbody>{rows}</tbody></table><p class="note">{escape(table.note)}</p></div>'
    )


def _plot(plot: Scatter) -> str:
    return (
        f'<div class="panel"><h3>{escape(plot.title)}</h3>{scatter_svg(plot)}'
        f'<p class="note">{escape(plot.about)}</p></div>'
    )


def _curve(curve: Curve | tuple[Curve, ...]) -> str:
    curves = curve if isinstance(curve, tuple) else (curve,)
    first = curves[0]
    scale = ", logarithmic" if first.logarithmic else ""
    return (
        f'<div class="panel"><h3>{escape(first.title)} '
        f'<span class="quiet">{escape(first.y_label)}{scale}</span></h3>{to_svg(*curves)}</div>'
    )


def _facts(title: str, facts: Mapping[str, object]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in facts.items()
    )
    return _listing(title, rows)


def _meters(title: str, amounts: Mapping[str, tuple[float, str]]) -> str:
    """Amounts with bars, as long as their part of the largest."""
    largest = max((amount for amount, _ in amounts.values()), default=0.0) or 1.0
    rows = "".join(
        f'<tr><th>{escape(name)}</th><td class="wide"><span class="meter" '
        f'style="width:{100 * amount / largest:.1f}%"></span></td>'
        f'<td class="number">{text}</td></tr>'
        for name, (amount, text) in amounts.items()
    )
    return _listing(title, rows)


def _listing(title: str, rows: str) -> str:
    if not rows:
        return ""
    return f'<div class="panel"><h3>{title}</h3><table class="facts">{rows}</table></div>'


def _bytes(count: int) -> str:
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            return f"{count / size:.2f} {unit}"
    return f"{count} bytes"
