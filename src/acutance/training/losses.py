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


def relative_l1(
    predicted: ScalarTensor, target: ScalarTensor, floor: float, softness: float = 0.0
) -> ScalarTensor:
    """√(r² + s²) − s with r = (f − d) / (|d| + ε): an error counts less the farther it is away.

    Close to the surface it is L1 in units of ε; far away it is the relative error, so that the
    field is right everywhere to a few per cent, which the octree's bound relies on. A softness s
    rounds the kink of L1 at zero (Charbonnier et al. 1994), whose gradient never rests.

    Args:
        predicted: f, the network's signed distance.
        target: d, the true signed distance.
        floor: ε > 0.
        softness: s ≥ 0; 0 is plain relative L1.
    """
    relative = (predicted - target) / (target.abs() + floor)
    if softness == 0:
        return relative.abs()
    return (relative.square() + softness**2).sqrt() - softness


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
