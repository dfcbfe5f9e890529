"""What the command line shows: progress while it works, and what came out."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from acutance.cli.doctor import Finding
from acutance.contouring.contour import Extraction
from acutance.jobs.clean import Cleaned
from acutance.jobs.compare import Comparison
from acutance.jobs.fit import Fit
from acutance.jobs.info import Description, topology_facts
from acutance.jobs.listener import Listener
from acutance.jobs.prepare import Prepared
from acutance.jobs.reconstruct import Reconstructed
from acutance.jobs.train import Trained
from acutance.machine.devices import CPU
from acutance.machine.warp import compiling
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.metrics.surface import Deviation
from acutance.metrics.table import Table as NumberTable
from acutance.metrics.table import field_table, rich_table, tables
from acutance.progress import Record
from acutance.solid.distance import kernels
from acutance.solid.report import LEAST_AGREEMENT
from acutance.solid.solid import Solid

FILE_WIDTH = 100
"""Columns where the output is no terminal: the widest table has no more."""

_out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FILE_WIDTH)

_MARKS = {"ok": "[green]ok[/]", "missing": "[yellow]missing[/]", "broken": "[red]broken[/]"}


LOG_SECONDS = 30.0
"""Time between two lines of progress where the output is no terminal."""


class Live(Listener):
    """A progress line: the stage, and while training the loss, samples a second and time left.

    Where the output is no terminal but a file or a pipe, there is a line of text every half minute.
    """

    def __init__(self) -> None:
        """A line on standard error."""
        console = Console(file=sys.stderr, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[state]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None, state="")
        self._stage, self._logged = "", time.monotonic()

    def __enter__(self) -> "Live":
        """Start drawing, after a word about what the first use of a machine takes."""
        if compiling(kernels.__name__, device=CPU):
            self._progress.console.print(
                "Compiling kernels for this machine: once, for some ten seconds."
            )
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing and remove the line."""
        self._progress.stop()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._progress.reset(self._task, description=name, total=None, state="")
        self._stage = name

    def training(self, record: Record) -> None:
        """The training goes on."""
        self.work(record.used, f"loss {record.loss:.4f}  {record.rate / 1e6:.2f} M samples/s")

    def work(self, share: float, state: str) -> None:
        """Other work goes on."""
        self._progress.update(self._task, total=1.0, completed=share, state=state)
        if self._progress.disable and time.monotonic() - self._logged > LOG_SECONDS:
            line = f"{self._stage}: {share:.0%}  {state}"
            self._progress.console.print(line, markup=False, highlight=False)
            self._logged = time.monotonic()


def show_fit(result: Fit, files: Sequence[Path]) -> None:
    """The numbers of a fit, what the user should know, and the files."""
    _ruled(result.solid)
    show_tables([*tables(result.metrics), field_table(result.field_error)])
    _say(result.messages)
    _took(result.seconds)
    show_files(files)


def show_mesh(extraction: Extraction, path: Path) -> None:
    """What mesh was written."""
    _cells(extraction)
    _bodies(extraction.mesh)
    _say(extraction.said)
    show_shape(extraction.mesh, path)


def show_cleaned(result: Cleaned, path: Path) -> None:
    """What was made of a messy mesh, and how far it is off."""
    extraction = result.extraction
    _ruled(result.solid)
    show_deviations(result.there, result.back)
    _cells(extraction)
    _bodies(result.mesh)
    _say(result.messages)
    _took(result.seconds)
    show_shape(result.mesh, path)


def _bodies(mesh: TriangleMesh) -> None:
    """Of how many parts a mesh is."""
    _out.print(f"Connected surfaces: {topology(mesh).bodies}")


def show_deviations(there: Deviation, back: Deviation) -> None:
    """How far a mesh is from the solid that was made of the input."""
    _apart({"mesh to solid": there, "solid to mesh": back})


def show_seen(scan_to_mesh: Deviation) -> None:
    """How far a mesh is from what a scan saw of it."""
    _apart({"scan to mesh": scan_to_mesh})


def _apart(distances: Mapping[str, Deviation]) -> None:
    """Distances in thousandths of the radius."""
    for what, distance in distances.items():
        _out.print(
            f"Distance from {what}, 10⁻³ R: mean {1e3 * distance.mean:.3g}, "
            f"99 % within {1e3 * distance.p99:.3g}, largest {1e3 * distance.maximum:.3g}",
            markup=False,
        )
    _out.print("(R: radius of the shape's bounding sphere)", markup=False)


def _ruled(solid: Solid) -> None:
    """How inside was told from outside."""
    _out.print(f"Inside by {solid.report.rule}: {solid.report.reason}", markup=False)


def show_shape(mesh: TriangleMesh, path: Path) -> None:
    """What mesh was written."""
    _out.print(f"{len(mesh.vertices):,} vertices, {len(mesh.faces):,} faces")
    _wrote(path)


def show_folder(folder: Path, count: int) -> None:
    """How many files were written into a folder."""
    _out.print(f"wrote {count:,} files into {folder}", markup=False)


def show_files(files: Sequence[Path]) -> None:
    """What files were written."""
    for file in files:
        _wrote(file)


def show_tables(content: Sequence[NumberTable]) -> None:
    """Tables of numbers."""
    for table in content:
        _out.print(rich_table(table))


def show_messages(messages: Sequence[str]) -> None:
    """What the user should know."""
    _say(messages)


def show_prepared(prepared: Prepared, notes: Sequence[str]) -> None:
    """What became of a data set."""
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]sampled now[/]", f"{len(prepared.made):,}")
    table.add_row("[bold]there already[/]", f"{len(prepared.kept):,}")
    for split, count in sorted(prepared.splits.items(), reverse=True):
        table.add_row(f"[bold]for {split or 'train'}[/]", f"{count:,}")
    for rule, count in sorted(prepared.rules.items()):
        table.add_row(f"[bold]inside by {rule}[/]", f"{count:,}")
    table.add_row("[bold]skipped[/]", f"{len(prepared.skipped):,}")
    table.add_row("[bold]time[/]", f"{prepared.seconds:.0f} s")
    _out.print(table)
    _say(notes)
    _say([f"{key} was skipped: {reason}" for key, reason in prepared.skipped.items()])
    doubtful = [record.key for record in prepared.made if record.agreement < LEAST_AGREEMENT]
    if doubtful:
        some = ", ".join(doubtful[:5]) + (" …" if len(doubtful) > 5 else "")
        _say([f"Inside and outside are doubtful for {len(doubtful)}: {some}"])
    _out.print(f"wrote {prepared.store.folder}", markup=False)


def show_trained(result: Trained) -> None:
    """What was learned."""
    last = result.course.records[-1] if result.course.records else None
    loss = "" if last is None else f", loss {last.loss:.3g}"
    _out.print(
        f"{len(result.space.keys):,} shapes, {result.space.decoder.parameter_count:,} parameters, "
        f"{result.space.codes.shape[1]:,} numbers a code; {result.course.seconds:.0f} s{loss}",
        markup=False,
    )
    _say(result.messages)
    _out.print(f"wrote {result.folder}", markup=False)
    _out.print(
        f"Next: acutance evaluate {result.folder}, or "
        f"acutance reconstruct {result.folder} --shape {result.space.keys[0]} -o shape.glb",
        markup=False,
    )


def show_inferred(found: Reconstructed) -> None:
    """How inside was told from outside, where a code came from, and what it took."""
    if found.solid is not None:
        _ruled(found.solid)
    _out.print(f"nearest known shape: {found.inferred.start}", markup=False)
    _took(found.seconds)


def show_sdf(path: Path) -> None:
    """What distances were written."""
    _wrote(path)


def show_comparison(comparison: Comparison) -> None:
    """How a mesh hangs together, and how close it comes to its reference."""
    of_result = topology_facts(comparison.topology)
    _facts({"result": str(comparison.result), **of_result, "reference": str(comparison.reference)})
    show_tables(tables(comparison.metrics, "reference"))
    _say(comparison.messages)


def show_info(description: Description) -> None:
    """Facts about a file."""
    _facts(description.facts)
    _say(description.warnings)


def show_findings(findings: Sequence[Finding]) -> None:
    """What the doctor found."""
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        table.add_row(_MARKS[finding.state], finding.part, finding.detail)
        if finding.remedy:
            table.add_row("", "", f"[bold]→ {finding.remedy}[/]")
    _out.print(table)


def _facts(facts: Mapping[str, str]) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(f"[bold]{name}[/]", Text(value))
    _out.print(table)


def _say(messages: Sequence[str]) -> None:
    for message in messages:
        _out.print(f"! {message}", markup=False, style="yellow")


def _cells(extraction: Extraction) -> None:
    _out.print(f"Cells: {extraction.spacing:.3g} in the units of the input", markup=False)


def _took(seconds: Mapping[str, float]) -> None:
    stages = ", ".join(f"{name} {spent:.1f} s" for name, spent in seconds.items())
    _out.print(f"Time: {stages}", markup=False)


def _wrote(path: Path) -> None:
    size = path.stat().st_size
    amount = f"{size / 1e6:.2f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
    _out.print(f"wrote {path}  ({amount})", markup=False)
