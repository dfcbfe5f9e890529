"""The optimizer of everything that is learned with a table of features."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn


def adam(
    parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
    device: torch.device,
    *,
    epsilon: float = 1e-15,
) -> torch.optim.Adam:
    """Adam as tables need it: a tiny ε, since most rows see small gradients (arXiv 2201.05989).

    Args:
        parameters: what learns, or groups of it.
        device: where it is.
        epsilon: ε.
    """
    fused = device.type in ("cpu", "cuda")  # PyTorch has no fused step for some other devices
    return torch.optim.Adam(parameters, lr=0.0, betas=(0.9, 0.99), eps=epsilon, fused=fused)
