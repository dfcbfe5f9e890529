"""Commands that take shapes from a space, and measure it: reconstruct and evaluate."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

from acutance.cli import terminal
from acutance.cli.options import (
    MaybeFloat,
    MaybeFormat,
    MaybeInt,
    MaybeName,
    MaybePath,
    MaybePoint,
    MaybeUnit,
    RunPath,
    contouring,
    refinement,
)
from acutance.errors import InputError

if TYPE_CHECKING:
    from acutance.contouring.contour import Contouring
    from acutance.model.space.shape_space import ShapeSpace


@dataclass(frozen=True, kw_only=True)
class ReconstructCommand:
    """Shapes of a space: known ones by name, or an unseen one from a mesh or a scan."""

    run_folder: RunPath
    """What `acutance train` wrote."""
    input: Annotated[Positional[Path | None], arg(name="input", metavar="[INPUT]")] = None
    """Mesh or point cloud of an unseen shape."""
    shape: MaybeName = None
    """A known shape, category/name; the name alone where it is unique."""
    all: bool = False
    """All known shapes, into a folder."""
    output: Annotated[MaybePath, arg(aliases=["-o"])] = None
    """File to write, its ending is the format; shape.glb by default. With --all a folder; shapes by
    default."""
    model: MaybePath = None
    """Folder to write the neural SDF of this one shape to, as `acutance fit` does."""
    detail: bool = False
    """Tune tables of the object's own, which its code has mixed: some seconds, 10 to 40 kB."""
    refine: bool = False
    """Learn details that the space cannot know: a hash grid of the object's own, 3 MB."""
    refine_seconds: MaybeFloat = None
    """Time for that; 10 by default."""
    partial: bool = False
    """The input is a point cloud of a part of the shape; the space completes it."""
    centre: MaybePoint = None
    """Centre of the whole shape's bounding box, for --partial."""
    radius: MaybeFloat = None
    """Radius of the whole shape's bounding sphere, for --partial."""
    camera: MaybePoint = None
    """Where a partial scan was taken from: what lies in between is free."""
    resolution: MaybeInt = None
    """Cells along the longest side, 256 by default."""
    error: MaybeFloat = None
    """Instead of a resolution: within this distance of the field, as a part of the shape's radius
    (1e-5 to 0.5), 99 % of the mesh shall lie."""
    solid: bool = False
    """Keep one solid body, without floating parts and inner voids, and measure its walls."""
    format: MaybeFormat = None
    """Format of the files of --all; glb by default."""
    unit: MaybeUnit = None
    """Unit of length of the shape: um, mm, cm, m, in or ft; for inputs that name none."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Reconstruct, write, and say what was written."""
        from acutance.jobs.space.open import open_space
        from acutance.machine.files import check_folder
        from acutance.mesh.io.save import check_output

        self._check()
        check_folder(self.output or Path("shapes")) if self.all else check_output(self._file())
        settings = contouring(self.resolution, self.error, solid=self.solid)
        space = open_space(self.run_folder, self.device)
        if self.all:
            self._write_all(space, settings)
        elif self.shape is not None:
            self._write_known(space, self.shape, settings)
        else:
            assert self.input is not None
            self._write_unseen(space, self.input, settings)

    def _check(self) -> None:
        """Refuse options that would be ignored."""
        if sum([self.input is not None, self.shape is not None, self.all]) != 1:
            raise InputError("Give either an input, or --shape NAME, or --all.")
        of_input = (self.detail, self.refine, self.partial, self.centre, self.radius, self.camera)
        if self.input is None and any(of_input):
            raise InputError(
                "--detail, --refine, --partial, --centre, --radius and --camera are for an unseen "
                "shape: give its file as the input."
            )
        if self.all and self.model is not None:
            raise InputError("--model keeps one shape; leave it out, or name one by --shape.")
        if self.format is not None and not self.all:
            raise InputError(
                "--format is for --all; the format of one shape is the ending of its file: -o "
                f"shape.{self.format}."
            )
        refinement(self.refine, self.refine_seconds)

    def _write_all(self, space: "ShapeSpace", settings: "Contouring") -> None:
        """All known shapes."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.jobs.space.open import write_known_shapes

        folder = self.output or Path("shapes")
        with ProgressBar() as bar:
            files = write_known_shapes(
                space, folder, settings, self.format or "glb", bar, unit=self.unit
            )
        terminal.print_folder(folder, len(files))

    def _write_known(self, space: "ShapeSpace", name: str, settings: "Contouring") -> None:
        """One known shape."""
        from acutance.cli.show import show_extraction
        from acutance.jobs.space.open import known_shape
        from acutance.mesh.io.save import save_mesh

        shape = known_shape(self.run_folder, space, name).in_unit(self.unit)
        if self.model is not None:
            shape.save(self.model)
        extraction = shape.extract(settings)
        save_mesh(extraction.mesh, self._file(), extraction.unit)
        show_extraction(extraction, self._file())

    def _write_unseen(self, space: "ShapeSpace", path: Path, settings: "Contouring") -> None:
        """An unseen shape."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_reconstruction
        from acutance.jobs.space.observe import frame_of
        from acutance.jobs.space.reconstruct import ReconstructConfig, reconstruct
        from acutance.mesh.io.load import read
        from acutance.mesh.io.save import check_coordinates, save_mesh
        from acutance.training.space.detail import Detailing

        config = ReconstructConfig(
            detailing=Detailing() if self.detail else None,
            refinement=refinement(self.refine, self.refine_seconds),
            contouring=settings,
            partial=self.partial,
            frame=frame_of(self.centre, self.radius),
            camera=self.camera,
        )
        source = read(path, self.unit)
        check_coordinates(self._file(), source.shape)
        with ProgressBar() as bar:
            result = reconstruct(space, source, config, bar, model=self.model)
        save_mesh(result.mesh, self._file(), result.extraction.unit)
        show_reconstruction(result, self._file())

    def _file(self) -> Path:
        """The mesh file to write."""
        return self.output or Path("shape.glb")


@dataclass(frozen=True, kw_only=True)
class EvaluateCommand:
    """Measure a space: every metric, per shape and category, with a page of pictures. What is there
    of another split stays."""

    run_folder: RunPath
    """What `acutance train` wrote."""
    split: Literal["train", "test", "both"] = "train"
    """Known shapes, unseen ones, or both."""
    store: MaybePath = None
    """The store, where it is not where it was at the training."""
    resolution: int = 256
    """Cells along the longest side of the meshes."""
    limit: MaybeInt = None
    """Only so many shapes of every category."""
    detail: bool = False
    """Tune tables of each unseen shape's own."""
    refine: bool = False
    """Learn details of each unseen shape that the space cannot know."""
    refine_seconds: MaybeFloat = None
    """Time for that, a shape; 10 by default."""
    output: Annotated[MaybePath, arg(aliases=["-o"])] = None
    """Folder to write; by default that of the run."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Evaluate, write, and show the table."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_number_tables
        from acutance.jobs.space.evaluate import EvaluateConfig
        from acutance.jobs.space.evaluation.run import evaluate_run
        from acutance.jobs.space.reconstruct import ReconstructConfig
        from acutance.training.space.detail import Detailing

        splits = ("train", "test") if self.split == "both" else (self.split,)
        config = EvaluateConfig(
            contouring=contouring(self.resolution),
            reconstruction=ReconstructConfig(
                detailing=Detailing() if self.detail else None,
                refinement=refinement(self.refine, self.refine_seconds),
            ),
            limit=self.limit,
        )
        with ProgressBar() as bar:
            evaluation, files = evaluate_run(
                self.run_folder, splits, config, self.store, self.output, self.device, bar
            )
        show_number_tables(evaluation.tables())
        terminal.print_messages(evaluation.messages)
        terminal.print_files(files)
