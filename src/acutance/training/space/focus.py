"""How much more a hard shape counts than an easy one."""

from jaxtyping import Float
from torch import Tensor

MOST_FOCUS = 4.0
"""The hardest shape counts at most so many times as much as the average one."""


def focus(difficulty: Float[Tensor, " shapes"], exponent: float) -> Float[Tensor, " shapes"]:
    """Weights of mean 1 in proportion to the losses to a power, none above `MOST_FOCUS`.

    Example:
        >>> import torch
        >>> focus(torch.tensor([1.0, 2.0, 3.0]), exponent=1.0)
        tensor([0.5000, 1.0000, 1.5000])
    """
    weights = (difficulty / difficulty.mean()).clamp(1e-3, None).pow(exponent)
    for _ in range(10):  # what the cap takes from some, the others get, until it fits
        weights = (weights / weights.mean()).clamp(max=MOST_FOCUS)
    return weights
