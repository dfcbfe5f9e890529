"""Terms of the objective, named and unreduced."""

from acutance.types import PointTensor, ScalarTensor


def clamped_l1(predicted: ScalarTensor, target: ScalarTensor, clamp: float) -> ScalarTensor:
    """|clamp(f, δ) − clamp(d, δ)| (DeepSDF, arXiv 1901.05103, equation 9).

    Args:
        predicted: f, the network's signed distance.
        target: d, the true signed distance.
        clamp: δ > 0; the field is learned only up to this distance.
    """
    return (predicted.clamp(-clamp, clamp) - target.clamp(-clamp, clamp)).abs()


def relative_l1(predicted: ScalarTensor, target: ScalarTensor, floor: float) -> ScalarTensor:
    """|f − d| / (|d| + ε): an error far away counts as much less as the surface is far.

    Close to the surface it is L1 in units of ε; far away it is the relative error, so that the
    field is right everywhere to a few per cent, which the octree's bound relies on.

    Args:
        predicted: f, the network's signed distance.
        target: d, the true signed distance.
        floor: ε > 0.
    """
    return (predicted - target).abs() / (target.abs() + floor)


def normal_misalignment(gradient: PointTensor, normal: PointTensor) -> ScalarTensor:
    """‖∇f − n‖ at surface points (Gropp et al. 2020, arXiv 2002.10099, equation 2).

    It holds both the direction and the length of the gradient.

    Args:
        gradient: ∇f at surface points.
        normal: outward unit normal there.
    """
    return (gradient - normal).norm(dim=1)


def eikonal_residual(gradient: PointTensor) -> ScalarTensor:
    """(‖∇f‖ − 1)² anywhere (Gropp et al. 2020, arXiv 2002.10099, equation 2).

    Args:
        gradient: ∇f at any points.
    """
    return (gradient.norm(dim=1) - 1.0) ** 2
