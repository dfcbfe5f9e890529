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

    On a GPU its steps can be recorded (see `Replay`).

    Args:
        parameters: what learns, or groups of it.
        device: where it is.
        epsilon: ε.
    """
    fused = device.type in ("cpu", "cuda")  # PyTorch has no fused step for some other devices
    on_gpu = device.type == "cuda"
    optimizer = torch.optim.Adam(
        parameters, lr=0.0, betas=(0.9, 0.99), eps=epsilon, fused=fused, capturable=on_gpu
    )
    if on_gpu:  # a number would be recorded as it is
        for group in optimizer.param_groups:
            group["lr"] = torch.zeros((), device=device)
    return optimizer


def set_rate(group: dict[str, Any], rate: float) -> None:
    """Set the learning rate of a group of parameters.

    >>> optimizer = adam([nn.Parameter(torch.zeros(1))], torch.device("cpu"))
    >>> set_rate(optimizer.param_groups[0], 0.1)
    >>> optimizer.param_groups[0]["lr"]
    0.1
    """
    if isinstance(group["lr"], torch.Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate
