"""Terms of the objective, named and unreduced."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import huber_loss

from acutance.model.configuration import part_of
from acutance.types import PointTensor, ScalarTensor

Values = Float[Tensor, "*batch"]


@runtime_checkable
class DistanceLoss(Protocol):
    """How far a predicted distance is from the true one. See `part_of` for one of your own.

    Example:
        >>> isinstance(ClampedL1(clamp=0.1), DistanceLoss)
        True
    """

    def __call__(self, predicted: Values, target: Values) -> Values:
        """The term at every sample, unreduced; zero for a perfect field.

        Args:
            predicted: the network's values, in the unit of the unit frame.
            target: the signed distances there, negative inside.
        """
        ...


@part_of(DistanceLoss)
@dataclass(frozen=True, kw_only=True)
class ClampedL1:
    """|clamp(f, δ) − clamp(d, δ)| (DeepSDF, arXiv 1901.05103, equation 9).

    Attributes:
        clamp: δ > 0; the field is learned only up to this distance. Infinite does not clamp.

    Example:
        >>> predicted, target = torch.tensor([0.02, 0.3]), torch.tensor([0.05, 0.5])
        >>> ClampedL1(clamp=0.1)(predicted, target)
        tensor([0.0300, 0.0000])
    """

    clamp: float = 0.1

    def __post_init__(self) -> None:
        _check_positive(clamp=self.clamp)

    def __call__(self, predicted: Values, target: Values) -> Values:
        """The term at every sample."""
        return _clamped_error(predicted, target, self.clamp).abs()


@part_of(DistanceLoss)
@dataclass(frozen=True, kw_only=True)
class BandL1:
    """|f − d| where |d| < δ; farther away, how much f falls short of δ on the side of d.

    Where f is within ±δ it is `ClampedL1`. That has no gradient where f is beyond, though the
    surface be near: a shape whose field ever gets there is lost for the rest of the training.

    Attributes:
        clamp: δ > 0; the field is learned only up to this distance.

    Example:
        >>> predicted, target = torch.tensor([0.3, 0.02, 0.3]), torch.tensor([0.05, 0.5, 0.5])
        >>> BandL1(clamp=0.1)(predicted, target)
        tensor([0.2500, 0.0800, 0.0000])
    """

    clamp: float = 0.1

    def __post_init__(self) -> None:
        _check_positive(clamp=self.clamp)

    def __call__(self, predicted: Values, target: Values) -> Values:
        """The term at every sample."""
        error = predicted - target.clamp(-self.clamp, self.clamp)
        beyond = (target.abs() >= self.clamp) & (error * target > 0)
        return error.abs().masked_fill(beyond, 0.0)


@part_of(DistanceLoss)
@dataclass(frozen=True, kw_only=True)
class ClampedL2:
    """(clamp(f, δ) − clamp(d, δ))²: large errors, and so bad shapes, count more.

    Attributes:
        clamp: δ > 0, as for `ClampedL1`.

    Example:
        >>> predicted, target = torch.tensor([0.02, 0.3]), torch.tensor([0.05, 0.5])
        >>> ClampedL2(clamp=0.1)(predicted, target)
        tensor([0.0009, 0.0000])
    """

    clamp: float = 0.1

    def __post_init__(self) -> None:
        _check_positive(clamp=self.clamp)

    def __call__(self, predicted: Values, target: Values) -> Values:
        """The term at every sample."""
        return _clamped_error(predicted, target, self.clamp).square()


@part_of(DistanceLoss)
@dataclass(frozen=True, kw_only=True)
class Huber:
    """L1 whose kink at zero is rounded: e² / 2κ below κ, e − κ/2 above (Huber 1964).

    Attributes:
        clamp: δ > 0, as for `ClampedL1`.
        threshold: κ > 0, where the square becomes a line.

    Example:
        >>> predicted, target = torch.tensor([0.02, 0.3]), torch.tensor([0.05, 0.5])
        >>> Huber(clamp=0.1, threshold=0.002)(predicted, target)
        tensor([0.0290, 0.0000])
    """

    clamp: float = 0.1
    threshold: float = 0.002

    def __post_init__(self) -> None:
        _check_positive(clamp=self.clamp, threshold=self.threshold)

    def __call__(self, predicted: Values, target: Values) -> Values:
        """The term at every sample."""
        error = _clamped_error(predicted, target, self.clamp)
        return (
            huber_loss(error, torch.zeros_like(error), reduction="none", delta=self.threshold)
            / self.threshold
        )


@part_of(DistanceLoss)
@dataclass(frozen=True, kw_only=True)
class RelativeL1:
    """√(r² + s²) − s with r = (f − d) / (|d| + ε): an error counts less the farther it is away.

    Close to the surface it is L1 in units of ε; far away it is the relative error, so that the
    field is right everywhere to a few per cent, which the octree's bound relies on. A softness s
    rounds the kink of L1 at zero (Charbonnier et al. 1994), whose gradient never rests.

    Attributes:
        floor: ε > 0.
        softness: s ≥ 0; 0 is plain relative L1.

    Example:
        >>> predicted, target = torch.tensor([0.02, 0.3]), torch.tensor([0.05, 0.5])
        >>> RelativeL1(floor=0.01, softness=0.0)(predicted, target)
        tensor([0.5000, 0.3922])
    """

    floor: float = 0.003
    softness: float = 0.03

    def __post_init__(self) -> None:
        _check_positive(floor=self.floor)
        if self.softness < 0:
            raise ValueError(f"softness must not be negative, got {self.softness}")

    def __call__(self, predicted: Values, target: Values) -> Values:
        """The term at every sample."""
        relative = (predicted - target) / (target.abs() + self.floor)
        if self.softness == 0:
            return relative.abs()
        return (relative.square() + self.softness**2).sqrt() - self.softness


def normal_misalignment(gradient: PointTensor, normal: PointTensor) -> ScalarTensor:
    """‖∇f − n‖ at surface points (Gropp et al. 2020, arXiv 2002.10099, equation 2).

    It holds both the direction and the length of the gradient.

    Args:
        gradient: ∇f at surface points.
        normal: outward unit normal there.

    Example:
        >>> normal = torch.tensor([[0.0, 0.0, 1.0]])
        >>> normal_misalignment(2.0 * normal, normal)
        tensor([1.])
    """
    return (gradient - normal).norm(dim=1)


def eikonal_residual(gradient: PointTensor) -> ScalarTensor:
    """(‖∇f‖ − 1)² anywhere (Gropp et al. 2020, arXiv 2002.10099, equation 2).

    Args:
        gradient: ∇f at any points.

    Example:
        >>> eikonal_residual(torch.tensor([[0.0, 0.0, 3.0]]))
        tensor([4.])
    """
    return (gradient.norm(dim=1) - 1.0) ** 2


def _clamped_error(predicted: Values, target: Values, clamp: float) -> Values:
    """clamp(f, δ) − clamp(d, δ)."""
    return predicted.clamp(-clamp, clamp) - target.clamp(-clamp, clamp)


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
