"""Whether what `acutance clean` writes is closed and free of cuts for whoever reads it.

    ACUTANCE_DATA=… python -m benchmarks.closed [--kind raw] [--resolution 128] [--every N]
    python -m benchmarks.closed --folder PARTS [--every N]

Every mesh of open5, or of a folder such as that of Debian's package `kicad-packages3d` (6,227 CAD
parts as STEP), is cleaned, with the command's own settings, written as each format and read
again by trimesh's default loader, which merges vertices that agree to 1e-8. A file counts as
watertight where trimesh says so. Pairs of faces that cut or touch each other are counted in what
was read, by CGAL's exact predicates (in libigl), which share no code with Acutance. A line of JSON
a mesh is written as it comes; meshes that have one already are not done again.
"""

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import trimesh
import tyro
from igl.copyleft.cgal import remesh_self_intersections
from rich.console import Console
from rich.table import Table

from acutance.contouring.contour import Contouring
from acutance.contouring.finish.near import near_faces
from acutance.errors import InputError
from acutance.jobs.shape.clean import SIMPLIFY, CleanConfig, clean
from acutance.machine.description import machine_line
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology

FAR = 0.4e-3
"""Mean distance between mesh and solid, in radii, from which on a result is looked at: at
resolution 128 it is a twentieth of a cell."""

MOST_CUT = 5_000
"""Above so many faces near others, pairs are not looked for: memory would not do."""


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    data: Path = Path(os.environ.get("ACUTANCE_DATA", "../shared"))
    """Folder that holds open5."""
    kind: Literal["raw", "watertight"] = "raw"
    """Which meshes of open5."""
    folder: Path | None = None
    """A folder of STEP files to take instead."""
    resolution: int = 128
    """Cells along the longest side."""
    simplify: float = SIMPLIFY
    """How far the surface may move for fewer triangles, in cells; 0 keeps all."""
    every: int = 1
    """Only each so manieth mesh."""
    names: tuple[str, ...] = ()
    """Only meshes with one of these in their name."""
    formats: tuple[str, ...] = ("ply", "stl")
    """What to write and read again."""
    processes: int = 1
    """Meshes at a time."""
    rows: Path | None = None
    """Where lines are written; by default `runs/closed-KIND-RESOLUTION.jsonl`."""

    def path(self) -> Path:
        """The file of lines."""
        kind = self.kind if self.folder is None else self.folder.name
        return self.rows or Path(f"runs/closed-{kind}-{self.resolution}.jsonl")


def row(path: Path, arguments: Arguments) -> dict[str, Any]:
    """Clean a mesh, write it, and measure what is read again."""
    line: dict[str, Any] = {"name": path.stem, "category": path.parent.name}
    source = load(path)
    start = time.perf_counter()
    contouring = Contouring(resolution=arguments.resolution, simplify=arguments.simplify)
    try:
        done = clean(source, CleanConfig(contouring=contouring))
    except InputError as error:
        return {**line, "error": str(error)}
    line |= {
        "seconds": time.perf_counter() - start,
        "meshing": done.seconds["meshing"],
        "faces": len(done.mesh.faces),
        "manifold": topology(done.mesh).manifold,
        "there": done.to_solid.mean,
        "back": done.from_solid.mean,
        "messages": list(done.messages),
    }
    with tempfile.TemporaryDirectory() as folder:
        for ending in arguments.formats:
            file = Path(folder) / f"mesh.{ending}"
            save_mesh(done.mesh, file)
            line[ending] = bool(trimesh.load(file, force="mesh").is_watertight)
            line[f"{ending} cut faces"], line[f"{ending} cut pairs"] = cuts(file)
    return line


def cuts(file: Path) -> tuple[int, int | None]:
    """How many faces of a file cut or touch others, and how many pairs of them there are."""
    mesh = load(file)
    assert isinstance(mesh, TriangleMesh)
    near = len(near_faces(mesh, 0.0))
    if near > MOST_CUT:
        return near, None
    found = remesh_self_intersections(mesh.vertices, mesh.faces.astype(np.int64), detect_only=True)
    pairs = np.asarray(found[2]).reshape(-1, 2)
    return len(np.unique(pairs)), len(pairs)


def todo(arguments: Arguments) -> list[Path]:
    """Meshes without a line."""
    folder = arguments.data / "open5" / arguments.kind
    files = sorted(folder.glob("*/*.ply"))
    if arguments.folder is not None:
        files = sorted(arguments.folder.rglob("*.step"))
    files = files[:: arguments.every]
    if arguments.names:
        files = [file for file in files if any(name in file.stem for name in arguments.names)]
    done = {line["name"] for line in lines(arguments.path())}
    return [file for file in files if file.stem not in done]


def lines(path: Path) -> list[dict[str, Any]]:
    """What was measured before."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]


def measured(arguments: Arguments) -> Iterator[dict[str, Any]]:
    """The rows of all meshes without one, as they come."""
    files = todo(arguments)
    if arguments.processes == 1:
        yield from (row(file, arguments) for file in files)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(arguments.processes, mp_context=context) as pool:
        for future in as_completed([pool.submit(row, file, arguments) for file in files]):
            yield future.result()


def summary(arguments: Arguments) -> Table:
    """Counts over all rows of the file."""
    rows = [line for line in lines(arguments.path()) if "error" not in line]
    table = Table("format", "files", "watertight", "with cuts", "cut faces", "pairs per 1,000")
    for column in ("seconds", "meshing", "there ·10³", "back ·10³"):
        table.add_column(column)
    for ending in arguments.formats:
        read = [line for line in rows if ending in line]
        pairs = sum(line[f"{ending} cut pairs"] or 0 for line in read)
        faces = sum(line["faces"] for line in read)
        table.add_row(
            ending,
            str(len(read)),
            str(sum(line[ending] for line in read)),
            str(sum(line[f"{ending} cut faces"] > 0 for line in read)),
            f"{sum(line[f'{ending} cut faces'] for line in read):,}",
            f"{1e3 * pairs / max(1, faces):.4f}",
            f"{sum(line['seconds'] for line in read):.0f}",
            f"{sum(line['meshing'] for line in read):.0f}",
            f"{1e3 * np.mean([line['there'] for line in read]):.4f}" if read else "",
            f"{1e3 * np.mean([line['back'] for line in read]):.4f}" if read else "",
        )
    return table


def main(arguments: Arguments) -> None:
    """Measure what has not been, and print the table."""
    console = Console(width=160)
    console.print(machine_line(), markup=False)
    path = arguments.path()
    path.parent.mkdir(parents=True, exist_ok=True)
    for line in measured(arguments):
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")
    console.print(summary(arguments))
    far = [line for line in lines(path) if max(line.get("there", 0), line.get("back", 0)) > FAR]
    console.print(f"Mean distance one way over {1e3 * FAR:g}·10⁻³ R: {len(far)}")
    for line in far:
        said = " ".join(line["messages"]) or "nothing is said"
        console.print(
            f"{line['name']}: {line['there']:.2g}, {line['back']:.2g}; {said}", markup=False
        )
    for line in lines(path):
        if "error" in line:
            console.print(f"{line['name']}: {line['error']}", markup=False)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
