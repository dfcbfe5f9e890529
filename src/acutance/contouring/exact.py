"""The exact distance of a solid as a field, so that it can be contoured without any network."""

import torch
from torch import Tensor

from acutance.solid.solid import Solid
from acutance.types import PointTensor, ScalarTensor


class ExactField:
    """The signed distance of a solid, in the unit frame."""

    def __init__(self, solid: Solid) -> None:
        self.solid = solid

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Signed distance, negative inside."""
        return _like(points, self.solid.distance(points.cpu().numpy()))

    def gradient(self, points: PointTensor) -> PointTensor:
        """Its gradient; zero at points on the surface, where float32 can't tell its direction."""
        return _like(points, self.solid.inside.gradient(points.cpu().numpy()))


def _like(points: Tensor, values: object) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32, device=points.device)
