"""`acutance fit` as a whole process, with its default settings: time and errors.

    python -m benchmarks.fits [mesh ...] [--seconds 10] [--preset hash]

Without files it fits shapes that the package makes itself. Every row is one process from its start
to its end: reading, sampling, training, meshing, metrics and report. Distances are ·10³ of the
bounding sphere's radius, both ways, point to surface.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from acutance.machine.description import machine_line
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.shapes.part import part


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    meshes: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Meshes or point clouds; none for four of the package's own parts."""
    seconds: float = 10.0
    """Training time, the default of the command."""
    preset: str = "hash"
    """Preset."""
    resolution: int | None = None
    """Resolution of the mesh; none for the command's choice."""
    keep: Path | None = None
    """Folder for what the command writes; none to throw it away."""


def own_shapes(folder: Path) -> list[Path]:
    """The package's part, as drawn and in other proportions."""
    paths = []
    for seed in (None, 1, 2, 3):
        path = folder / f"part-{'drawn' if seed is None else seed}.ply"
        save_mesh(part(seed), path)
        paths.append(path)
    return paths


def fit_in_a_process(path: Path, output: Path, arguments: Arguments) -> float:
    """Seconds of the whole process."""
    command = [sys.executable, "-m", "acutance", "fit", str(path), "-o", str(output)]
    command += ["--seconds", str(arguments.seconds), "--preset", arguments.preset]
    if arguments.resolution is not None:
        command += ["--resolution", str(arguments.resolution)]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def row(path: Path, output: Path, seconds: float) -> list[str]:
    """The numbers of one fit."""
    content = json.loads((output / "metrics.json").read_text())
    metrics, source = content["metrics"], load(path)
    size = len(source.faces) if isinstance(source, TriangleMesh) else len(source.points)
    result = topology(load(output / "mesh.glb"))
    surface, back = metrics["surface"], metrics["reference_to_result"]
    model = (output / "model" / "model.safetensors").stat().st_size
    normals, iou = metrics["normal_consistency"], metrics["volume"]
    return [
        path.stem,
        f"{size:,}",
        content["solid"]["rule"],
        f"{seconds:.1f}",
        f"{1e3 * surface['mean']:.4f}",
        f"{1e3 * surface['p99']:.3f}",
        f"{1e3 * surface['maximum']:.2f}",
        f"{1e3 * back['mean']:.4f}",
        "–" if normals is None else f"{normals:.4f}",
        "–" if iou is None else f"{iou['iou']:.4f}",
        f"{result.bodies}" + ("" if result.manifold else " (not manifold)"),
        f"{model / 1e6:.2f}",
    ]


def main(arguments: Arguments) -> None:
    """Fit every shape and print the table."""
    console = Console(width=160)
    console.print(machine_line(), markup=False)
    table = Table("shape", "faces", "rule", "s", "mean", "99 %", "max", "input→", "normals", "IoU")
    for name in ("bodies", "MB"):
        table.add_column(name)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for path in arguments.meshes or own_shapes(folder):
            output = folder / path.stem
            seconds = fit_in_a_process(path, output, arguments)
            table.add_row(*row(path, output, seconds))
    console.print(f"preset {arguments.preset}, {arguments.seconds:g} s of training")
    console.print(table)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
