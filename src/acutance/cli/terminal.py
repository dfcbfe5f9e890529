"""The terminal: plain lines, facts, messages and files. It needs nothing but Rich."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from acutance.cli.doctor import Finding

FILE_WIDTH = 100
"""Columns where the output is no terminal: the widest table has no more."""

OUT = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FILE_WIDTH)
"""Where results go: standard output."""

_MARKS = {"ok": "[green]ok[/]", "missing": "[yellow]missing[/]", "broken": "[red]broken[/]"}


def print_line(text: str) -> None:
    """A line of text as it is."""
    OUT.print(text, markup=False)


def print_messages(texts: Sequence[str]) -> None:
    """What the user should know."""
    for text in texts:
        OUT.print(f"! {text}", markup=False, style="yellow")


def print_facts(values: Mapping[str, str]) -> None:
    """Names and values in two columns."""
    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        table.add_row(f"[bold]{name}[/]", Text(value))
    OUT.print(table)


def print_file(path: Path) -> None:
    """A file that was written, with its size."""
    size = path.stat().st_size
    amount = f"{size / 1e6:.2f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
    print_line(f"wrote {path}  ({amount})")


def print_files(paths: Sequence[Path]) -> None:
    """Files that were written, with their sizes."""
    for path in paths:
        print_file(path)


def print_folder(path: Path, count: int) -> None:
    """A folder into which so many files were written."""
    print_line(f"wrote {count:,} files into {path}")


def print_seconds(stages: Mapping[str, float]) -> None:
    """Time spent, by stage."""
    print_line("Time: " + ", ".join(f"{name} {spent:.1f} s" for name, spent in stages.items()))


def print_findings(found: Sequence[Finding]) -> None:
    """What the doctor found."""
    table = Table.grid(padding=(0, 2))
    for finding in found:
        table.add_row(_MARKS[finding.state], finding.part, finding.detail)
        if finding.remedy:
            table.add_row("", "", f"[bold]→ {finding.remedy}[/]")
    OUT.print(table)
