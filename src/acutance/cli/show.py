"""What each command prints of its result."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from acutance.cli import terminal
from acutance.contouring.contour import Extraction
from acutance.jobs.info import Description, topology_facts
from acutance.jobs.prepare import Prepared
from acutance.jobs.shape.clean import Cleaned
from acutance.jobs.shape.compare import Comparison
from acutance.jobs.shape.fit import Fit
from acutance.jobs.shape.report import headline
from acutance.jobs.space.reconstruct import Reconstruction
from acutance.jobs.space.train import Trained
from acutance.mesh.io.save import unit_message
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.mesh.units import length
from acutance.metrics.surface import Deviation
from acutance.metrics.table import UNIT, field_table, milli, rich_table, tables
from acutance.metrics.table import Table as NumberTable
from acutance.solid.report import LEAST_AGREEMENT, SolidReport
from acutance.solid.solid import Solid

ROUNDING = 1e-6
"""A distance in radii up to which a floor is rounding."""

RADIUS_NOTE = "(R: radius of the shape's bounding sphere)"
"""What lengths are measured in."""


def show_fit(result: Fit, files: Sequence[Path], *, verbose: bool) -> None:
    """The numbers that matter, what the user should know, and where to look; or all numbers."""
    _rule(result.solid)
    if verbose:
        show_number_tables([*tables(result.metrics), field_table(result.field_error)])
    else:
        figures = headline(result, files[0])
        terminal.print_facts({figure.name: f"{figure.value} {figure.unit}" for figure in figures})
        terminal.print_line(RADIUS_NOTE)
        if result.metrics.floor > ROUNDING:
            terminal.print_line(
                f"A perfect result would show {milli(result.metrics.floor)} {UNIT} from it to the "
                "input: the spacing of the points, or the thickness of open sheets."
            )
    terminal.print_messages([*result.messages, *unit_message(files, result.reading.unit)])
    terminal.print_seconds(result.seconds)
    terminal.print_files(files)
    more = "" if verbose else ", in metrics.json, or with --verbose"
    terminal.print_line(f"Look at {files[-1]}. All numbers are there{more}.")


def show_cleaned(result: Cleaned, path: Path) -> None:
    """What was made of a messy mesh, and how far it is off."""
    _rule(result.solid)
    _distances({"mesh to solid": result.to_solid, "solid to mesh": result.from_solid})
    _cells(result.extraction)
    _bodies(result.mesh)
    unit = unit_message([path], result.extraction.unit)
    terminal.print_messages([*result.messages, *unit])
    terminal.print_seconds(result.seconds)
    show_mesh(result.mesh, path)


def show_extraction(result: Extraction, path: Path) -> None:
    """What mesh was taken from a field."""
    _cells(result)
    _bodies(result.mesh)
    terminal.print_messages([*result.all_messages, *unit_message([path], result.unit)])
    show_mesh(result.mesh, path)


def show_reconstruction(result: Reconstruction, path: Path) -> None:
    """Where a code came from, how far the mesh is from the input, and what was written."""
    if result.solid is not None:
        _rule(result.solid)
    terminal.print_line(f"nearest known shape: {result.inferred.start}")
    terminal.print_seconds(result.seconds)
    _distances(result.distances)
    terminal.print_messages(result.messages)
    show_extraction(result.extraction, path)


def show_mesh(result: TriangleMesh, path: Path) -> None:
    """The size of a mesh, and its file."""
    terminal.print_line(f"{len(result.vertices):,} vertices, {len(result.faces):,} faces")
    terminal.print_file(path)


def show_number_tables(content: Sequence[NumberTable]) -> None:
    """Tables of numbers."""
    for table in content:
        terminal.OUT.print(rich_table(table))


def show_prepared(result: Prepared, notes: Sequence[str]) -> None:
    """What became of a data set."""
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]sampled now[/]", f"{len(result.made):,}")
    table.add_row("[bold]there already[/]", f"{len(result.kept):,}")
    for split, count in sorted(result.splits.items(), reverse=True):
        families = result.families[split]
        text = f"{count:,}, with {families:,} families" if families else f"{count:,}"
        table.add_row(f"[bold]for {split or 'train'}[/]", text)
    for rule, count in sorted(result.rules.items()):
        table.add_row(f"[bold]inside by {rule}[/]", f"{count:,}")
    if result.moved:
        table.add_row("[bold]in another split now[/]", f"{len(result.moved):,}")
    table.add_row("[bold]skipped[/]", f"{len(result.skipped):,}")
    table.add_row("[bold]time[/]", f"{result.seconds:.0f} s")
    terminal.OUT.print(table)
    terminal.print_messages(notes)
    if result.moved:
        terminal.print_messages(
            [
                f"{len(result.moved)} shapes, {result.moved[0]} for one, are in another split than "
                "before; for a run that has learned them they stay known shapes."
            ]
        )
    terminal.print_messages(
        [f"{key} was skipped: {reason}" for key, reason in result.skipped.items()]
    )
    doubtful = [record.key for record in result.made if record.agreement < LEAST_AGREEMENT]
    if doubtful:
        some = ", ".join(doubtful[:5]) + (" …" if len(doubtful) > 5 else "")
        terminal.print_messages([f"Inside and outside are doubtful for {len(doubtful)}: {some}"])
    terminal.print_line(f"wrote {result.store.folder}")


def show_trained(result: Trained) -> None:
    """What was learned."""
    last = result.run.records[-1] if result.run.records else None
    loss = "" if last is None else f", loss {last.loss:.3g}"
    terminal.print_line(
        f"{len(result.space.keys):,} shapes, {result.space.decoder.parameter_count:,} parameters, "
        f"{result.space.codes.shape[1]:,} numbers a code; {result.run.seconds:.0f} s{loss}"
    )
    terminal.print_messages(result.messages)
    terminal.print_line(f"wrote {result.folder}")
    terminal.print_line(
        f"Next: acutance evaluate {result.folder}, or "
        f"acutance reconstruct {result.folder} --shape {result.space.keys[0]} -o shape.glb"
    )


def show_comparison(result: Comparison) -> None:
    """How a mesh hangs together, and how close it comes to its reference."""
    of_result = topology_facts(result.topology)
    terminal.print_facts(
        {"result": str(result.result), **of_result, "reference": str(result.reference)}
    )
    show_number_tables(tables(result.metrics, "reference"))
    terminal.print_messages(result.messages)


def show_description(result: Description) -> None:
    """Facts about a file."""
    terminal.print_facts(result.facts)
    terminal.print_messages(result.warnings)


def _rule(solid: Solid) -> None:
    """How inside was told from outside."""
    terminal.print_line(f"Inside by {solid.report.rule}: {solid.report.reason}")


def show_alternative(report: SolidReport, command: Sequence[str]) -> None:
    """The command to try where the evidence for the rule is weak."""
    if report.alternative is not None:
        again = shlex.join(["acutance", *command, "--rule", report.alternative])
        terminal.print_messages([f"{report.hint} To try it: {again}"])


def _cells(extraction: Extraction) -> None:
    """How fine a mesh is."""
    where = "" if extraction.unit else " in the units of the input"
    terminal.print_line(f"Cells: {length(extraction.spacing, extraction.unit)}{where}")


def _bodies(mesh: TriangleMesh) -> None:
    """Of how many parts a mesh is."""
    terminal.print_line(f"Connected surfaces: {topology(mesh).bodies}")


def _distances(distances: Mapping[str, Deviation]) -> None:
    """Distances in thousandths of the radius."""
    for between, distance in distances.items():
        terminal.print_line(
            f"Distance from {between}, 10⁻³ R: mean {1e3 * distance.mean:.3g}, "
            f"99 % within {1e3 * distance.p99:.3g}, largest {1e3 * distance.maximum:.3g}"
        )
    terminal.print_line(RADIUS_NOTE)
