"""Fit one shape: from a mesh or point cloud to a neural SDF, a mesh and its metrics."""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from acutance.contouring.contour import Contouring, Extraction
from acutance.data.pool import Sampling, draw_pool, for_seconds
from acutance.errors import InputError
from acutance.jobs.shape.rescue import rescued
from acutance.machine.devices import choose_device
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.mesh.reading import Reading, Shape
from acutance.metrics.field import FieldError, field_error
from acutance.metrics.measure import SampleCounts, measure
from acutance.metrics.metrics import Metrics
from acutance.model.encodings import Hash
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.storage import round_as_stored
from acutance.progress import SILENT, Progress, StageTimes
from acutance.solid.report import Rule, check_thickness
from acutance.solid.solid import Solid
from acutance.training.schedule import Budget
from acutance.training.shape.fit import Run, fit
from acutance.training.shape.presets import PRESETS, Preset

LEAST_THICKNESS = 1.5e-3
"""Least half thickness of single sheets, in the unit frame, however fine the mesh."""

RESOLUTION, FINE_RESOLUTION, FINE_SECONDS = 256, 384, 60.0
"""Cells along the longest side; more from so many seconds of training on, when a network has
learned what only finer cells show."""

MOST_OF_POINTS = 600_000
"""Most samples of a point cloud, whose distance takes twenty times that of triangles."""

OUTLYING = 0.05
"""Distance between result and input, in radii, which no fit of any worth has anywhere."""


@dataclass(frozen=True, kw_only=True)
class FitConfig:
    """How a shape is fitted.

    Attributes:
        preset: network and its settings: a name in `PRESETS`, or a preset of your own.
        budget: how long to train.
        contouring: how the mesh is taken from the network.
        rule: how inside and outside are told apart; `auto` decides by evidence.
        thickness: half the thickness that a single sheet gets where the rule is flooding, in the
            unit frame; None for what `thickness_for` says.
        counts: how many points the metrics take.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, ...
        seed: of samples and initial weights.

    Example:
        >>> FitConfig(preset="siren", budget=Budget(seconds=30.0)).device
        'auto'
    """

    preset: str | Preset = "hash"
    budget: Budget = field(default_factory=Budget)
    contouring: Contouring = field(default_factory=Contouring)
    rule: Rule = "auto"
    thickness: float | None = None
    counts: SampleCounts = field(default_factory=SampleCounts)
    device: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.preset, str) and self.preset not in PRESETS:
            raise InputError(
                f"There is no preset {self.preset!r}; choose one of {', '.join(PRESETS)}."
            )
        if self.thickness is not None:
            check_thickness(self.thickness)
        if self.seed < 0:
            raise InputError(f"A seed must not be negative; got {self.seed}.")


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted shape.

    Attributes:
        reading: what was given, in the input frame, with its unit.
        solid: what was made of it.
        preset: what was trained, and how.
        run: the course of the training.
        shape: the neural SDF.
        extraction: its mesh, in the input frame, and what it took.
        metrics: how close the mesh is to the source.
        field_error: how close the network is to the signed distance.
        seconds: time spent, by stage. See `fit_shape` for an example.
    """

    reading: Reading
    solid: Solid
    preset: Preset
    run: Run
    shape: NeuralSDF
    extraction: Extraction
    metrics: Metrics
    field_error: FieldError
    seconds: dict[str, float]

    @property
    def source(self) -> Shape:
        """The shape that was given, in the input frame."""
        return self.reading.shape

    @property
    def mesh(self) -> TriangleMesh:
        """The closed mesh, in the input frame."""
        return self.extraction.mesh

    @property
    def messages(self) -> tuple[str, ...]:
        """All that the user should know."""
        report = self.solid.report
        said = (*report.warnings, *self.run.messages, *self.extraction.all_messages)
        astray = _outlying(self.metrics.surface.maximum, self.preset)
        return self.reading.notes + _thickened(report.thickness) + said + astray


def _thickened(thickness: float | None) -> tuple[str, ...]:
    if thickness is None:
        return ()
    return (
        f"Open sheets got a thickness: by intent the surface lies {thickness / UNIT_RADIUS:.2g} "
        "radii outside of the input's faces, and the distances between the two contain that.",
    )


def _outlying(distance: float, preset: Preset) -> tuple[str, ...]:
    if distance <= OUTLYING:
        return ()
    other = "" if isinstance(preset.decoder.encoding, Hash) else ", or use the preset hash"
    return (
        f"Result and input are up to {distance:.2f} radii apart: the network has surface where the "
        f"input has none, or lacks a part of it. Train longer{other}.",
    )


def resolution_for(budget: Budget) -> int:
    """Cells along the longest side of the mesh: more after a long training."""
    return (
        FINE_RESOLUTION if budget.steps is None and budget.seconds >= FINE_SECONDS else RESOLUTION
    )


def thickness_for(longest: float, resolution: int) -> float:
    """Half the thickness that single sheets get, in the unit frame: three quarters of a cell.

    Contouring keeps thinner plates, too; the network learns thick ones more easily.

    Args:
        longest: side of the shape's box, without strays, in the unit frame.
        resolution: cells along it.

    Example:
        >>> thickness_for(2.0, 100)
        0.015
    """
    return max(LEAST_THICKNESS, 0.75 * longest / resolution)


def samples_for(preset: Preset, budget: Budget, solid: Solid) -> Sampling:
    """The preset's sampling: more samples for a long run, and no more than a short one uses."""
    if budget.steps is None:
        sampling = for_seconds(preset.sampling, budget.seconds)
    else:
        used = budget.steps * preset.fitting.batch_at(0.5)
        sampling = replace(preset.sampling, count=min(preset.sampling.count, used))
    if preset.fitting.objective.normal_weight and not sampling.surface:
        sampling = replace(sampling, surface=max(1, sampling.count // 8))
    if solid.cloud is not None:
        return replace(sampling, count=min(sampling.count, MOST_OF_POINTS))
    return sampling


def boundary_of(solid: Solid) -> TriangleMesh | PointCloud:
    """The part of the input that bounds the solid, in the input frame."""
    boundary, frame = solid.inside.boundary, solid.transform
    if isinstance(boundary, TriangleMesh):
        return frame.mesh_to_input(boundary)
    return PointCloud(frame.to_input(boundary.points), boundary.normals)


def fit_shape(
    source: Shape | Reading,
    config: FitConfig,
    progress: Progress = SILENT,
    *,
    rescue: Path | None = None,
) -> Fit:
    """Fit a neural SDF to a mesh or a point cloud.

    Args:
        source: any mesh, however messy, or points on a surface; in any frame and unit. As `read`
            gives it, its unit and notes go with it.
        config: how.
        progress: receives the stages and how they go on.
        rescue: folder for the network where it was trained, but meshing or measuring it failed or
            was interrupted; not written otherwise.

    Raises:
        InputError: the source is no solid, or nothing could be learned from it.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> few = SampleCounts(surface=1000, chamfer=1000, volume=1000)
        >>> config = FitConfig(
        ...     budget=Budget(steps=30), contouring=Contouring(resolution=16), counts=few
        ... )
        >>> result = fit_shape(Box().mesh(), config)
        >>> list(result.seconds)
        ['solid', 'sampling', 'training', 'meshing', 'evaluation']
    """
    device = choose_device(config.device)
    preset = PRESETS[config.preset] if isinstance(config.preset, str) else config.preset
    rng = np.random.default_rng(config.seed)
    reading, times = Reading.of(source), StageTimes(progress)
    with times.stage("solid"):
        fitting_cells = partial(thickness_for, resolution=config.contouring.resolution)
        solid = Solid.of(
            reading,
            rule=config.rule,
            thickness=config.thickness or fitting_cells,
            seed=config.seed,
            device=device,
        )
    with times.stage("sampling"):
        sampling = samples_for(preset, config.budget, solid)
        pool = draw_pool(solid, sampling, rng).to(device)
    fitting = replace(preset.fitting, seed=config.seed)
    with times.stage("training"):
        run = fit(pool, preset.decoder, fitting, config.budget, progress)
    round_as_stored(run.decoder)
    shape = NeuralSDF(run.decoder, solid.transform, solid.bounds)
    with rescued(shape, rescue):
        with times.stage("meshing"):
            extraction = shape.extract(config.contouring)
        with times.stage("evaluation"):
            metrics = _measured(extraction.mesh, shape, solid, config)
            off = field_error(shape.field, solid, rng, device)
    return Fit(
        reading=reading,
        solid=solid,
        preset=preset,
        run=run,
        shape=shape,
        extraction=extraction,
        metrics=metrics,
        field_error=off,
        seconds=times.seconds,
    )


def _measured(mesh: TriangleMesh, shape: NeuralSDF, solid: Solid, config: FitConfig) -> Metrics:
    """How close a mesh is to what bounds the solid, all in the input frame."""
    frame = solid.transform

    return measure(
        mesh,
        boundary_of(solid),
        reference_sdf=lambda points: frame.scale * solid.distance(frame.to_unit(points)),
        lids=None if solid.lids is None else frame.mesh_to_input(solid.lids),
        offset=(solid.report.thickness or 0.0) / UNIT_RADIUS,
        counts=config.counts,
        device=shape.device,
        seed=config.seed,
    )
