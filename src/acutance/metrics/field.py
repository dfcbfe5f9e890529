"""How well a learned field keeps to the signed distance, on and off the surface."""

from dataclasses import dataclass

import numpy as np
import torch

from acutance.machine.devices import CPU
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.metrics.surface import Deviation, deviation
from acutance.solid.solid import Solid
from acutance.types import Field, PointArray

BAND = 0.02
"""Points near the surface are at most this far from it, in radii: along a random direction, so that
the distances that they have to it are not all the same."""

POINTS = 20_000
"""Points near the surface, and anywhere in the box."""


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """What a field is off from the signed distance.

    Attributes:
        near: |f − d| at points within `BAND` of the surface, in radii.
        anywhere: |f − d| at uniform points of the shape's box, in radii.
        slope: |‖∇f‖ − 1| near the surface: the residual of the eikonal equation (Gropp et al. 2020,
            arXiv 2002.10099, equation 2), without unit.
    """

    near: Deviation
    anywhere: Deviation
    slope: Deviation


def field_error(
    field: Field, solid: Solid, rng: np.random.Generator, device: torch.device = CPU
) -> FieldError:
    """Measures a field over the unit frame against the exact distance of a solid.

    Args:
        field: what was learned.
        solid: what it should be.
        rng: source of randomness.
        device: where the field computes.
    """
    near = _near(solid, rng)
    anywhere = rng.uniform(*solid.bounds, (POINTS, 3))

    def error(points: PointArray) -> Deviation:
        found = field.sdf(torch.as_tensor(points, dtype=torch.float32, device=device))
        return deviation(np.abs(found.cpu().numpy() - solid.distance(points)) / UNIT_RADIUS)

    gradient = field.gradient(torch.as_tensor(near, dtype=torch.float32, device=device))
    slope = (gradient.norm(dim=1) - 1.0).abs().cpu().numpy()
    return FieldError(near=error(near), anywhere=error(anywhere), slope=deviation(slope))


def _near(solid: Solid, rng: np.random.Generator) -> PointArray:
    """Surface points, each moved by up to `BAND`."""
    away = rng.normal(size=(POINTS, 3))
    length = BAND * UNIT_RADIUS * rng.random((POINTS, 1))
    moved = length * away / np.linalg.norm(away, axis=1, keepdims=True)
    return solid.sample_surface(POINTS, rng).points + moved
