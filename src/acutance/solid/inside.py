"""What a rule for inside and outside makes of a shape."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.surface import SurfaceSamples
from acutance.types import PointArray


@runtime_checkable
class Inside(Protocol):
    """A rule applied to a shape: it knows the distance and the surface."""

    @property
    def boundary(self) -> TriangleMesh | PointCloud:
        """The part of the input that bounds the solid: no inner or hidden faces."""
        ...

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to that part."""
        ...

    def distance(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Signed distance, negative inside."""
        ...

    def gradient(self, points: PointArray) -> Float[np.ndarray, "points 3"]:
        """Gradient of that distance, of length 1; zero where float32 can't tell its direction."""
        ...

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Random points where the distance is zero, with outward normals."""
        ...
