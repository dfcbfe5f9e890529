"""A messy mesh to a clean one, without any learning."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from acutance.contouring.contour import Contouring, Extraction, extract
from acutance.contouring.exact import ExactField
from acutance.contouring.finish.near import near_faces
from acutance.errors import InputError
from acutance.machine.devices import choose_device
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.mesh.reading import Reading, Shape
from acutance.metrics.surface import Deviation, solid_deviation
from acutance.progress import SILENT, Progress, StageTimes
from acutance.solid.report import Rule, check_thickness
from acutance.solid.solid import Solid

SHEET_THICKNESS = 1.5e-3
"""Half the thickness that a single sheet gets, in the unit frame: plates so thin are kept at any
resolution, so that nothing asks for more."""

SIMPLIFY = 0.002
"""How far, in cells, the surface may move for the sake of fewer triangles in flat regions: half of
a CAD part's triangles go, and a hundredth of its error comes."""

LARGE_VOLUME_ERROR = 0.02
"""Share of the volume between mesh and solid from which on the user is told."""

LARGE_MEAN = 0.025
"""Mean distance between mesh and solid, one way, in cells, from which on the user is told."""

OTHER_RULE = "look at the input with `acutance info`, and try another --rule"
"""What can be done where the signed distance of a mesh makes no sense."""

MORE_POINTS = "the points are too few, or too far apart, for so thin or so sharp a shape: add some"
"""What can be done where that of a cloud makes none."""
TOUCHING = 1e-9
"""Faces nearer to each other than this, in the unit frame, touch."""

PLACES = 3
"""Most places of faces that cut each other that are named."""


@dataclass(frozen=True, kw_only=True)
class CleanConfig:
    """How a mesh is made clean.

    Attributes:
        contouring: how the surface is taken from the exact distance.
        rule: how inside and outside are told apart; `auto` decides by evidence.
        thickness: half the thickness that a single sheet gets where the rule is flooding, in the
            unit frame.
        seed: of the random points.
        device: where distances are computed: `auto`, `cpu`, `cuda`, `cuda:1`, ...

    Example:
        >>> CleanConfig(contouring=Contouring(resolution=128, solid=True)).rule
        'auto'
    """

    contouring: Contouring = field(default_factory=lambda: Contouring(simplify=SIMPLIFY))
    rule: Rule = "auto"
    thickness: float = SHEET_THICKNESS
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        check_thickness(self.thickness)
        if self.seed < 0:
            raise InputError(f"A seed must not be negative; got {self.seed}.")


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A clean mesh.

    Attributes:
        notes: what the reader of the input had to say.
        solid: what was made of the input.
        extraction: the mesh, in the input frame, and what it took.
        to_solid: distance of the mesh from the solid's surface, in radii.
        from_solid: distance of the solid's surface from the mesh, in radii.
        intersecting: faces of the mesh, rounded as in files, that cut or touch others.
        seconds: time spent, by stage.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> result = clean(Box().mesh(), CleanConfig(contouring=Contouring(resolution=16)))
        >>> result.solid.rule, len(result.intersecting), result.messages
        ('exact', 0, ())
    """

    notes: tuple[str, ...]
    solid: Solid
    extraction: Extraction
    to_solid: Deviation
    from_solid: Deviation
    intersecting: Int[np.ndarray, " intersecting"]
    seconds: dict[str, float]

    @property
    def mesh(self) -> TriangleMesh:
        """The clean mesh, in the input frame."""
        return self.extraction.mesh

    @property
    def messages(self) -> tuple[str, ...]:
        """All that the user should know."""
        return (
            *self.notes,
            *self.solid.report.warnings,
            *self._thickened(),
            *self.extraction.all_messages,
            *self._lost_surface(),
            *self._cut_faces(),
        )

    def _thickened(self) -> tuple[str, ...]:
        if self.solid.report.thickness is None:
            return ()
        thickness, frame = self.solid.report.thickness, self.solid.transform
        where = "" if frame.unit else ", in the units of the input"
        return (
            f"Single sheets became plates {frame.in_words(2 * thickness)} thick{where}: by intent "
            f"the surface lies {frame.in_words(thickness)} outside of the input's faces or points.",
        )

    def _lost_surface(self) -> tuple[str, ...]:
        if self.extraction.solidity is not None:
            return ()
        cell = self.extraction.spacing / self.solid.transform.scale / UNIT_RADIUS
        if self.from_solid.p99 > cell:
            return (
                "More than 1 % of the solid's surface lies over a cell away from the mesh, up to "
                f"{self.from_solid.maximum:.2g} R: gaps between parts that are narrower than a "
                "cell were closed, or small parts dropped. A finer --resolution keeps them apart.",
            )
        sheet = self.solid.report.thickness is not None  # its volume means nothing
        if self.volume_error > LARGE_VOLUME_ERROR and not sheet:
            return (
                f"The volume may be off by up to {100 * self.volume_error:.0f} %, since parts are "
                "thinner than a cell. A finer --resolution mends that.",
            )
        mean = max(self.to_solid.mean, self.from_solid.mean)
        if mean > LARGE_MEAN * cell:
            most = max(self.to_solid.maximum, self.from_solid.maximum)
            return (
                f"Details smaller than a cell were rounded: the mesh lies up to {most:.2g} R off, "
                f"{mean:.2g} R in the mean. A finer --resolution keeps them.",
            )
        return ()

    @property
    def volume_error(self) -> float:
        """Volume between the mesh and the solid, as a share of that of the mesh, at most."""
        radius = self.solid.transform.scale * UNIT_RADIUS
        apart = 0.5 * (self.to_solid.mean + self.from_solid.mean) * radius
        return apart * self.mesh.area / abs(self.mesh.volume)

    def _cut_faces(self) -> tuple[str, ...]:
        if not len(self.intersecting):
            return ()
        places = self.mesh.triangles[self.intersecting].mean(axis=1)
        named = ", ".join("({:.4g}, {:.4g}, {:.4g})".format(*place) for place in places[:PLACES])
        more = ", ..." if len(places) > PLACES else ""
        return (f"{len(places)} faces cut others, near {named}{more}.",)


def clean(
    source: Shape | Reading,
    config: CleanConfig | None = None,
    progress: Progress = SILENT,
) -> Cleaned:
    """Remesh any mesh or oriented point cloud: closed, 2-manifold, with sharp creases.

    The surface is contoured from the solid's exact signed distance (see `Solid`): where the input
    is a good closed solid it is kept, where it is soup its outer surface is followed, with single
    sheets as plates of twice the thickness.

    Args:
        source: in any frame and unit; as `read` gives it, its unit and notes go with it.
        config: how.
        progress: receives the stages and how they go on.

    Raises:
        InputError: the source is no solid.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> result = clean(Box().mesh(), CleanConfig(contouring=Contouring(resolution=16)))
        >>> result.mesh.bounds.round(3).tolist()
        [[-0.5, -0.4, -0.3], [0.5, 0.4, 0.3]]
    """
    config, reading = config or CleanConfig(), Reading.of(source)
    device = choose_device(config.device)
    times = StageTimes(progress)
    with times.stage("solid"):
        solid = Solid.of(
            reading,
            rule=config.rule,
            thickness=config.thickness,
            seed=config.seed,
            device=device,
        )
    with times.stage("meshing"):
        remedy = MORE_POINTS if isinstance(reading.shape, PointCloud) else OTHER_RULE
        extraction = extract(ExactField(solid), *solid.bounds, config.contouring, remedy=remedy)
    with times.stage("evaluation"):
        to_solid, from_solid = solid_deviation(
            extraction.mesh, solid, np.random.default_rng(config.seed)
        )
        extraction = extraction.moved(solid.transform)
        intersecting = near_faces(
            _in_float32(extraction.mesh), TOUCHING * solid.transform.scale, device=device
        )
    return Cleaned(
        notes=reading.notes,
        solid=solid,
        extraction=extraction,
        to_solid=to_solid,
        from_solid=from_solid,
        intersecting=intersecting,
        seconds=times.seconds,
    )


def _in_float32(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh as most files hold it."""
    return TriangleMesh(mesh.vertices.astype(np.float32).astype(np.float64), mesh.faces)
