"""What a file gave: a shape, its unit, and what the reader has to say."""

from dataclasses import dataclass, replace
from typing import Union

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.units import NAMES, Unit

Shape = TriangleMesh | PointCloud


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

    def in_unit(self, unit: Unit) -> "Reading":
        """The same coordinates, taken to be in a unit; a note says where the file says another."""
        reading = replace(self, unit=unit)
        if self.unit in (None, unit):
            return reading
        return reading.noting(
            f"The file says that it is in {NAMES[self.unit]}; its coordinates are taken to be in "
            f"{NAMES[unit]}, as asked for."
        )
