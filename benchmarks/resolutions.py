"""What meshing takes from resolution 128 to 1024: time, memory, evaluations.

    python -m benchmarks.resolutions [MESH] [--seconds 20]

The exact distance of a closed mesh (none: the package's own part), and a network that learned it
for some seconds, each resolution in a process of its own, so that its peak memory is its own. The
field evaluations should grow fourfold from row to row, as the surface does, and not eightfold as
the volume does.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from acutance.contouring.contour import Contouring, Extraction, extract
from acutance.contouring.exact import ExactField
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.machine.description import machine_line
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.model.neural_sdf import NeuralSDF
from acutance.shapes.part import part
from acutance.solid.solid import Solid
from acutance.training.schedule import Budget

RESOLUTIONS = (128, 256, 512, 1024)

Row = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    mesh: Annotated[Path | None, tyro.conf.Positional] = None
    """A closed mesh; none for the package's own part."""
    seconds: float = 20.0
    """Time to learn it."""
    plot: Path = Path("runs/resolutions.png")
    """Where the plot goes."""
    measure: tuple[str, int] | None = None
    """For its own use: mesh one source, a mesh or a model, at one resolution."""


def measured(source: Path, resolution: int) -> Row:
    """Mesh a source at a resolution, in this process."""
    start = time.perf_counter()
    extraction = _meshed(source, Contouring(resolution=resolution))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": seconds,
        "gigabytes": peak / (1e9 if sys.platform == "darwin" else 1e6),
        "evaluations": extraction.evaluations,
        "faces": len(extraction.mesh.faces),
    }


def _meshed(source: Path, config: Contouring) -> Extraction:
    if source.is_dir():
        return NeuralSDF.load(source).extract(config)
    solid = Solid.of(load(source))
    return extract(ExactField(solid), *solid.bounds, config)


def in_a_process(source: Path, resolution: int) -> Row:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.resolutions", "--measure", str(source)]
    done = subprocess.run(
        [*command, str(resolution)], check=True, stdout=subprocess.PIPE, text=True
    )
    row: Row = json.loads(done.stdout.splitlines()[-1])
    return row


def plot(results: dict[str, list[Row]], path: Path) -> None:
    """Seconds, memory and evaluations over the resolution, all axes logarithmic."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4))
    for panel, name in zip(axes, ("seconds", "gigabytes", "evaluations"), strict=True):
        for field, rows in results.items():
            panel.loglog(RESOLUTIONS, [row[name] for row in rows], "o-", label=field)
        if name == "evaluations":
            dense = [(resolution + 1) ** 3 for resolution in RESOLUTIONS]
            panel.loglog(RESOLUTIONS, dense, "k:", label="dense grid")
        panel.set(xlabel="resolution", ylabel=name, xticks=RESOLUTIONS, xticklabels=RESOLUTIONS)
        panel.minorticks_off()
        panel.legend()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    pyplot.close(figure)


def main(arguments: Arguments) -> None:
    """Print the table and draw the plot."""
    if arguments.measure is not None:
        source, resolution = arguments.measure
        print(json.dumps(measured(Path(source), resolution)))
        return
    console = Console(width=120)
    console.print(machine_line(), markup=False)
    with tempfile.TemporaryDirectory() as folder:
        mesh, model = Path(folder) / "mesh.ply", Path(folder) / "model"
        source = load(arguments.mesh) if arguments.mesh else part()
        save_mesh(source, mesh)
        budget = Budget(seconds=arguments.seconds)
        fit_shape(source, FitConfig(budget=budget)).shape.save(model)
        results: dict[str, list[Row]] = {}
        console.print("| field | resolution | s | GB | evaluations | dense / ours | faces |")
        console.print("| --- | --- | --- | --- | --- | --- | --- |")
        for name, path in (("exact", mesh), ("learned", model)):
            results[name] = []
            for resolution in RESOLUTIONS:
                row = in_a_process(path, resolution)
                results[name].append(row)
                console.print(
                    f"| {name} | {resolution:,} | {row['seconds']:.1f} | {row['gigabytes']:.1f} | "
                    f"{row['evaluations']:,} | {(resolution + 1) ** 3 / row['evaluations']:.0f} | "
                    f"{row['faces']:,} |"
                )
    plot(results, arguments.plot)
    console.print(f"plot: {arguments.plot}", markup=False)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
