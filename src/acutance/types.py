"""Legend of axes, array aliases and conventions, used by the whole package.

Axes
    ``points``    samples in space
    ``vertices``  corners of a mesh
    ``faces``     triangles of a mesh
    ``3``         x, y, z (or, for a face, its three vertex indices)

Conventions
    sign          negative inside, positive outside, zero on the surface
    orientation   faces are counter-clockwise seen from outside; normals point outwards
    input frame   the coordinates and units of the user's file
    unit frame    centred, scaled into the sphere of radius 1/1.03 (DeepSDF's convention), so that
                  the cube [-1, 1]³ holds the shape with a margin; every network works here

Arrays of geometry are NumPy, tensors of the model are PyTorch.
"""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

PointArray = Float[np.ndarray, "points 3"]
ScalarArray = Float[np.ndarray, " points"]
VertexArray = Float[np.ndarray, "vertices 3"]
FaceArray = Int[np.ndarray, "faces 3"]

PointTensor = Float[Tensor, "points 3"]
ScalarTensor = Float[Tensor, " points"]


@runtime_checkable
class Field(Protocol):
    """A signed distance field that can be evaluated anywhere: learned, exact or analytic.

    Example:
        >>> import torch
        >>> class HalfSpace:
        ...     def sdf(self, points):
        ...         return points[:, 2]
        ...     def gradient(self, points):
        ...         return torch.tensor([[0.0, 0.0, 1.0]]).expand(len(points), 3)
        >>> isinstance(HalfSpace(), Field)
        True
    """

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Signed distance at the points, in the unit of the points."""
        ...

    def gradient(self, points: PointTensor) -> PointTensor:
        """Gradient of the signed distance at the points; of length 1 where it is exact."""
        ...
