"""Our presets beside their peers: same input, same time; error against bytes and time.

    python -m benchmarks.compare [mesh ...] [--seconds 12 60] [--output runs/bench]

Without files it takes the package's own part. Every method goes from the mesh in memory to a mesh
in memory. Distances are ·10³ of the bounding sphere's radius, both ways, point to surface. A peer
whose library is missing is left out and named.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from acutance.errors import InputError
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.machine.description import machine_line
from acutance.machine.files import atomically
from acutance.mesh.io.load import load
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.metrics.measure import measure
from acutance.shapes.part import part
from acutance.solid.solid import Solid
from acutance.training.schedule import Budget
from acutance.training.shape.presets import PRESETS
from benchmarks.peers import Outcome, narrow_band, published_siren, screened_poisson

HEAD = ("method", "seconds", "kB", "mean", "99 %", "max", "normals", "sharp edges", "closed")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    meshes: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Closed meshes; none for the package's own part."""
    seconds: tuple[float, ...] = (12.0, 60.0)
    """Training times of the networks."""
    depths: tuple[int, ...] = (8, 9, 10)
    """Depths of screened Poisson reconstruction."""
    bands: tuple[int, ...] = (128, 256, 512)
    """Resolutions of the narrow band; its bytes at the largest are about those of `hash`."""
    output: Path = Path("runs/bench")
    """Folder for the tables and plots."""


def ours(source: TriangleMesh, preset: str, seconds: float) -> Outcome:
    """One of our presets; its bytes are those of its file."""
    start = time.perf_counter()
    result = fit_shape(source, FitConfig(preset=preset, budget=Budget(seconds=seconds)))
    spent = time.perf_counter() - start - result.seconds["evaluation"]
    with tempfile.TemporaryDirectory() as folder:
        result.shape.save(folder)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    name = f"acutance {preset}, {seconds:g} s"
    return Outcome(method=name, seconds=spent, size=size, mesh=result.mesh)


def outcomes(source: TriangleMesh, arguments: Arguments, console: Console) -> Iterator[Outcome]:
    """Every method that can run here."""
    Solid.of(source).distance(source.vertices)  # kernels are compiled before the clock runs
    for resolution in arguments.bands:
        yield from narrow_band(source, resolution)
    for depth in arguments.depths:
        result = screened_poisson(source, depth)
        if result is None:
            console.print("screened Poisson is left out: pip install pymeshlab")
            break
        yield result
    for seconds in arguments.seconds:
        for preset in PRESETS:
            yield ours(source, preset, seconds)
        try:
            yield published_siren(source, seconds)
        except InputError as error:
            console.print(f"SIREN as published, {seconds:g} s: {error}", markup=False)


def row(outcome: Outcome, source: TriangleMesh) -> tuple[list[str], float]:
    """The table's row, and the mean distance."""
    metrics = measure(outcome.mesh, source)
    surface, sharp, normals = metrics.surface, metrics.sharp_chamfer, metrics.normal_consistency
    return [
        outcome.method,
        f"{outcome.seconds:.1f}",
        f"{outcome.size / 1e3:.0f}",
        f"{1e3 * surface.mean:.4f}",
        f"{1e3 * surface.p99:.3f}",
        f"{1e3 * surface.maximum:.2f}",
        "–" if normals is None else f"{normals:.4f}",
        "–" if sharp is None else f"{sharp.value:.3f}",
        "yes" if topology(outcome.mesh).manifold else "no",
    ], 1e3 * surface.mean


def markdown(rows: list[list[str]]) -> str:
    """The rows as a table."""
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plot(points: list[tuple[Outcome, float]], path: Path) -> None:
    """Error against bytes and against time."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(13, 6), sharey=True)
    for axis, label in zip(axes, ("bytes", "seconds"), strict=True):
        for index, (outcome, error) in enumerate(points):
            x = outcome.size if label == "bytes" else outcome.seconds
            mark = "o" if outcome.method.startswith("acutance") else "s"
            axis.loglog(x, error, mark, color=f"C{index % 10}")
            axis.annotate(
                outcome.method, (x, error), fontsize=7, xytext=(4, 3), textcoords="offset points"
            )
        axis.set_xlabel(label)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("mean surface distance ·10³ (of the radius)")
    figure.tight_layout()
    with atomically(path) as temporary:
        figure.savefig(temporary, dpi=130)
    pyplot.close(figure)


def main(arguments: Arguments) -> None:
    """Compare on every shape; write a table and a plot each."""
    console = Console(width=140)
    machine = machine_line()
    console.print(machine, markup=False)
    sources = {path.stem: load(path) for path in arguments.meshes} or {"part": part()}
    for name, source in sources.items():
        rows, points = [], []
        for outcome in outcomes(source, arguments, console):
            line, mean = row(outcome, source)
            console.print("  ".join(line), markup=False)
            rows.append(line)
            points.append((outcome, mean))
        text = f"# {name}: {len(source.faces):,} faces\n\n{machine}\n\n{markdown(rows)}\n"
        with atomically(arguments.output / f"{name}.md") as temporary:
            temporary.write_text(text, encoding="utf-8")
        plot(points, arguments.output / f"{name}.png")
        console.print(f"wrote {arguments.output / name}.md and .png", markup=False)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
