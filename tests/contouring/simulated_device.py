"""A device other than the CPU, simulated on the CPU, so that device faults are found without a GPU.

Tensors of `DEVICE` hold their numbers in a tensor of the CPU that only this file can reach. So a
program runs to its end and gives the numbers of the CPU, but what CUDA refuses is refused: tensors
of two devices in one operation, integer matrix products, and NumPy arrays of a device's memory.
It is stricter than CUDA in one place: indices and masks must be on the device of what they index.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
"""The name of the simulated device: PyTorch knows it on every machine."""

COPIES = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)
"""The operations that may take tensors of two devices."""

PRODUCTS = ("mm", "bmm", "addmm", "baddbmm", "mv", "addmv", "dot", "vdot", "addbmm")
"""Matrix products, which CUDA has for floating-point numbers only."""


class OnDevice(torch.Tensor):
    """A tensor of the simulated device."""

    @staticmethod
    def __new__(cls, numbers: torch.Tensor) -> "OnDevice":
        return torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device=DEVICE,
        )

    def __init__(self, numbers: torch.Tensor) -> None:
        self.numbers = numbers

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        raise RuntimeError(f"{function} outside of `simulated_device()`")


def refuse(function: Any, tensors: list[torch.Tensor]) -> None:
    """Raise what CUDA would raise for these arguments."""
    mixed = {isinstance(tensor, OnDevice) for tensor in tensors if tensor.dim() > 0}
    if len(mixed) > 1 and function not in COPIES:
        raise RuntimeError(f"{function}: tensors on two devices")
    if any(isinstance(t, OnDevice) and not t.dtype.is_floating_point for t in tensors):
        name = function.overloadpacket.__name__
        if name in PRODUCTS:
            raise RuntimeError(f"{name} is not implemented for integers on this device")


class Operations(TorchDispatchMode):
    """Runs every operation on the CPU and moves its results to where they would be."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        """One operation; results are on the device if it is asked for or if an argument is."""
        kwargs = dict(kwargs or {})
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        refuse(function, tensors)
        on_device = any(isinstance(tensor, OnDevice) for tensor in tensors)
        if kwargs.get("device") is not None:
            on_device = torch.device(kwargs["device"]) == DEVICE
            kwargs["device"] = "cpu"
        args, kwargs = tree_map(_numbers, args), tree_map(_numbers, kwargs)
        return tree_map(_on_device if on_device else _same, function(*args, **kwargs))


class Creation(TorchFunctionMode):
    """Makes tensors from Python's numbers on the CPU first: on `meta`, PyTorch drops them."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        """One call from Python."""
        kwargs = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") == DEVICE:
            del kwargs["device"]
            return function(*args, **kwargs).to(DEVICE)
        if function is torch.Tensor.new_tensor and isinstance(args[0], OnDevice):
            return args[0].numbers.new_tensor(*args[1:], **kwargs).to(DEVICE)
        indexing = (torch.Tensor.__getitem__, torch.Tensor.__setitem__)
        if function in indexing and isinstance(args[0], OnDevice):
            args = (args[0], _listed(args[1]), *args[2:])
        return function(*args, **kwargs)


def _numbers(value: Any) -> Any:
    return value.numbers if isinstance(value, OnDevice) else value


def _on_device(value: Any) -> Any:
    return OnDevice(value) if isinstance(value, torch.Tensor) else value


def _same(value: Any) -> Any:
    return value


def _listed(index: Any) -> Any:
    """An index with its lists as tensors of the device."""
    if isinstance(index, tuple):
        return tuple(_listed(part) for part in index)
    return torch.tensor(index).to(DEVICE) if isinstance(index, list) else index


@contextmanager
def simulated_device() -> Iterator[torch.device]:
    """Inside the block, tensors may be made on and moved to the device."""
    with Creation(), Operations():
        yield DEVICE
