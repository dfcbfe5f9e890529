"""Finds mistakes of devices on a machine without a GPU.

PyTorch's device `meta`, which every machine has, stands for a GPU: an operator fails where it would
fail on CUDA. Under `StrictDevices` tensors have shapes and no values, and what would make the CPU
wait for the GPU is counted. Under `simulated_device` they have the values of the CPU, so that a
program runs to its end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

aten = torch.ops.aten

ELSEWHERE = torch.device("meta")
"""The device that stands for a GPU."""

PRODUCTS = (
    aten.mm, aten.bmm, aten.addmm, aten.baddbmm, aten.addbmm, aten.mv, aten.addmv,
    aten.dot, aten.vdot,
)  # fmt: skip
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
        _refuse(operator, args, tensors)
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


def _refuse(
    operator: Any, args: tuple[Any, ...], tensors: list[Tensor], *, indices: bool = False
) -> None:
    """Refuse what CUDA would refuse; and indices on the CPU, which it takes, if that is wanted.

    Those are tensors of two devices, but for a number of the CPU, and products of integers.
    """
    if operator in COPIES or not _any_there(tensors):
        return
    if operator in PRODUCTS and not tensors[0].is_floating_point():
        raise DeviceError(f"CUDA has no {operator} for {tensors[0].dtype}")
    if operator in INDEXING and not indices and args[0].device == ELSEWHERE:
        tensors = [args[0], *(leaf for leaf in args[2:] if isinstance(leaf, Tensor))]
    strict = operator in JOINS
    cpu = [t for t in tensors if t.device != ELSEWHERE and (strict or t.dim() > 0)]
    if cpu:
        shapes = [tuple(tensor.shape) for tensor in cpu]
        raise DeviceError(f"{operator} mixes the devices: {shapes} on the CPU")


class OnDevice(Tensor):
    """A tensor of the simulated device; only this file can reach its numbers."""

    @staticmethod
    def __new__(cls, numbers: Tensor) -> "OnDevice":
        return Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device=ELSEWHERE,
        )

    def __init__(self, numbers: Tensor) -> None:
        self.numbers = numbers

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        raise RuntimeError(f"{function} outside of `simulated_device()`")


class Operations(TorchDispatchMode):
    """Runs every operation on the CPU and moves its results to where they would be."""

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        """One operation; results are on the device if it is asked for or if an argument is."""
        kwargs = dict(kwargs or {})
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        _refuse(function.overloadpacket, args, tensors, indices=True)
        on_device = any(isinstance(tensor, OnDevice) for tensor in tensors)
        if kwargs.get("device") is not None:
            on_device = torch.device(kwargs["device"]) == ELSEWHERE
            kwargs["device"] = "cpu"
        args, kwargs = tree_map(_numbers, args), tree_map(_numbers, kwargs)
        return tree_map(_on_device if on_device else _same, function(*args, **kwargs))


class Creation(TorchFunctionMode):
    """Makes tensors from Python's numbers on the CPU first: on `meta`, PyTorch drops them."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None):
        """One call from Python."""
        kwargs = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") == ELSEWHERE:
            del kwargs["device"]
            return function(*args, **kwargs).to(ELSEWHERE)
        if function is Tensor.new_tensor and isinstance(args[0], OnDevice):
            return args[0].numbers.new_tensor(*args[1:], **kwargs).to(ELSEWHERE)
        indexing = (Tensor.__getitem__, Tensor.__setitem__)
        if function in indexing and isinstance(args[0], OnDevice):
            args = (args[0], _listed(args[1]), *args[2:])
        return function(*args, **kwargs)


def _numbers(value: Any) -> Any:
    return value.numbers if isinstance(value, OnDevice) else value


def _on_device(value: Any) -> Any:
    return OnDevice(value) if isinstance(value, Tensor) else value


def _same(value: Any) -> Any:
    return value


def _listed(index: Any) -> Any:
    """An index with its lists as tensors of the device."""
    if isinstance(index, tuple):
        return tuple(_listed(part) for part in index)
    return torch.tensor(index).to(ELSEWHERE) if isinstance(index, list) else index


@contextmanager
def simulated_device() -> Iterator[torch.device]:
    """Inside the block, tensors may be made on and moved to the device."""
    with Creation(), Operations():
        yield ELSEWHERE
