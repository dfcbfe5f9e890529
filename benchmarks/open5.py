"""Every raw mesh of the open5 benchmark through `Solid`, sampling, a short fit and meshing.

    ACUTANCE_DATA=… python -m benchmarks.open5 [--steps 300] [--resolution 256] [--limit N]

Prints how many meshes took which way of telling inside from outside, whether every result is closed
and manifold, and how far the results are from the `watertight` twins, which lie 1.5e-3 (of the unit
frame) outside the author's visible surface. Distances are ·10³ of the bounding sphere's radius.
"""

import csv
import os
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, fields
from pathlib import Path

import tyro
from rich.console import Console
from rich.progress import track
from rich.table import Table

from acutance.contouring.contour import Contouring
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.machine.description import machine_line
from acutance.mesh.io.load import load
from acutance.mesh.topology import topology
from acutance.metrics.measure import SampleCounts, measure
from acutance.training.schedule import Budget

COUNTS = SampleCounts(surface=20_000, chamfer=5_000, volume=1_000)
"""Fewer points than usual: the means are taken over many meshes."""


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    data: Path = Path(os.environ.get("ACUTANCE_DATA", "../shared"))
    """Folder that holds open5."""
    steps: int = 300
    """Training steps a shape."""
    resolution: int = 256
    """Resolution of the meshes."""
    limit: int | None = None
    """Only the first so many meshes of every category."""
    categories: tuple[str, ...] = ()
    """Only these categories; none for all."""
    table: Path = Path("runs/open5.csv")
    """CSV file for a row a mesh, written as they come."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one mesh."""

    category: str
    name: str
    rule: str
    agreement: float
    seconds: float
    faces: int
    manifold: bool
    dropped: int
    to_twin: float
    from_twin: float


def outcome(data: Path, category: str, name: str, arguments: Arguments) -> Outcome:
    """Fit one raw mesh and compare it with its twin."""
    start = time.perf_counter()
    config = FitConfig(
        budget=Budget(steps=arguments.steps),
        counts=COUNTS,
        contouring=Contouring(resolution=arguments.resolution),
    )
    result = fit_shape(load(data / "open5" / "raw" / category / f"{name}.ply"), config)
    seconds = time.perf_counter() - start - result.seconds["evaluation"]
    twin = load(data / "open5" / "watertight" / category / f"{name}.ply")
    metrics = measure(result.mesh, twin, counts=COUNTS)
    return Outcome(
        category=category,
        name=name,
        rule=result.solid.rule,
        agreement=result.solid.report.agreement,
        seconds=seconds,
        faces=len(result.mesh.faces),
        manifold=topology(result.mesh).manifold,
        dropped=result.extraction.dropped.parts,
        to_twin=1e3 * metrics.result_to_reference.mean,
        from_twin=1e3 * metrics.reference_to_result.mean,
    )


def selection(arguments: Arguments) -> list[tuple[str, str]]:
    """Categories and names of the manifest."""
    with (arguments.data / "open5" / "manifest.csv").open(newline="") as file:
        rows = [(row["category"], row["name"]) for row in csv.DictReader(file)]
    seen: dict[str, int] = defaultdict(int)
    chosen = []
    for category, name in rows:
        if arguments.categories and category not in arguments.categories:
            continue
        seen[category] += 1
        if arguments.limit is None or seen[category] <= arguments.limit:
            chosen.append((category, name))
    return chosen


def summary(outcomes: list[Outcome]) -> Table:
    """Counts and distances by category and rule."""
    table = Table("category", "rule", "meshes", "closed, manifold", "s a mesh")
    for name in ("result→twin median", "worst", "twin→result median", "worst"):
        table.add_column(name)
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for item in outcomes:
        groups[item.category, item.rule].append(item)
        groups["all", item.rule].append(item)
    for (category, rule), items in sorted(groups.items(), key=lambda pair: pair[0]):
        there, back = [i.to_twin for i in items], [i.from_twin for i in items]
        table.add_row(
            category,
            rule,
            f"{len(items)}",
            f"{sum(i.manifold for i in items)}",
            f"{statistics.median(i.seconds for i in items):.1f}",
            f"{statistics.median(there):.2f}",
            f"{max(there):.2f}",
            f"{statistics.median(back):.2f}",
            f"{max(back):.2f}",
        )
    return table


def main(arguments: Arguments) -> None:
    """Run all meshes and print the summary."""
    console = Console(width=140)
    console.print(machine_line(), markup=False)
    outcomes = list[Outcome]()
    arguments.table.parent.mkdir(parents=True, exist_ok=True)
    with arguments.table.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[field.name for field in fields(Outcome)])
        writer.writeheader()
        for category, name in track(selection(arguments), console=Console(stderr=True)):
            outcomes.append(outcome(arguments.data, category, name, arguments))
            writer.writerow(vars(outcomes[-1]))
            file.flush()
    console.print(f"{arguments.steps} steps a mesh, resolution {arguments.resolution}")
    console.print(summary(outcomes))
    for item in sorted(outcomes, key=lambda item: -item.from_twin)[:8]:
        console.print(f"farthest from its twin: {item}", markup=False)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
