"""Shapes out of a space: known ones, and unseen ones from a mesh, samples or a scan."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from acutance.contouring.contour import Contouring, Extraction
from acutance.data.pool import Sampling, draw_pool, for_seconds
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.fit import MOST_OF_POINTS
from acutance.jobs.listener import Listener, Stages
from acutance.jobs.train import SETTINGS, read_settings
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS, Similarity
from acutance.mesh.normals import estimate_normals
from acutance.metrics.surface import Deviation, deviation
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.coded import Coded
from acutance.model.space.refined import Refined
from acutance.model.space.shape_space import ShapeSpace
from acutance.model.storage import round_as_stored
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.solid import Solid
from acutance.training.schedule import Budget
from acutance.training.space.infer import Inference, Inferred, infer_code
from acutance.training.space.observation import Observation, observe_scan
from acutance.training.space.refine import Refinement, refine

CODE_SAMPLES = 200_000
"""Samples from which a code is found."""

STRANGE = 0.02
"""Mean distance between result and input, in radii, of a shape that the space does not know."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where a scan lies: the centre and the radius of the whole shape's bounding sphere."""

    centre: tuple[float, float, float]
    radius: float

    def __post_init__(self) -> None:
        if not self.radius > 0:
            raise InputError(f"The radius of the shape must be positive; got {self.radius:g}.")

    @property
    def similarity(self) -> Similarity:
        """From the unit frame to the scan's coordinates."""
        return Similarity(centre=self.centre, scale=self.radius / UNIT_RADIUS)


@dataclass(frozen=True, kw_only=True)
class ReconstructConfig:
    """How an unseen shape is reconstructed.

    Attributes:
        inference: how its code is found.
        refinement: how its own details are learned; None for none.
        partial: the input shows a part of the shape: what is not seen comes from the space.
        frame: where a partial input lies; None where its own bounding box is that of the shape.
        camera: where a partial input was scanned from, in its coordinates; None if not known.
        seed: of the samples.
    """

    inference: Inference = field(default_factory=Inference)
    refinement: Refinement | None = None
    partial: bool = False
    frame: Frame | None = None
    camera: tuple[float, float, float] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.partial and (self.frame is not None or self.camera is not None):
            raise InputError("A frame and a camera are for partial input; say that it is partial.")


@dataclass(frozen=True, kw_only=True)
class Reconstructed:
    """An unseen shape.

    Attributes:
        shape: as a neural SDF, in the input's coordinates.
        inferred: its code, and how it was found.
        seconds: time spent, by stage.
        messages: what the user should know.
        solid: what was made of a whole input; None where it was partial, or samples.
    """

    shape: NeuralSDF
    inferred: Inferred
    seconds: dict[str, float]
    messages: tuple[str, ...] = ()
    solid: Solid | None = None


def reconstruct(
    space: ShapeSpace,
    source: TriangleMesh | PointCloud,
    config: ReconstructConfig | None = None,
    listener: Listener | None = None,
) -> Reconstructed:
    """Find the shape of a space that fits a mesh or a point cloud, complete or partial.

    Args:
        space: decoder and known codes.
        source: in any frame and unit.
        config: how.
        listener: told how it goes on.

    Raises:
        InputError: the source is no solid, or a partial one is no point cloud.
    """
    config = config or ReconstructConfig()
    stages, solid = Stages(listener or Listener()), None
    with stages.named("sampling"):
        if config.partial:
            observation, frame, messages = _observe_part(source, config)
        else:
            solid = Solid.of(source, seed=config.seed, device=space.device)
            observation, frame, messages = _observe(solid, config)
    found = reconstruct_observed(space, observation, frame, config, stages, messages)
    return replace(found, solid=solid)


def reconstruct_observed(
    space: ShapeSpace,
    observation: Observation,
    frame: Similarity,
    config: ReconstructConfig,
    stages: Stages,
    messages: tuple[str, ...] = (),
) -> Reconstructed:
    """The same from samples in the unit frame.

    Args:
        space: decoder and known codes.
        observation: the samples.
        frame: from the unit frame to the input's coordinates.
        config: how.
        stages: times the stages.
        messages: what is to be told already.
    """
    with stages.named("code"):
        inferred = infer_code(space, observation, config.inference)
    network: Coded | Refined = Coded(space.decoder, inferred.code)
    if config.refinement is not None:
        with stages.named("details"):
            network = refine(
                Coded(space.decoder, inferred.code),
                observation,
                config.refinement,
                stages.listener.training,
            )
            round_as_stored(network)
    shape = NeuralSDF(network, frame)
    return Reconstructed(shape=shape, inferred=inferred, seconds=stages.seconds, messages=messages)


def frame_of(centre: tuple[float, float, float] | None, radius: float | None) -> Frame | None:
    """A frame from both of its parts, or none.

    Raises:
        InputError: one of them is missing.
    """
    if centre is None and radius is None:
        return None
    if centre is None or radius is None:
        raise InputError("A frame needs both --centre and --radius of the whole shape.")
    return Frame(centre=centre, radius=radius)


def refinement_of(seconds: float) -> Refinement:
    """A refinement of so many seconds.

    Raises:
        InputError: the time is not positive.
    """
    return Refinement(budget=Budget(seconds=seconds))


def strange(distance: float, *, refined: bool) -> tuple[str, ...]:
    """What to do where the result is far from the input: a mean distance, in radii."""
    if distance < STRANGE:
        return ()
    remedy = "train it longer, or on shapes of this kind"
    return (
        f"Result and input are {distance:.2g} radii apart on average: the space knows no such "
        f"shape; {remedy if refined else '--refine adds what it does not know, or ' + remedy}.",
    )


def mesh_unseen(shape: NeuralSDF, contouring: Contouring, *, refined: bool) -> Extraction:
    """The mesh of a shape that the space did not learn.

    Raises:
        InputError: its field cannot be meshed, with what to do.
    """
    try:
        return shape.extract(contouring)
    except InputError as error:
        if refined:
            raise
        raise InputError(
            "The best code that the space has gives no clean surface at this resolution: it knows "
            "no such shape; --refine adds what it does not know, a lower --resolution may pass "
            "over it, or train on shapes of this kind."
        ) from error


def from_scan(mesh: TriangleMesh, scan: PointCloud, frame: Similarity) -> Deviation:
    """How far a mesh is from what was seen of it, in radii of the shape.

    Args:
        mesh: in the scan's coordinates.
        scan: the points that were seen.
        frame: from the unit frame to those coordinates.
    """
    distance = SurfaceDistance(frame.mesh_to_unit(mesh)).unsigned(frame.to_unit(scan.points))
    return deviation(distance / UNIT_RADIUS)


def write_all(
    space: ShapeSpace, folder: Path, contouring: Contouring, ending: str, listener: Listener
) -> list[Path]:
    """Write the meshes of all known shapes as ``folder/category/name.ending``.

    Raises:
        InputError: a shape has no surface, or a file cannot be written.
    """
    files = list[Path]()
    listener.stage("meshing")
    for done, key in enumerate(space.keys, start=1):
        files.append(folder / f"{key}.{ending}")
        save_mesh(space.shape(key).extract(contouring).mesh, files[-1])
        listener.work(done / len(space.keys), f"{done}/{len(space.keys)}  {key}")
    return files


def shape_of(run: Path, space: ShapeSpace, name: str) -> NeuralSDF:
    """A known shape of a run.

    Args:
        run: the run's folder.
        space: of that run.
        name: ``category/name``; the name alone where it is unique.

    Raises:
        InputError: it is not known; the message says so where it was kept aside.
    """
    try:
        return space.shape(name)
    except InputError:
        if key := _kept_aside(run, name):
            raise InputError(
                f"{key} was kept aside when {run} was trained; give its mesh as the input, or "
                "measure all such shapes by `acutance evaluate --split test`."
            ) from None
        raise


def _kept_aside(run: Path, name: str) -> str | None:
    """The full name of a shape of the run's store that it did not learn."""
    store = str(read_settings(run).get("store", "")) if (run / SETTINGS).exists() else ""
    if not store or not SampleStore.is_store(Path(store)):
        return None
    keys = SampleStore.open(Path(store)).split("test")
    return next((key for key in keys if name in (key, key.split("/", 1)[-1])), None)


def _observe(
    solid: Solid, config: ReconstructConfig
) -> tuple[Observation, Similarity, tuple[str, ...]]:
    """Samples of the whole input, its frame, and what is to be told."""
    rng = np.random.default_rng(config.seed)
    sampling = Sampling(count=CODE_SAMPLES)
    if config.refinement is not None:
        sampling = for_seconds(Sampling(), config.refinement.budget.seconds)
        if solid.rule == "points":
            sampling = replace(sampling, count=min(sampling.count, MOST_OF_POINTS))
    pool = draw_pool(solid, sampling, rng)
    return Observation.complete(pool), solid.transform, solid.report.warnings


def _observe_part(
    source: TriangleMesh | PointCloud, config: ReconstructConfig
) -> tuple[Observation, Similarity, tuple[str, ...]]:
    """Samples of a scan of a part, in the frame of the whole."""
    rng = np.random.default_rng(config.seed)
    if isinstance(source, TriangleMesh):
        raise InputError(
            "A partial input must be a point cloud (PLY, XYZ or NPZ), and this is a mesh; sample "
            "points of it, or leave out --partial."
        )
    messages = list[str]()
    frame = config.frame
    if frame is None:
        lower, upper = source.points.min(axis=0), source.points.max(axis=0)
        x, y, z = (float(c) for c in 0.5 * (lower + upper))
        radius = float(np.linalg.norm(source.points - (x, y, z), axis=1).max())
        frame = Frame(centre=(x, y, z), radius=radius)
        messages.append(
            "The scan's own bounding box was taken for that of the whole shape (centre "
            f"{x:.4g}, {y:.4g}, {z:.4g}, radius {radius:.4g}); where more is missing, give "
            "--centre and --radius of the whole."
        )
    similarity = frame.similarity
    points = similarity.to_unit(source.points)
    normals = source.normals
    camera = None
    if config.camera is not None:
        camera = similarity.to_unit(np.array([config.camera], dtype=np.float64))[0]
    if normals is None:
        normals = estimate_normals(points)
        messages.append("The scan has no normals; they were estimated.")
        if camera is not None:
            towards = np.einsum("px,px->p", normals, camera - points) < 0
            normals = np.where(towards[:, None], -normals, normals)
    observation = observe_scan(PointCloud(points, normals), CODE_SAMPLES, rng, camera)
    return observation, similarity, tuple(messages)
