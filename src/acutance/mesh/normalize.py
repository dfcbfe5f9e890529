"""Between the input frame and the unit frame."""

import math
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.units import Unit, length
from acutance.types import PointArray

LARGEST = 1e30
"""Coordinates from here on are damage; below, they fit 32-bit numbers and cubes stay finite."""

LARGEST_FRAME = 1e32
"""No frame of a file that can be read reaches beyond it, and a mesh there fits 32-bit numbers."""

UNIT_RADIUS = 1.0 / 1.03
"""Radius of the sphere that holds a shape in the unit frame (DeepSDF, arXiv 1901.05103)."""


Corner = tuple[float, float, float]

Bounds = tuple[Corner, Corner]
"""Lower and upper corner of an axis-aligned box."""

UNIT_CUBE: Bounds = ((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
"""What a network knows of the unit frame."""


FARTHEST = 10.0
"""No box about a shape in the unit frame reaches beyond it: the shape's own radius is about 1."""


def box_of(corners: object) -> Bounds:
    """A box about a shape in the unit frame, as it was read from a file: two corners.

    Raises:
        InputError: they are no two corners of three numbers, the first one lower.

    Example:
        >>> box_of([[-1, -1, -1], [1, 1, 0.5]])
        ((-1.0, -1.0, -1.0), (1.0, 1.0, 0.5))
    """
    try:
        (x0, y0, z0), (x1, y1, z1) = cast(Bounds, corners)
        lower, upper = (float(x0), float(y0), float(z0)), (float(x1), float(y1), float(z1))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"Expected two corners under bounds, got {str(corners)[:80]}.") from error
    if not all(-FARTHEST <= a < b <= FARTHEST for a, b in zip(lower, upper, strict=True)):
        raise InputError(f"Expected a lower and an upper corner under bounds, got {corners}.")
    return lower, upper


@dataclass(frozen=True)
class Similarity:
    """Centre and scale of a shape: ``x_input = scale * x_unit + centre``.

    Attributes:
        centre: centre of the bounding box, in input coordinates.
        scale: length of a unit of the unit frame in units of the input frame; positive.
        unit: unit of length of the input frame; None where it is not known.

    Raises:
        InputError: a number is not finite, or the scale not positive.

    Example:
        >>> similarity = Similarity(centre=(1.0, 0.0, 0.0), scale=2.0)
        >>> similarity.to_input(np.array([[0.5, 0.0, 0.0]]))
        array([[2., 0., 0.]])
        >>> similarity.to_unit(similarity.to_input(np.array([[0.5, 0.0, 0.0]])))
        array([[0.5, 0. , 0. ]])
    """

    centre: Corner = (0.0, 0.0, 0.0)
    scale: float = 1.0
    unit: Unit | None = None

    def __post_init__(self) -> None:
        if not (len(self.centre) == 3 and all(map(math.isfinite, self.centre))):
            raise InputError(f"A frame needs a centre of three finite numbers, got {self.centre}.")
        if not 0 < self.scale < math.inf:
            raise InputError(f"A frame needs a positive, finite scale, got {self.scale}.")
        if max(self.scale, *map(abs, self.centre)) > LARGEST_FRAME:
            raise InputError(
                f"A frame needs numbers that fit 32 bits, up to {LARGEST_FRAME:g}, got the centre "
                f"{self.centre} and the scale {self.scale}."
            )

    def in_unit(self, unit: Unit | None) -> "Similarity":
        """The same into an input frame of which the unit is known."""
        return replace(self, unit=unit)

    def in_words(self, distance: float) -> str:
        """A distance of the unit frame as one of the input, with its unit where that is known.

        Example:
            >>> Similarity(scale=20.0, unit="mm").in_words(0.0015)
            '0.0300 mm'
        """
        return length(self.scale * distance, self.unit)

    def to_unit(self, points: PointArray) -> PointArray:
        """Points of the input frame in the unit frame."""
        return (points - np.asarray(self.centre)) / self.scale

    def to_input(self, points: PointArray) -> PointArray:
        """Points of the unit frame in the input frame."""
        return points * self.scale + np.asarray(self.centre)

    def mesh_to_unit(self, mesh: TriangleMesh) -> TriangleMesh:
        """A mesh of the input frame in the unit frame."""
        return TriangleMesh(self.to_unit(mesh.vertices), mesh.faces)

    def mesh_to_input(self, mesh: TriangleMesh) -> TriangleMesh:
        """A mesh of the unit frame in the input frame."""
        return TriangleMesh(self.to_input(mesh.vertices), mesh.faces)


def normalizing(points: PointArray) -> Similarity:
    """The similarity that brings the points into the sphere of radius `UNIT_RADIUS`.

    The centre is that of the bounding box, the radius the largest distance from it.

    Args:
        points: (N, 3) in the input frame, not all at one place.

    Example:
        >>> similarity = normalizing(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 4.0]]))
        >>> similarity.centre, round(similarity.scale, 6)
        ((0.0, 0.0, 2.0), 2.06)
    """
    centre = 0.5 * (points.min(axis=0) + points.max(axis=0))
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    x, y, z = (float(c) for c in centre)
    return Similarity(centre=(x, y, z), scale=radius / UNIT_RADIUS)
