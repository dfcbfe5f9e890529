"""Commands for one shape: fit it, mesh it, ask it, measure it."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from acutance.cli import terminal
from acutance.cli.options import (
    INTERRUPTED,
    Formats,
    InputPath,
    MaybeFloat,
    MaybeInt,
    MaybePath,
    MaybeUnit,
    ModelPath,
    RuleName,
    budget,
    contouring,
)
from acutance.mesh.units import Axis

UNMESHED = "unmeshed"
"""Folder for a network that was trained, but could not be meshed, beside what a fit writes."""

PresetName = Literal["hash", "siren", "hosc", "fourier", "relu"]


@dataclass(frozen=True, kw_only=True)
class FitCommand:
    """Fit a neural SDF to a mesh or a point cloud: model, clean mesh and report."""

    input: InputPath
    """Mesh (OBJ, PLY, STL, OFF, GLB, glTF, 3MF, STEP) or point cloud (PLY, XYZ, CSV, PTS, LAS, LAZ,
    E57, NPZ, NPY)."""
    output: Annotated[MaybePath, arg(aliases=["-o"])] = None
    """Folder to write; by default named after the input, in the current folder."""
    preset: PresetName = "hash"
    """Network: hash is the most accurate, siren and hosc make the smallest files."""
    seconds: MaybeFloat = None
    """Time to train; 10 by default."""
    steps: MaybeInt = None
    """Steps to train instead of a time; the same steps and seed give the same result."""
    resolution: MaybeInt = None
    """Cells along the longest side of the mesh; by default 256, and 384 from a minute of training
    on."""
    solid: bool = False
    """Keep one solid body, without floating parts and inner voids, and measure its walls."""
    format: Formats = ()
    """Formats to write the mesh in, beside GLB."""
    unit: MaybeUnit = None
    """Unit of length of the input: um, mm, cm, m, in or ft; for files that name none, or a wrong
    one."""
    scale: float = 1.0
    """Factor that the input is made larger by."""
    up: Axis = "z"
    """Axis of the input that points up; what comes out is turned so that z does."""
    rule: RuleName = "auto"
    """How inside and outside are told apart; auto decides by evidence and says how."""
    thickness: MaybeFloat = None
    """How far outside open sheets the surface is put where the rule is flood, as a part of the
    shape's radius; by default three quarters of a cell, and at least 0.0015."""
    device: str = "auto"
    """Where to compute: auto, cpu, cuda, cuda:1, ..."""
    seed: int = 0
    """Seed of the samples and the initial weights."""
    verbose: bool = False
    """Print all numbers; they are also in the report and in metrics.json."""

    def run(self) -> None:
        """Fit, write, and say what was written."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_alternative, show_fit
        from acutance.jobs.shape.fit import FitConfig, fit_shape, resolution_for
        from acutance.jobs.shape.report import write_fit
        from acutance.machine.files import check_folder
        from acutance.mesh.io.load import read
        from acutance.mesh.io.save import check_coordinates
        from acutance.training.schedule import Budget

        folder = self.output or Path(self.input.stem)
        length = budget(self.seconds, self.steps, Budget())
        config = FitConfig(
            preset=self.preset,
            budget=length,
            contouring=contouring(self.resolution or resolution_for(length), solid=self.solid),
            rule=self.rule,
            thickness=self.thickness,
            device=self.device,
            seed=self.seed,
        )
        check_folder(folder)
        source = read(self.input, self.unit).scaled(self.scale).upright(self.up)
        for ending in self.format:
            check_coordinates(folder / f"mesh.{ending}", source.shape)
        rescue = folder / UNMESHED
        with ProgressBar() as bar:
            result = fit_shape(source, config, bar, rescue=rescue)
            files = write_fit(result, folder, self.input.name, self.format, bar, rescue=rescue)
        show_fit(result, files, verbose=self.verbose)
        show_alternative(result.solid.report, ("fit", str(self.input), "-o", str(folder)))
        if result.run.interrupted:
            sys.exit(INTERRUPTED)


@dataclass(frozen=True, kw_only=True)
class CleanCommand:
    """Remesh a messy mesh without any learning: closed, manifold, with sharp creases."""

    input: InputPath
    """Mesh (OBJ, PLY, STL, OFF, GLB, glTF, 3MF, STEP) or point cloud (PLY, XYZ, CSV, PTS, LAS, LAZ,
    E57, NPZ, NPY)."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("clean.glb")
    """File to write; its ending is the format: glb, obj, ply, stl, off, 3mf."""
    resolution: MaybeInt = None
    """Cells along the longest side, 256 by default; parts thinner than a cell are kept too."""
    error: MaybeFloat = None
    """Instead of a resolution: within this distance of the solid, as a part of its radius (1e-5 to
    0.5), 99 % of the mesh shall lie. Resolutions up to 1,024 are tried."""
    solid: bool = False
    """Keep one solid body, without floating parts and inner voids, and measure its walls."""
    unit: MaybeUnit = None
    """Unit of length of the input: um, mm, cm, m, in or ft; for files that name none, or a wrong
    one."""
    scale: float = 1.0
    """Factor that the input is made larger by."""
    up: Axis = "z"
    """Axis of the input that points up; what comes out is turned so that z does."""
    rule: RuleName = "auto"
    """How inside and outside are told apart; auto decides by evidence and says how."""
    thickness: float = 0.0015
    """How far outside open sheets the surface is put where the rule is flood, as a part of the
    shape's radius."""
    device: str = "auto"
    """Where to compute distances."""

    def run(self) -> None:
        """Clean, write, and say what was written."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_alternative, show_cleaned
        from acutance.jobs.shape.clean import SIMPLIFY, CleanConfig, clean
        from acutance.mesh.io.load import read
        from acutance.mesh.io.save import check_coordinates, check_output, save_mesh

        config = CleanConfig(
            contouring=contouring(self.resolution, self.error, simplify=SIMPLIFY, solid=self.solid),
            rule=self.rule,
            thickness=self.thickness,
            device=self.device,
        )
        check_output(self.output, self.input)
        source = read(self.input, self.unit).scaled(self.scale).upright(self.up)
        check_coordinates(self.output, source.shape)
        with ProgressBar() as bar:
            result = clean(source, config, bar)
        save_mesh(result.mesh, self.output, result.extraction.unit)
        show_cleaned(result, self.output)
        show_alternative(result.solid.report, ("clean", str(self.input), "-o", str(self.output)))


@dataclass(frozen=True, kw_only=True)
class MeshCommand:
    """Take a mesh from a model, at any resolution."""

    model: ModelPath
    """What `acutance fit` wrote: its folder, or model/ in it."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("mesh.glb")
    """File to write; its ending is the format: glb, obj, ply, stl, off, 3mf."""
    resolution: MaybeInt = None
    """Cells along the longest side, 256 by default."""
    error: MaybeFloat = None
    """Instead of a resolution: within this distance of the field, as a part of the shape's radius
    (1e-5 to 0.5), 99 % of the mesh shall lie, and flat regions get few triangles. Resolutions up
    to 1,024 are tried."""
    solid: bool = False
    """Keep one solid body, without floating parts and inner voids, and measure its walls."""
    method: Literal["dual", "marching"] = "dual"
    """Dual contouring keeps creases sharp; marching cubes is there to compare."""
    unit: MaybeUnit = None
    """Unit of length of the model's shape, where the model names none, or another one."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Mesh, write, and say what was written."""
        from acutance.cli.show import show_extraction
        from acutance.jobs.shape.models import corners_of, open_model
        from acutance.mesh.io.save import check_coordinates, check_output, save_mesh

        settings = contouring(self.resolution, self.error, solid=self.solid, method=self.method)
        check_output(self.output)
        model = open_model(self.model, self.device).in_unit(self.unit)
        check_coordinates(self.output, corners_of(model))
        extraction = model.extract(settings)
        save_mesh(extraction.mesh, self.output, extraction.unit)
        show_extraction(extraction, self.output)


@dataclass(frozen=True, kw_only=True)
class SdfCommand:
    """Signed distances, and normals on request, at points of a file."""

    model: ModelPath
    """What `acutance fit` wrote: its folder, or model/ in it."""
    points: Annotated[Positional[Path], arg(metavar="POINTS")]
    """Points in input coordinates: NPZ with the array `points`, or XYZ."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("sdf.npz")
    """File to write: NPZ with the arrays `points`, `sdf` and perhaps `normals`."""
    normals: bool = False
    """Also write unit normals."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Evaluate, write, and say what was written."""
        from acutance.jobs.shape.models import evaluate_points, open_model

        model = open_model(self.model, self.device)
        terminal.print_file(evaluate_points(model, self.points, self.output, normals=self.normals))


@dataclass(frozen=True, kw_only=True)
class MeasureCommand:
    """Compare a mesh, whatever tool made it, with what it should be: the numbers of a report."""

    result: Annotated[Positional[Path], arg(metavar="RESULT")]
    """Mesh to judge."""
    reference: Annotated[Positional[Path], arg(metavar="REFERENCE")]
    """Mesh or point cloud that it should be like, in the same coordinates; in another unit only if
    both files name theirs."""
    output: Annotated[MaybePath, arg(aliases=["-o"])] = None
    """JSON file to write the numbers into as well."""
    unit: MaybeUnit = None
    """Unit of length of a file that names none: um, mm, cm, m, in or ft."""

    def run(self) -> None:
        """Measure, and write where a file is named."""
        from acutance.cli.show import show_comparison
        from acutance.jobs.shape.compare import check_target, compare, write_comparison

        if self.output is not None:
            check_target(self.output, self.result, self.reference)
        comparison = compare(self.result, self.reference, self.unit)
        show_comparison(comparison)
        if self.output is not None:
            write_comparison(comparison, self.output)
            terminal.print_file(self.output)


@dataclass(frozen=True, kw_only=True)
class InfoCommand:
    """What is this file, is it closed, and what would be done with it?"""

    file: Annotated[Positional[Path], arg(metavar="FILE")]
    """A mesh, a point cloud, or a model."""
    unit: MaybeUnit = None
    """Unit of length of the file, where it names none: um, mm, cm, m, in or ft."""

    def run(self) -> None:
        """Look and tell."""
        from acutance.cli.show import show_description
        from acutance.jobs.info import describe

        show_description(describe(self.file, self.unit))
