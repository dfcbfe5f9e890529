"""Finds mistakes of devices on a machine without a GPU.

PyTorch's device `meta`, which every machine has, computes the shapes of tensors and no values. Here
it stands for a GPU: under `StrictDevices` an operator fails where it would fail on CUDA, and what
would make the CPU wait for the GPU is counted.
"""

from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten

ELSEWHERE = torch.device("meta")
"""The device that stands for a GPU."""

PRODUCTS = (aten.mm, aten.bmm, aten.addmm, aten.baddbmm, aten.mv, aten.addmv, aten.dot)
"""Operators that CUDA has for floating-point numbers only."""

COPIES = (aten._to_copy, aten.copy_)
"""Operators that lead from one device to another."""

INDEXING = (aten.index, aten.index_put, aten.index_put_, aten._unsafe_index_put)
"""Operators whose indices may be on the CPU."""

JOINS = (aten.cat, aten.stack)
"""Operators for which a CPU's number is not as good as the GPU's own."""


class DeviceError(AssertionError):
    """What would fail on a GPU."""


class StrictDevices(TorchDispatchMode):
    """Inside the block, operators on `ELSEWHERE` fail where those of CUDA would.

    Attributes:
        reads: how often the CPU asked for a value, and so would have waited for the GPU. What it
            gets is 1 everywhere.
    """

    def __init__(self) -> None:
        """Nothing read yet."""
        super().__init__()
        self.reads = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Check an operator, then run it."""
        kwargs = kwargs or {}
        operator = func.overloadpacket
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        _check_devices(operator, args, tensors)
        if operator in PRODUCTS and not tensors[0].is_floating_point() and _any_there(tensors):
            raise DeviceError(f"CUDA has no {operator} for {tensors[0].dtype}")
        if operator is aten._local_scalar_dense and _any_there(tensors):
            self.reads += 1
            return torch.ones((), dtype=args[0].dtype).item()
        if operator is aten._to_copy and _any_there(tensors) and _to_cpu(kwargs):
            self.reads += 1
            return torch.ones(args[0].shape, dtype=kwargs.get("dtype") or args[0].dtype)
        if operator is aten.copy_ and args[0].device != ELSEWHERE and _any_there(tensors):
            self.reads += 1
            return args[0]
        return func(*args, **kwargs)


def _any_there(tensors: list[Tensor]) -> bool:
    """Whether one of them is on the device that stands for a GPU."""
    return any(tensor.device == ELSEWHERE for tensor in tensors)


def _to_cpu(kwargs: dict[str, Any]) -> bool:
    """Whether a copy leads to the CPU."""
    device = kwargs.get("device")
    return device is not None and torch.device(device).type == "cpu"


def _check_devices(operator: Any, args: tuple[Any, ...], tensors: list[Tensor]) -> None:
    """Refuse tensors of two devices. A number of the CPU may meet tensors of a GPU."""
    if operator in COPIES or not _any_there(tensors):
        return
    if operator in INDEXING and args[0].device == ELSEWHERE:
        tensors = [args[0], *(leaf for leaf in args[2:] if isinstance(leaf, Tensor))]
    strict = operator in JOINS
    cpu = [t for t in tensors if t.device != ELSEWHERE and (strict or t.dim() > 0)]
    if cpu:
        shapes = [tuple(tensor.shape) for tensor in cpu]
        raise DeviceError(f"{operator} mixes the devices: {shapes} on the CPU")
