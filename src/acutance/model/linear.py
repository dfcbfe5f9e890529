"""Linear maps whose weights are drawn from a generator that is passed in."""

import math

import torch
from torch import nn
from torch.nn.utils import skip_init

MOST_LAYERS = 1024
"""Hidden layers of a network; none of worth has a tenth of that."""


def linear(
    width_in: int,
    width_out: int,
    generator: torch.Generator,
    *,
    bound: float | None = None,
    bias: bool = True,
) -> nn.Linear:
    """A linear map with fresh weights, on the device of the generator.

    The weights are uniform in ± `bound`, and the bias in ±1 / √width_in, which is PyTorch's own
    initialisation of a linear layer.

    Args:
        width_in: numbers that go in.
        width_out: numbers that come out.
        generator: source of randomness.
        bound: largest size of a weight; 1 / √width_in where none is given.
        bias: whether a bias is added.

    Example:
        >>> layer = linear(3, 16, torch.Generator().manual_seed(0), bound=0.1)
        >>> layer.weight.shape
        torch.Size([16, 3])
        >>> bool((layer.weight.abs() <= 0.1).all())
        True
    """
    usual = 1.0 / math.sqrt(width_in)
    size = usual if bound is None else bound
    layer: nn.Linear = skip_init(nn.Linear, width_in, width_out, bias=bias, device=generator.device)
    with torch.no_grad():
        layer.weight.uniform_(-size, size, generator=generator)
        if bias:
            layer.bias.uniform_(-usual, usual, generator=generator)
    return layer
