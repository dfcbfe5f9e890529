"""Unseen shapes out of a space: a code, perhaps own details, a mesh, and how far it is off."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from acutance.contouring.contour import Contouring, Extraction
from acutance.data.pool import Sampling, for_seconds
from acutance.errors import InputError
from acutance.jobs.space.observe import Frame, observe_partial, observe_whole
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS, Similarity
from acutance.mesh.reading import Reading, Shape
from acutance.metrics.surface import Deviation, deviation, solid_deviation
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.coded import Coded
from acutance.model.space.shape_space import ShapeSpace
from acutance.model.storage import round_as_stored
from acutance.progress import SILENT, Progress, StageTimes
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.solid import Solid
from acutance.training.schedule import Budget
from acutance.training.space.detail import Detailing, detail
from acutance.training.space.infer import Inference, Inferred, infer_code
from acutance.training.space.observation import Observation
from acutance.training.space.refine import Refinement, refine

CODE_SAMPLES, TABLE_SAMPLES = 200_000, 500_000
"""Samples from which a code is found, and from which tables are tuned."""

FAR_OFF = 0.02
"""Mean distance from result to input, in radii, of a shape that the space does not know."""


@dataclass(frozen=True, kw_only=True)
class ReconstructConfig:
    """How an unseen shape is reconstructed.

    Attributes:
        inference: how its code is found.
        detailing: how its own tables are tuned; None for not at all.
        refinement: how its own details are learned; None for none.
        contouring: how the mesh is taken.
        partial: the input shows a part of the shape: what is not seen comes from the space.
        frame: where the whole shape of a partial input lies; None where the input's own bounding
            box is that of the shape.
        camera: where a partial input was scanned from, in its coordinates; None if not known.
        seed: of the samples.

    Example:
        >>> ReconstructConfig(refinement=refinement_of(5.0)).refinement.budget.seconds
        5.0
    """

    inference: Inference = field(default_factory=Inference)
    detailing: Detailing | None = None
    refinement: Refinement | None = None
    contouring: Contouring = field(default_factory=Contouring)
    partial: bool = False
    frame: Frame | None = None
    camera: tuple[float, float, float] | None = None
    seed: int = 0

    @property
    def sampling(self) -> Sampling:
        """How a whole input is sampled: the more, the more is to be learned."""
        if self.refinement is not None:
            return for_seconds(Sampling(), self.refinement.budget.seconds or 0.0)
        return Sampling(count=CODE_SAMPLES if self.detailing is None else TABLE_SAMPLES)

    def __post_init__(self) -> None:
        if not self.partial and (self.frame is not None or self.camera is not None):
            raise InputError(
                "A frame (--centre and --radius) and a --camera are for partial input: add "
                "--partial."
            )


@dataclass(frozen=True, kw_only=True)
class Reconstruction:
    """An unseen shape.

    Attributes:
        shape: as a neural SDF, in the input's coordinates.
        inferred: its code, and how it was found.
        extraction: its mesh, in the input's coordinates, and what it took.
        distances: between the mesh and the input, by direction, in radii.
        seconds: time spent, by stage.
        messages: what the user should know.
        solid: what was made of a whole input; None where it was partial.
    """

    shape: NeuralSDF
    inferred: Inferred
    extraction: Extraction
    distances: dict[str, Deviation]
    seconds: dict[str, float]
    messages: tuple[str, ...]
    solid: Solid | None

    @property
    def mesh(self) -> TriangleMesh:
        """The mesh, in the input's coordinates."""
        return self.extraction.mesh


def reconstruct(
    space: ShapeSpace,
    source: Shape | Reading,
    config: ReconstructConfig | None = None,
    progress: Progress = SILENT,
    *,
    model: Path | None = None,
) -> Reconstruction:
    """Find the shape of a space that fits a mesh or a point cloud, mesh it and compare the two.

    Args:
        space: decoder and known codes.
        source: complete, or a scan of a part; in any frame and unit. As `read` gives it, its unit
            and notes go with it.
        config: how.
        progress: receives the stages and how they go on.
        model: folder to write the neural SDF to, before it is meshed.

    Raises:
        InputError: the source is no solid, a partial one is no point cloud, or the shape has no
            clean surface.

    Example:
        >>> from acutance import load
        >>> from acutance.jobs.space.open import open_space
        >>> space = open_space(Path("run"))  # what `train` wrote: a space of balls
        >>> config = ReconstructConfig(contouring=Contouring(resolution=16))
        >>> found = reconstruct(space, load("ball.ply"), config)
        >>> list(found.distances)
        ['mesh to solid', 'solid to mesh']
    """
    config = config or ReconstructConfig()
    reading, times = Reading.of(source), StageTimes(progress)
    shape = reading.shape
    with times.stage("sampling"):
        if config.partial:
            observed = observe_partial(reading, config.frame, config.camera, config.seed)
        else:
            observed = observe_whole(reading, config.sampling, config.seed, space.device)
    found = infer_shape(space, observed.observation, observed.transform, config, times)
    if model is not None:
        found.shape.save(model)
    with times.stage("meshing"):
        extraction = _mesh(found.shape, config, model)
    with times.stage("evaluation"):
        distances = _distances(extraction.mesh, shape, observed.solid, found.shape)
    return Reconstruction(
        shape=found.shape,
        inferred=found.inferred,
        extraction=extraction,
        distances=distances,
        seconds=times.seconds,
        messages=(*reading.notes, *observed.messages, *_unknown(distances, config)),
        solid=observed.solid,
    )


@dataclass(frozen=True, kw_only=True)
class InferredShape:
    """A shape as a neural SDF, with its code and how that was found."""

    shape: NeuralSDF
    inferred: Inferred


def infer_shape(
    space: ShapeSpace,
    observation: Observation,
    transform: Similarity,
    config: ReconstructConfig,
    times: StageTimes | None = None,
) -> InferredShape:
    """The shape of a space that fits samples, with details of its own where they are asked for.

    Args:
        space: decoder and known codes.
        observation: the samples, in the unit frame.
        transform: from the unit frame to the input's coordinates.
        config: how.
        times: receives the time of the stages.
    """
    times = times or StageTimes(SILENT)
    with times.stage("code"):
        inferred = infer_code(space, observation, config.inference)
    coded = Coded(space.decoder, inferred.code)
    if config.detailing is not None:
        with times.stage("tables"):
            coded = detail(coded, observation, config.detailing)
    if config.refinement is None:
        return InferredShape(shape=NeuralSDF(coded, transform), inferred=inferred)
    with times.stage("details"):
        refined = refine(coded, observation, config.refinement, times.progress)
        round_as_stored(refined)
    return InferredShape(shape=NeuralSDF(refined, transform), inferred=inferred)


def refinement_of(seconds: float) -> Refinement:
    """A refinement of so many seconds.

    Raises:
        InputError: the time is not positive.
    """
    return Refinement(budget=Budget(seconds=seconds))


def _mesh(shape: NeuralSDF, config: ReconstructConfig, model: Path | None) -> Extraction:
    """The mesh of a shape that the space did not learn."""
    try:
        return shape.extract(config.contouring)
    except InputError as error:
        reason = str(error)
        if config.refinement is None:
            reason = (
                "The best code that the space has gives no clean surface at this resolution: it "
                "knows no such shape; --refine adds what it does not know, a lower --resolution "
                "may pass over it, or train on shapes of this kind."
            )
        kept = "" if model is None else f" The neural SDF is in {model}."
        raise InputError(reason + kept) from error


def _distances(
    mesh: TriangleMesh,
    source: TriangleMesh | PointCloud,
    solid: Solid | None,
    found: NeuralSDF,
) -> dict[str, Deviation]:
    """Between a mesh and its input: both ways, or from what a scan saw of it."""
    if solid is not None:
        unit = solid.transform.mesh_to_unit(mesh)
        result, reference = solid_deviation(unit, solid, np.random.default_rng(0))
        return {"mesh to solid": result, "solid to mesh": reference}
    assert isinstance(source, PointCloud)
    transform = found.transform
    surface = SurfaceDistance(transform.mesh_to_unit(mesh), device=found.device)
    distance = surface.unsigned(transform.to_unit(source.points))
    return {"scan to mesh": deviation(distance / UNIT_RADIUS)}


def _unknown(distances: dict[str, Deviation], config: ReconstructConfig) -> tuple[str, ...]:
    """What to do where the result is far from the input."""
    distance = max(each.mean for each in distances.values())
    if distance < FAR_OFF:
        return ()
    remedy = "train it longer, or on shapes of this kind"
    if config.refinement is None:
        remedy = f"--refine adds what it does not know, or {remedy}"
    return (
        f"Result and input are {distance:.2g} radii apart on average: the space knows no such "
        f"shape; {remedy}.",
    )
