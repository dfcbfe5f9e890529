"""What is minimised: the distance term, and on request the terms of the gradient."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from acutance.data.pool import Pool
from acutance.model.configuration import check_parts
from acutance.training.losses import (
    DistanceLoss,
    RelativeL1,
    eikonal_residual,
    normal_misalignment,
)
from acutance.types import PointTensor


@dataclass(frozen=True, kw_only=True)
class Objective:
    """The terms and their weights.

    Attributes:
        distance: the distance term.
        normal_weight: τ of the normal term at surface points; 0 leaves it out. It costs a second
            derivative.
        eikonal_weight: weight of the eikonal term at the points of the batch; 0 leaves it out.
        gradient_share: points for each of the two gradient terms, as a fraction of the batch.

    Example:
        >>> from acutance.data.pool import Pool
        >>> from acutance.model.decoder import DecoderConfig
        >>> from acutance.model.encodings import Fourier
        >>> points = torch.rand(100, 3, generator=torch.Generator().manual_seed(0)) - 0.5
        >>> pool = Pool(points, points.norm(dim=1) - 0.3, points, points)
        >>> network = DecoderConfig(encoding=Fourier(frequencies=4)).build(torch.Generator())
        >>> terms = Objective(eikonal_weight=0.1)(network, pool, slice(0, 50))
        >>> sorted(terms)
        ['distance', 'eikonal']
    """

    distance: DistanceLoss = field(default_factory=RelativeL1)
    normal_weight: float = 0.0
    eikonal_weight: float = 0.0
    gradient_share: float = 0.125

    def __post_init__(self) -> None:
        check_parts(self)
        if not 0 < self.gradient_share <= 1:
            raise ValueError(f"gradient_share must lie in (0, 1], got {self.gradient_share}")
        if self.normal_weight < 0 or self.eikonal_weight < 0:
            raise ValueError("weights must not be negative")

    @property
    def needs_gradient(self) -> bool:
        """Whether a term asks for the field's gradient."""
        return self.normal_weight > 0 or self.eikonal_weight > 0

    @property
    def names(self) -> tuple[str, ...]:
        """The terms that there are, in their order."""
        weights = {"distance": 1.0, "normal": self.normal_weight, "eikonal": self.eikonal_weight}
        return tuple(name for name, weight in weights.items() if weight)

    def __call__(self, decoder: nn.Module, pool: Pool, batch: slice) -> dict[str, Tensor]:
        """The weighted mean of every term on one batch, by name; their sum is minimised.

        Args:
            decoder: the network, points (N, 3) → distances (N,).
            pool: the samples.
            batch: a slice of the pool.
        """
        return self.terms(decoder, self.samples(pool, batch))

    def samples(self, pool: Pool, batch: slice) -> Pool:
        """What a batch takes of a pool: no copies."""
        count = self._some(batch.stop - batch.start) if self.normal_weight else 0
        start = batch.start % max(1, len(pool.surface_points) - count)
        surface = slice(start, start + count)
        return Pool(
            pool.points[batch],
            pool.sdf[batch],
            pool.surface_points[surface],
            pool.surface_normals[surface],
        )

    def terms(self, decoder: nn.Module, samples: Pool) -> dict[str, Tensor]:
        """The terms on the samples of one batch."""
        points = samples.points
        terms = {"distance": self.distance(decoder(points), samples.sdf).mean()}
        if self.normal_weight:
            gradient = field_gradient(decoder, samples.surface_points)
            misaligned = normal_misalignment(gradient, samples.surface_normals)
            terms["normal"] = self.normal_weight * misaligned.mean()
        if self.eikonal_weight:
            gradient = field_gradient(decoder, points[: self._some(len(points))])
            terms["eikonal"] = self.eikonal_weight * eikonal_residual(gradient).mean()
        return terms

    def _some(self, count: int) -> int:
        """Points for a gradient term, of so many points."""
        return max(1, round(self.gradient_share * count))


def field_gradient(decoder: nn.Module, points: PointTensor) -> PointTensor:
    """∇f at the points, differentiable by the network's weights."""
    points = points.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(decoder(points).sum(), points, create_graph=True)
    return gradient
