"""Commands for spaces of shapes: prepare, train, reconstruct, evaluate, interpolate."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from tyro.conf import Positional, arg

from acutance.cli import console
from acutance.cli.options import (
    Format,
    MaybeFloat,
    MaybeInt,
    MaybeName,
    MaybePath,
    MaybePoint,
    RuleName,
    RunPath,
    StorePath,
    budget,
    contouring,
)
from acutance.contouring.contour import Contouring, Extraction
from acutance.data.pool import Sampling
from acutance.data.preparation import Preparation
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.data import DataRequest, find_data
from acutance.jobs.evaluate import EvaluateConfig, evaluate_run
from acutance.jobs.interpolate import InterpolateConfig, interpolate
from acutance.jobs.prepare import prepare
from acutance.jobs.reconstruct import (
    ReconstructConfig,
    frame_of,
    from_scan,
    mesh_unseen,
    reconstruct,
    refinement_of,
    shape_of,
    strange,
    write_all,
)
from acutance.jobs.train import TrainConfig, open_space, started_with, train
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import PointCloud
from acutance.metrics.surface import from_solid
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.shape_space import ShapeSpace
from acutance.training.space.presets import preset_help

SpacePresetName = Literal[
    "best", "many", "local", "deepsdf", "relu", "relu-fft", "relu-hash",
    "siren", "siren-fft", "siren-hash", "hosc", "hosc-fft", "hosc-hash",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PrepareCommand:
    """Sample the shapes of a data set into a store; going on where it was interrupted."""

    source: Annotated[Positional[Path], arg(metavar="SOURCE")]
    """Folder of meshes (category = folder), ShapeNetCore, ModelNet, DeepSDF's samples, a list
    (.txt, .csv); or the word procedural, or open5."""
    store: StorePath
    """Folder to write."""
    split: Annotated[tuple[Path, ...], arg(metavar="[PATH ...]")] = ()
    """DeepSDF's split files (JSON); only the shapes that they name are taken."""
    test_share: float = 0.0
    """Share of the shapes to keep aside where the data set does not say; names decide, so that of
    a few shapes it may be more or less."""
    samples: int = 300_000
    """Samples with a signed distance, a shape."""
    surface: int = 50_000
    """Surface points with normals, a shape."""
    widths: tuple[float, ...] = (0.002, 0.02)
    """Standard deviations of the distance from the surface; the shape's radius is about 1."""
    creases: float = 0.1
    """Share of the samples close to the surface that lie about its creases."""
    uniform: float = 1 / 9
    """Share of the samples that lie anywhere."""
    rule: RuleName = "auto"
    """How inside and outside are told apart."""
    thickness: float = 1.5e-3
    """Half the thickness that single sheets get, where the rule is flood."""
    count: int = 8
    """Shapes a category, for procedural; a test share comes on top."""
    packages: MaybePath = None
    """Folder with the two Debian packages of open5, where they cannot be fetched."""
    strict: bool = False
    """A shape that cannot be sampled is an error."""
    seed: int = 0
    """Seed of the samples and the split."""

    def run(self) -> None:
        """Find, sample, and tell."""
        request = DataRequest(
            source=self.source,
            split=self.split,
            test_share=self.test_share,
            count=self.count,
            packages=self.packages,
            seed=self.seed,
        )
        sampling = Sampling(
            count=self.samples,
            widths=self.widths,
            creases=self.creases,
            uniform=self.uniform,
            surface=self.surface,
        )
        preparation = Preparation(
            sampling=sampling, rule=self.rule, thickness=self.thickness, seed=self.seed
        )
        with console.Live() as live:
            found = find_data(request, self.store, live)
            prepared = prepare(
                found.shapes, self.store, preparation, strict=self.strict, listener=live
            )
        console.show_prepared(prepared, found.notes)


@dataclass(frozen=True, kw_only=True)
class TrainCommand:
    """Train a space of shapes: one decoder, and a code for every shape."""

    store: StorePath
    """What `acutance prepare` wrote."""
    run_folder: RunPath
    """Folder to write: model/, checkpoint, curves, pictures."""
    preset: Annotated[SpacePresetName | None, arg(help=preset_help())] = None
    film: bool = False
    """Codes scale and shift every layer (FiLM), instead of joining the input of the first."""
    normals: MaybeFloat = None
    """Weight of the paper's normal term; by default it is left out."""
    seconds: MaybeFloat = None
    """Time to train; 600 by default."""
    steps: MaybeInt = None
    """Steps to train instead of a time; the same steps and seed give the same result."""
    epochs: MaybeInt = None
    """Rounds in which every shape comes up once, instead of a time."""
    categories: Annotated[tuple[str, ...], arg(metavar="[NAME ...]")] = ()
    """Only shapes of these categories; by default all."""
    resume: bool = False
    """Go on with the training in the folder, with its settings; more time, steps or epochs than
    it had may be given."""
    pictures: MaybeInt = None
    """How often to make a picture of some shapes; 5 by default."""
    device: str = "auto"
    """Where to compute."""
    seed: MaybeInt = None
    """Seed of weights, codes and order; 0 by default."""

    def run(self) -> None:
        """Train, write, and say what was written."""
        config = self._config(started_with(self.run_folder) if self.resume else TrainConfig())
        with console.Live() as live:
            store = SampleStore.open(self.store)
            result = train(store, self.run_folder, config, resume=self.resume, listener=live)
        console.show_trained(result)

    def _config(self, usual: TrainConfig) -> TrainConfig:
        """The settings: those that were given, the others as usual."""
        if self.epochs is not None and (self.seconds is not None or self.steps is not None):
            raise InputError("Give --epochs, or --seconds, or --steps: a training has one end.")
        endless = self.seconds is None and self.steps is None
        return replace(
            usual,
            preset=self.preset or usual.preset,
            film=self.film or usual.film,
            normals=usual.normals if self.normals is None else self.normals,
            budget=budget(self.seconds, self.steps, usual.budget),
            epochs=(usual.epochs if self.epochs is None else self.epochs) if endless else None,
            categories=self.categories or usual.categories,
            pictures=usual.pictures if self.pictures is None else self.pictures,
            device=self.device,
            seed=usual.seed if self.seed is None else self.seed,
        )


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
    refine: bool = False
    """Learn details that the space cannot know: a hash grid of the object's own."""
    refine_seconds: float = 10.0
    """Time for that."""
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
    format: Format = "glb"
    """Format of the files of --all."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Reconstruct, write, and say what was written."""
        self._check()
        settings = contouring(self.resolution, self.error, solid=self.solid)
        space = open_space(self.run_folder, self.device)
        if self.all:
            with console.Live() as live:
                folder = self.output or Path("shapes")
                files = write_all(space, folder, settings, self.format, live)
            console.show_folder(folder, len(files))
        elif self.shape is not None:
            shape = shape_of(self.run_folder, space, self.shape)
            self._save(shape)
            self._write(shape.extract(settings))
        else:
            assert self.input is not None
            self._reconstruct(space, self.input, settings)

    def _check(self) -> None:
        """Refuse options that would be ignored."""
        if sum([self.input is not None, self.shape is not None, self.all]) != 1:
            raise InputError("Give either an input, or --shape NAME, or --all.")
        of_input = (self.refine, self.partial, self.centre, self.radius, self.camera)
        if self.input is None and any(of_input):
            raise InputError(
                "--refine, --partial, --centre, --radius and --camera are for an unseen shape: "
                "give its file as the input."
            )
        if self.all and self.model is not None:
            raise InputError("--model keeps one shape; leave it out, or name one by --shape.")

    def _reconstruct(self, space: ShapeSpace, path: Path, settings: Contouring) -> None:
        """An unseen shape."""
        config = ReconstructConfig(
            refinement=refinement_of(self.refine_seconds) if self.refine else None,
            partial=self.partial,
            frame=frame_of(self.centre, self.radius),
            camera=self.camera,
        )
        source = load(path)
        with console.Live() as live:
            found = reconstruct(space, source, config, live)
        console.show_inferred(found)
        self._save(found.shape)
        extraction = mesh_unseen(found.shape, settings, refined=self.refine)
        if found.solid is not None:
            unit = found.solid.transform.mesh_to_unit(extraction.mesh)
            there, back = from_solid(unit, found.solid, np.random.default_rng(0))
            console.show_deviations(there, back)
            apart = max(there.mean, back.mean)
        else:
            assert isinstance(source, PointCloud)
            seen = from_scan(extraction.mesh, source, found.shape.transform)
            console.show_seen(seen)
            apart = seen.mean
        console.show_messages((*found.messages, *strange(apart, refined=self.refine)))
        self._write(extraction)

    def _save(self, shape: NeuralSDF) -> None:
        """Keep the neural SDF where that is asked for."""
        if self.model is not None:
            shape.save(self.model)

    def _write(self, extraction: Extraction) -> None:
        """Write the mesh."""
        path = self.output or Path("shape.glb")
        save_mesh(extraction.mesh, path)
        console.show_mesh(extraction, path)


@dataclass(frozen=True, kw_only=True)
class EvaluateCommand:
    """Measure a space: every metric, per shape and category, with a page of pictures."""

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
    refine: bool = False
    """Learn details of each unseen shape that the space cannot know."""
    refine_seconds: float = 10.0
    """Time for that, a shape."""
    output: Annotated[MaybePath, arg(aliases=["-o"])] = None
    """Folder to write; by default that of the run."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Evaluate, write, and show the table."""
        splits = ("train", "test") if self.split == "both" else (self.split,)
        config = EvaluateConfig(
            contouring=Contouring(resolution=self.resolution),
            reconstruction=ReconstructConfig(
                refinement=refinement_of(self.refine_seconds) if self.refine else None
            ),
            limit=self.limit,
        )
        with console.Live() as live:
            evaluation, files = evaluate_run(
                self.run_folder, splits, config, self.store, self.output, self.device, live
            )
        console.show_tables(evaluation.tables())
        console.show_messages(evaluation.messages)
        console.show_files(files)


@dataclass(frozen=True, kw_only=True)
class InterpolateCommand:
    """The meshes between two shapes of a space, and a picture of the way."""

    run_folder: RunPath
    """What `acutance train` wrote."""
    first: Annotated[Positional[str], arg(metavar="A")]
    """A known shape."""
    second: Annotated[Positional[str], arg(metavar="B")]
    """Another one."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("between")
    """Folder to write."""
    steps: int = 7
    """Shapes on the way, both ends included."""
    resolution: int = 128
    """Cells along the longest side."""
    format: Format = "glb"
    """Format of the meshes."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Mesh the way and write it."""
        config = InterpolateConfig(steps=self.steps, resolution=self.resolution, format=self.format)
        space = open_space(self.run_folder, self.device)
        console.show_files(interpolate(space, self.first, self.second, self.output, config))
