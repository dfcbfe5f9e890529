"""Solids whose signed distance is known in closed form: the truth of tests and demonstrations.

All of them are centred at the origin, in any unit, and are `Field`s: `sdf` and `gradient` take
tensors (N, 3) and keep their precision and device. Formulas after I. Quilez, "Distance functions"
(exact inside and outside). Gradients are those of automatic differentiation.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import relu

from acutance.mesh.mesh import TriangleMesh
from acutance.types import PointTensor, ScalarTensor


class Analytic(ABC):
    """A signed distance field in closed form.

    Example:
        >>> sphere = Sphere(radius=1.0)
        >>> sphere.gradient(torch.tensor([[0.0, 3.0, 0.0]]))
        tensor([[0., 1., 0.]])
    """

    @abstractmethod
    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Exact signed distance, negative inside."""

    def gradient(self, points: PointTensor) -> PointTensor:
        """Gradient of the signed distance: the outward unit vector away from the surface."""
        with torch.enable_grad():
            leaf = points.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(self.sdf(leaf).sum(), leaf)
        return gradient


@dataclass(frozen=True, kw_only=True)
class Sphere(Analytic):
    """A ball of the given radius.

    Example:
        >>> Sphere(radius=1.0).sdf(torch.tensor([[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]]))
        tensor([-1.,  4.])
    """

    radius: float = 0.5

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Distance from the centre less the radius."""
        return _length(points) - self.radius


@dataclass(frozen=True, kw_only=True)
class Box(Analytic):
    """A box between −`half` and `half`, axis-aligned.

    Example:
        >>> Box(half=(1.0, 1.0, 1.0)).sdf(torch.tensor([[0.0, 0.0, 0.0], [4.0, 5.0, 0.0]]))
        tensor([-1.,  5.])
    """

    half: tuple[float, float, float] = (0.5, 0.4, 0.3)

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Distance to the nearest corner, edge or face outside; to the nearest face inside."""
        excess = points.abs() - points.new_tensor(self.half)
        return _length(relu(excess)) - relu(-excess.amax(dim=-1))

    def mesh(self) -> TriangleMesh:
        """Its twelve triangles.

        Example:
            >>> round(Box(half=(1.0, 1.0, 1.0)).mesh().volume, 6)
            8.0
        """
        corners = np.array(
            [[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)]
        )
        quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        faces = [triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))]
        return TriangleMesh(corners * np.array(self.half), np.array(faces, dtype=np.int32))


@dataclass(frozen=True, kw_only=True)
class Torus(Analytic):
    """A tube of radius `minor` around a circle of radius `major` in the xy-plane.

    Example:
        >>> Torus(major=2.0, minor=0.5).sdf(torch.tensor([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0]]))
        tensor([ 1.5000, -0.5000])
    """

    major: float = 0.5
    minor: float = 0.2

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Distance from the circle less the tube's radius."""
        ring = _length(points[..., :2]) - self.major
        return _length(torch.stack([ring, points[..., 2]], dim=-1)) - self.minor


@dataclass(frozen=True, kw_only=True)
class Cylinder(Analytic):
    """A cylinder along z, its edges rounded with the given radius (0: sharp).

    Example:
        >>> cylinder = Cylinder(radius=1.0, half_height=2.0)
        >>> cylinder.sdf(torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 5.0]]))
        tensor([-1.,  3.])
    """

    radius: float = 0.4
    half_height: float = 0.5
    rounding: float = 0.0

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Distance to a sharp cylinder that is smaller by the rounding, less the rounding."""
        around = _length(points[..., :2]) - (self.radius - self.rounding)
        along = points[..., 2].abs() - (self.half_height - self.rounding)
        excess = torch.stack([around, along], dim=-1)
        return _length(relu(excess)) - relu(-excess.amax(dim=-1)) - self.rounding


def _length(vectors: Tensor) -> Tensor:
    return torch.linalg.vector_norm(vectors, dim=-1)
