"""The exact distance of a solid as a field, so that it can be contoured without any network."""

import torch
from torch import Tensor

from acutance.solid.solid import Solid
from acutance.types import PointTensor, ScalarTensor


class ExactField:
    """The signed distance of a solid, in the unit frame.

    It takes points on any device, and computes where the solid does.

    Example:
        >>> import torch
        >>> from acutance.shapes.analytic import Box
        >>> solid = Solid.of(Box(half=(0.5, 0.5, 0.5)).mesh())
        >>> centre, scale = torch.zeros(1, 3), solid.transform.scale
        >>> round(float(ExactField(solid).sdf(centre)) * scale, 3)  # in the frame of the box
        -0.5
    """

    def __init__(self, solid: Solid) -> None:
        self.solid = solid

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Signed distance, negative inside; float32."""
        return _like(points, self.solid.distance(points.cpu().numpy()))

    def gradient(self, points: PointTensor) -> PointTensor:
        """Its gradient; zero at points on the surface, where float32 can't tell its direction."""
        return _like(points, self.solid.inside.gradient(points.cpu().numpy()))


def _like(points: Tensor, values: object) -> Tensor:
    """The values as float32 on the device of the points."""
    return torch.as_tensor(values, dtype=torch.float32, device=points.device)
