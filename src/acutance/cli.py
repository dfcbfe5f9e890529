"""The command line: commands typed by their fields, with no logic of their own.

A field is an option, and the text below it its help. A mistake in the input ends with one sentence
and exit code 2; a mistake of ours with a note of where its details are, and exit code 1.
"""

import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console
from tyro.conf import Positional, arg, subcommand

from acutance import console
from acutance.contouring.contour import Contouring
from acutance.doctor import examine
from acutance.errors import InputError
from acutance.geometry.load import load
from acutance.geometry.save import save_mesh
from acutance.jobs.fit import FitConfig, fit_shape
from acutance.jobs.info import describe
from acutance.jobs.models import evaluate_points, open_model
from acutance.jobs.report import write_fit
from acutance.samples.procedural import part
from acutance.training.schedule import Budget

Format = Literal["glb", "obj", "ply", "stl", "off", "3mf"]
PresetName = Literal["hash", "siren", "hosc", "fourier", "relu"]


@dataclass(frozen=True, kw_only=True)
class FitCommand:
    """Fit a neural SDF to a mesh or a point cloud: model, clean mesh and report."""

    input: Positional[Path]
    """Mesh (OBJ, PLY, STL, OFF, GLB, glTF, 3MF) or point cloud (PLY, XYZ, NPZ)."""
    output: Annotated[Path | None, arg(aliases=["-o"])] = None
    """Folder to write; by default named after the input, in the current folder."""
    preset: PresetName = "hash"
    """Network: hash is the most accurate, siren and hosc make the smallest files."""
    seconds: float = 12.0
    """Time to train."""
    steps: int | None = None
    """Steps to train instead of a time; the same steps and seed give the same result."""
    resolution: int = 256
    """Cells along the longest side of the mesh."""
    format: tuple[Format, ...] = ()
    """Formats to write the mesh in, beside GLB."""
    rule: Literal["auto", "exact", "winding", "flood"] = "auto"
    """How inside and outside are told apart; auto decides by evidence and says how."""
    thickness: float | None = None
    """How far outside open sheets the surface is put where the rule is flood, as a part of the
    shape's radius; by default what a mesh of this resolution can hold."""
    device: str = "auto"
    """Where to compute: auto, cpu, cuda, cuda:1, ..."""
    seed: int = 0
    """Seed of the samples and the initial weights."""

    def run(self) -> None:
        """Fit, write, and say what was written."""
        folder = self.output or Path(self.input.stem)
        config = FitConfig(
            preset=self.preset,
            budget=Budget(seconds=self.seconds, steps=self.steps),
            contouring=Contouring(resolution=self.resolution),
            rule=self.rule,
            thickness=self.thickness,
            device=self.device,
            seed=self.seed,
        )
        with console.Live() as live:
            result = fit_shape(load(self.input), config, live)
            files = write_fit(result, folder, self.input.name, self.format, live)
        console.show_fit(result, files)


@dataclass(frozen=True, kw_only=True)
class MeshCommand:
    """Take a mesh from a model, at any resolution."""

    model: Positional[Path]
    """What `acutance fit` wrote: its folder, or model/ in it."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("mesh.glb")
    """File to write; its ending is the format: glb, obj, ply, stl, off, 3mf."""
    resolution: int = 256
    """Cells along the longest side."""
    method: Literal["dual", "marching"] = "dual"
    """Dual contouring keeps creases sharp; marching cubes is there to compare."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Mesh, write, and say what was written."""
        contouring = Contouring(resolution=self.resolution, method=self.method)
        extraction = open_model(self.model, self.device).extract(contouring)
        save_mesh(extraction.mesh, self.output)
        console.show_mesh(extraction, self.output)


@dataclass(frozen=True, kw_only=True)
class SdfCommand:
    """Signed distances, and normals on request, at points of a file."""

    model: Positional[Path]
    """What `acutance fit` wrote: its folder, or model/ in it."""
    points: Positional[Path]
    """Points in input coordinates: NPZ with the array `points`, or XYZ."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("sdf.npz")
    """File to write: NPZ with the arrays `points`, `sdf` and perhaps `normals`."""
    normals: bool = False
    """Also write unit normals."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Evaluate, write, and say what was written."""
        model = open_model(self.model, self.device)
        console.show_sdf(evaluate_points(model, self.points, self.output, normals=self.normals))


@dataclass(frozen=True, kw_only=True)
class InfoCommand:
    """What is this file, is it closed, and what would be done with it?"""

    file: Positional[Path]
    """A mesh, a point cloud, or a model."""

    def run(self) -> None:
        """Look and tell."""
        console.show_info(describe(self.file))


@dataclass(frozen=True, kw_only=True)
class ShapesCommand:
    """Make a shape to try things with."""

    kind: Positional[Literal["part"]]
    """part: a bearing block with creases, holes and curved faces."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("part.obj")
    """File to write."""
    seed: int | None = None
    """Other proportions for another seed; none for the block as drawn."""

    def run(self) -> None:
        """Make and write."""
        mesh = part(self.seed)
        save_mesh(mesh, self.output)
        console.show_shape(mesh, self.output)


@dataclass(frozen=True, kw_only=True)
class DoctorCommand:
    """Is this machine ready? Tries every part and names the remedy for what does not work."""

    def run(self) -> None:
        """Examine and tell; exit code 1 where something is broken."""
        findings = examine()
        console.show_findings(findings)
        if any(finding.state == "broken" for finding in findings):
            sys.exit(1)


Command = (
    Annotated[FitCommand, subcommand("fit")]
    | Annotated[MeshCommand, subcommand("mesh")]
    | Annotated[SdfCommand, subcommand("sdf")]
    | Annotated[InfoCommand, subcommand("info")]
    | Annotated[ShapesCommand, subcommand("shapes")]
    | Annotated[DoctorCommand, subcommand("doctor")]
)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; the process ends with 0, 1 (a bug), 2 (the input) or 130 (interrupted)."""
    command: Command = tyro.cli(
        Command,
        prog="acutance",
        description="Sharp neural signed distance functions of 3D shapes.",
        args=arguments,
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagConversionOff),
    )
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        command.run()
    except InputError as error:
        errors.print(f"acutance: {error}", markup=False, style="red")
        sys.exit(2)
    except KeyboardInterrupt:
        errors.print("acutance: interrupted; nothing was written.", markup=False)
        sys.exit(130)
    except Exception:
        with tempfile.NamedTemporaryFile(
            "w", prefix="acutance-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.write(traceback.format_exc())
        errors.print(
            f"acutance: this is a bug, please report it with {log.name}.", markup=False, style="red"
        )
        sys.exit(1)
