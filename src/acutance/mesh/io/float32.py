"""Coordinates in 32-bit numbers, for the formats that hold no others."""

import numpy as np
from jaxtyping import Float32

from acutance.mesh.reading import Shape
from acutance.mesh.weld import coincident
from acutance.types import VertexArray

COARSEST = 1e-5
"""Spacing of 32-bit numbers relative to the shape's size from which on the shape would suffer."""


class CoarseError(ValueError):
    """The shape is so far from the origin that 32-bit numbers would distort it."""


def float32_spacing(shape: Shape) -> tuple[float, float]:
    """Spacing of 32-bit numbers at the farthest coordinate, and the largest extent of a shape."""
    farthest = np.float32(np.abs(shape.bounds).max())
    return float(np.spacing(farthest)), float(np.ptp(shape.bounds, axis=0).max())


def distinct_float32(vertices: VertexArray) -> Float32[np.ndarray, "vertices 3"]:
    """The vertices in 32 bits; vertices that differ in 64 bits still differ.

    Rounding can make close vertices equal, and readers that merge equal vertices (all do, for
    STL) would then find faces that touch where they did not. Such vertices are moved away from
    the origin by one step of their largest coordinate until they differ.
    """
    first = coincident(vertices)
    distinct, index = np.unique(first, return_inverse=True)
    points = vertices[distinct].astype(np.float32)
    while len(clash := np.flatnonzero(coincident(points) != np.arange(len(points)))):
        axis = np.abs(points[clash]).argmax(axis=1)
        value = points[clash, axis]
        points[clash, axis] = np.nextafter(value, np.copysign(np.float32(np.inf), value))
    return points[index]
