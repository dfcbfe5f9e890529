"""What has an inside and an outside: any mesh or point cloud, with its exact signed distance."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32

from acutance.errors import InputError
from acutance.machine.devices import CPU, choose_device
from acutance.mesh.creases import crease_lines
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.normalize import Bounds, Similarity
from acutance.mesh.reading import Reading, Shape
from acutance.mesh.surface import SurfaceSamples
from acutance.mesh.units import Unit
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.inside import Inside
from acutance.solid.mend.mend import mend
from acutance.solid.mend.repeats import panel_share
from acutance.solid.points.assess import Assessed, assess
from acutance.solid.points.lidded import LiddedCloud
from acutance.solid.points.sheet import CloudSheet
from acutance.solid.report import (
    LEAST_AGREEMENT,
    Rule,
    SolidReport,
    Thickness,
    check_thickness,
    thickness_in,
    uncertainty,
)
from acutance.solid.rules import (
    apply_choice,
    apply_rule,
    choose_rule,
    doubted,
    measure_agreement,
)
from acutance.solid.winding_solid import WindingSolid
from acutance.types import PointArray

MARGIN = 2e-3
"""Distance between the surface and its box: a fitted surface may lie a little outside of it."""


@dataclass(frozen=True, kw_only=True)
class Solid:
    """A shape with an inside and an outside; everything in the unit frame.

    `Solid.of` makes it. Distances are negative inside; multiply them by `transform.scale` for the
    units of the input.

    Attributes:
        transform: the way between the input frame and the unit frame.
        rule: how inside is told from outside (see `SolidReport`).
        report: how that was decided, and how sure it is.
        mesh: the input's mesh in the unit frame, its faces as they came but for strays, which were
            set aside, and seams, which were closed; None for a point cloud.
        cloud: the input's points in the unit frame, with normals; None for a mesh.
        surface: the unsigned distance to all of the input's triangles; None for a point cloud.
        inside: the rule applied to the shape.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> solid = Solid.of(Box(half=(1, 1, 1)).mesh())  # in the input frame
        >>> points = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
        >>> distance = solid.distance(solid.transform.to_unit(points))
        >>> (distance * solid.transform.scale).round(3)
        array([-1.,  2.], dtype=float32)
    """

    transform: Similarity
    report: SolidReport
    mesh: TriangleMesh | None
    cloud: PointCloud | None
    surface: SurfaceDistance | None
    inside: Inside

    @property
    def rule(self) -> Rule:
        """The rule that tells inside from outside."""
        return self.report.rule

    @staticmethod
    def of(
        source: Shape | Reading,
        *,
        rule: Rule = "auto",
        thickness: Thickness = 1.5e-3,
        seed: int = 0,
        device: torch.device | str = CPU,
    ) -> "Solid":
        """The solid of a mesh or point cloud.

        Args:
            source: in the input frame. As `read` gives it, its unit goes with it.
            rule: "exact" (pseudonormals; for closed, oriented meshes), "winding" (generalized
                winding number; small defects), "flood" (the outer surface at a thickness; any
                triangles), "points" (oriented points), or "auto": what the evidence says.
            thickness: of the skin around soup, in the unit frame (half that of a single sheet);
                or a function that gives it for the longest side of the shape's box there.
            seed: of the random samples that the decision looks at.
            device: where distances to triangles are computed; see `choose_device`.

        Raises:
            InputError: the rule does not fit the source, or the source has no extent.

        Example:
            >>> from acutance.shapes.analytic import Box
            >>> box = Box().mesh()
            >>> report = Solid.of(box).report
            >>> report.rule, report.reason
            ('exact', 'The mesh is closed and its faces agree on which side is outside.')
            >>> opened = box.with_faces(box.faces[2:])  # without one side
            >>> len(Solid.of(opened, rule="winding").lids.faces)
            4
        """
        if not callable(thickness):
            check_thickness(thickness)
        rng, reading = np.random.default_rng(seed), Reading.of(source)
        if isinstance(reading.shape, PointCloud):
            return _of_cloud(reading.shape, reading.unit, rule, thickness, rng)
        return _of_mesh(reading.shape, reading.unit, rule, thickness, rng, choose_device(device))

    @property
    def device(self) -> torch.device:
        """Where distances are computed; those to the points of a cloud on the CPU."""
        return CPU if self.surface is None else self.surface.device

    @property
    def bounds(self) -> Bounds:
        """Lower and upper corner of a box around the surface, in the unit frame, with a margin."""
        source = self.mesh if self.mesh is not None else self.cloud
        assert source is not None  # one of the two is there
        margin = MARGIN + (self.report.thickness or 0.0)
        if isinstance(self.inside, CloudSheet):
            margin = self.inside.margin
        (x0, y0, z0), (x1, y1, z1) = source.bounds + np.array([[-margin], [margin]])
        return (float(x0), float(y0), float(z0)), (float(x1), float(y1), float(z1))

    @property
    def lids(self) -> TriangleMesh | None:
        """Triangles that close holes of the input, in the unit frame; None if there are none."""
        return self.inside.lids if isinstance(self.inside, WindingSolid) else None

    @property
    def creases(self) -> Float[np.ndarray, "lines 2 3"]:
        """The creases of what bounds the solid, in the unit frame; none of a point cloud.

        Example:
            >>> from acutance.shapes.analytic import Box
            >>> Solid.of(Box().mesh()).creases.shape
            (12, 2, 3)
        """
        boundary = self.inside.boundary
        if isinstance(boundary, PointCloud):
            return np.empty((0, 2, 3))
        return crease_lines(boundary)

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance at points, negative inside.

        Args:
            points: (N, 3) in the unit frame, in float64.

        Returns:
            (N,) in units of the unit frame, to about 1e-7.
        """
        return self.inside.distance(points)

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Random points where the distance is zero, with outward normals, in the unit frame.

        Args:
            count: number of points.
            rng: source of randomness.

        Raises:
            InputError: the surface cannot be seen from outside (only by the rule "flood").

        Example:
            >>> from acutance.shapes.analytic import Box
            >>> solid = Solid.of(Box().mesh())
            >>> samples = solid.sample_surface(100, np.random.default_rng(0))
            >>> bool(np.abs(solid.distance(samples.points)).max() < 1e-6)
            True
        """
        return self.inside.sample_surface(count, rng)


def _of_mesh(
    source: TriangleMesh,
    unit: Unit | None,
    rule: Rule,
    skin: Thickness,
    rng: np.random.Generator,
    device: torch.device,
) -> Solid:
    if rule == "points":
        raise InputError("The rule 'points' is for point clouds; a mesh needs another or 'auto'.")
    mended = mend(source, unit)
    mesh, clean = mended.mesh, mended.clean
    thickness = thickness_in(mesh.bounds, skin)
    surface = SurfaceDistance(mesh, device=device)
    distance = None if rule == "flood" else _distance_to(clean, surface)
    choice = choose_rule(distance, rule, panel_share(mesh, clean), mended.transform, rng)
    if rule == "auto":
        choice, inside = apply_choice(choice, surface, distance, thickness, rng)
    else:
        inside = apply_rule(choice.rule, surface, distance, thickness, rng)
    agreement, measured = measure_agreement(
        inside, clean, rng, covered=choice.covered, device=device
    )
    if rule == "auto" and choice.rule == "winding" and agreement < LEAST_AGREEMENT:
        choice = doubted(agreement, measured)
        inside = apply_rule(choice.rule, surface, distance, thickness, rng)
        agreement, measured = measure_agreement(inside, clean, rng, device=device)
    # Flooding looks at the faces as they came.
    notes = mended.aside + (() if choice.rule == "flood" else mended.notes)
    report = SolidReport(
        rule=choice.rule,
        reason=choice.reason,
        agreement=agreement,
        measured=measured,
        thickness=thickness if choice.rule == "flood" else None,
        topology=mended.facts,
        warnings=notes + uncertainty(agreement, measured),
        alternative=choice.alternative,
    )
    return Solid(
        transform=mended.transform,
        report=report,
        mesh=mesh,
        cloud=None,
        surface=surface,
        inside=inside,
    )


def _distance_to(clean: TriangleMesh, surface: SurfaceDistance) -> SurfaceDistance | None:
    """The distance to the distinct faces: the same where nothing was mended; None without faces."""
    if clean is surface.mesh:
        return surface
    return SurfaceDistance(clean, device=surface.device) if clean.area > 0 else None


def _of_cloud(
    source: PointCloud,
    unit: Unit | None,
    rule: Rule,
    skin: Thickness,
    rng: np.random.Generator,
) -> Solid:
    if rule not in ("auto", "points", "flood"):
        raise InputError(
            f"The rule '{rule}' needs a mesh; a point cloud needs 'points' (a closed body), "
            "'flood' (a sheet) or 'auto'."
        )
    found = assess(source, rng)
    sheet = found.open if rule == "auto" else rule == "flood"
    thickness = thickness_in(found.cloud.cloud.bounds, skin)
    inside: Inside
    if sheet:
        inside = CloudSheet(found.cloud, thickness=thickness)
        agreement, measured = 1.0, "a sheet has no sign that could be wrong"
    else:
        inside = LiddedCloud(found.cloud) if found.holed else found.cloud
        agreement = found.cloud.agreement(rng)
        measured = "the sign by the nearest points is that of their winding number"
    report = SolidReport(
        rule="flood" if sheet else "points",
        reason=_cloud_reason(found, rule, sheet),
        agreement=agreement,
        measured=measured,
        thickness=thickness if sheet else None,
        topology=None,
        warnings=found.notes + uncertainty(agreement, measured),
    )
    return Solid(
        transform=found.transform.in_unit(unit),
        report=report,
        mesh=None,
        cloud=found.cloud.cloud,
        surface=None,
        inside=inside,
    )


def _cloud_reason(found: Assessed, rule: Rule, sheet: bool) -> str:
    """Why a cloud became a sheet or a body."""
    if rule != "auto":
        return "The rule was asked for."
    if sheet:
        return (
            "The point cloud is open: it shows one side of something, and becomes a thin sheet; "
            "--rule points makes it a closed body."
        )
    return "The input is a point cloud."
