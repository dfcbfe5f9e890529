"""How far a mesh and the surface of its field are from each other, by the field alone."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from acutance.contouring.octree.lattice import Probe
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.types import PointArray

POINTS = 20_000
"""Points of each surface: they give the 99 % quantile to some 3 %."""

PROJECTIONS = 4
"""Newton steps that bring a point to the surface of the field; a distance needs one."""

ON_SURFACE = 0.05
"""A projected point is on the surface where the field is this many cells from zero."""


@dataclass(frozen=True)
class FieldDeviation:
    """Distances between a mesh and the surface of its field, at random points of both.

    Attributes:
        to_field: distances of points of the mesh from the field's surface.
        to_mesh: distances of points of the field's surface from the mesh. Surface that the mesh
            has lost shows here alone.
    """

    to_field: Float[np.ndarray, " points"]
    to_mesh: Float[np.ndarray, " others"]

    @property
    def p99(self) -> float:
        """The distance within which 99 % of both surfaces lie."""
        return float(max(np.quantile(self.to_field, 0.99), np.quantile(self.to_mesh, 0.99)))

    def of_volume(self, mesh: TriangleMesh) -> float:
        """The volume between the surfaces, as a share of that of the mesh."""
        mean = 0.5 * (self.to_field.mean() + self.to_mesh.mean())
        return float(mean * mesh.area / max(abs(mesh.volume), np.finfo(np.float64).tiny))


def field_deviation(
    probe: Probe, mesh: TriangleMesh, near: Float[Tensor, "near 3"], spacing: float
) -> FieldDeviation:
    """Measure both ways.

    Args:
        probe: the field.
        mesh: taken from it, in its frame.
        near: points near the field's surface, all over it: centres of cells of twice the spacing.
        spacing: edge length of the mesh's cells.

    Example:
        >>> import torch
        >>> from acutance.shapes.analytic import Box, Sphere
        >>> box = Box(half=(0.5, 0.5, 0.5)).mesh()
        >>> near = torch.eye(3, dtype=torch.float64)
        >>> apart = field_deviation(Probe(Sphere(radius=1.0), 1000), box, near, 0.1)
        >>> round(float(apart.to_mesh.max()), 3)
        0.5
    """
    rng = np.random.default_rng(0)
    points = torch.from_numpy(sample_surface(mesh, POINTS, rng).points).to(near.device)
    to_field = probe.sdf(points).abs().cpu().numpy()
    surface = _on_field(probe, near, spacing, rng)
    return FieldDeviation(
        to_field=to_field.astype(np.float64),
        to_mesh=SurfaceDistance(mesh).unsigned(surface).astype(np.float64),
    )


def _on_field(
    probe: Probe, near: Float[Tensor, "near 3"], spacing: float, rng: np.random.Generator
) -> PointArray:
    """Points on the surface of the field, by Newton's steps from random points near it."""
    start = near.cpu().numpy()[rng.integers(len(near), size=POINTS)]
    start = start + rng.uniform(-spacing, spacing, start.shape)
    points = torch.from_numpy(start).to(near.device)
    for _ in range(PROJECTIONS):
        gradient = probe.gradient(points).double()
        square = (gradient**2).sum(dim=1, keepdim=True).clamp(min=0.25)
        points = points - probe.sdf(points).double()[:, None] * gradient / square
    found = probe.sdf(points).abs() <= ON_SURFACE * spacing
    if not found.any():  # the field is no distance: what was reached shows how little it is one
        found[:] = True
    return points[found].cpu().numpy()
