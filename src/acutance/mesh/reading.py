"""What a file gave: a shape, its unit, and what the reader has to say."""

import math
from dataclasses import dataclass, replace
from typing import Union

import numpy as np
from jaxtyping import Float

from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.units import NAMES, Axis, Unit, check_unit, factor

Shape = TriangleMesh | PointCloud

TURNS: dict[Axis, Float[np.ndarray, "3 3"]] = {
    "x": np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),
    "-x": np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]),
    "y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "-y": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
    "z": np.eye(3),
    "-z": np.diag([1.0, -1.0, -1.0]),
}
"""Rotations that turn each axis to z; about y for x, and about x for the others."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A shape, and what is known of where it came from.

    Attributes:
        shape: the mesh or point cloud.
        unit: what a coordinate of 1 means; None where nobody said.
        notes: sentences about what was passed over or assumed, for the user.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> Reading.of(Box().mesh()).unit is None
        True
    """

    shape: Shape
    unit: Unit | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: Union[Shape, "Reading"]) -> "Reading":
        """A reading of a shape of which nothing else is known; a reading as it is."""
        return source if isinstance(source, Reading) else cls(shape=source)

    def noting(self, *notes: str) -> "Reading":
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def with_shape(self, shape: Shape) -> "Reading":
        """Another shape, read from the same place."""
        return replace(self, shape=shape)

    def or_in(self, unit: Unit | None) -> "Reading":
        """The same, in a unit where none is known."""
        return self if self.unit or unit is None else self.in_unit(unit)

    def brought_into(self, unit: Unit | None) -> "Reading":
        """The shape in another unit, if both are known; a note says so."""
        if self.unit is None or unit is None or self.unit == unit:
            return self
        scaled = self.scaled(factor(self.unit, unit))
        return replace(scaled, unit=unit).noting(
            f"Brought from {NAMES[self.unit]} into {NAMES[unit]}."
        )

    def scaled(self, by: float) -> "Reading":
        """The shape larger or smaller, about the origin.

        Raises:
            InputError: the factor is not positive and finite.
        """
        if not 0 < by < math.inf:
            raise InputError(f"The scale must be positive and finite, but it is {by:g}.")
        return self if by == 1 else self.with_shape(_mapped(self.shape, by * np.eye(3)))

    def upright(self, up: Axis) -> "Reading":
        """The shape turned so that the axis that points up becomes z."""
        return self if up == "z" else self.with_shape(_mapped(self.shape, TURNS[up]))

    def in_unit(self, unit: Unit) -> "Reading":
        """The same coordinates, taken to be in a unit; a note says where the file says another."""
        reading = replace(self, unit=check_unit(unit))
        if self.unit in (None, unit):
            return reading
        return reading.noting(
            f"The file says that it is in {NAMES[self.unit]}; its coordinates are taken to be in "
            f"{NAMES[unit]}, as asked for."
        )


def _mapped(shape: Shape, matrix: Float[np.ndarray, "3 3"]) -> Shape:
    """A shape under a rotation or a scaling; normals keep their length."""
    if isinstance(shape, TriangleMesh):
        return TriangleMesh(shape.vertices @ matrix.T, shape.faces)
    turn = matrix / np.cbrt(np.linalg.det(matrix))
    normals = None if shape.normals is None else shape.normals @ turn.T
    return PointCloud(shape.points @ matrix.T, normals)
