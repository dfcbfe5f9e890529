"""A network is built no larger than the file with its weights says that it is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from acutance.errors import InputError

SPARE = 4
"""A network may make so many times the tensors and numbers of its file while it is built: what is
drawn and scaled exists twice for a moment."""

SPARE_TENSORS, SPARE_NUMBERS = 256, 1 << 20
"""And so many more, for what its parts compute on the way and keep in no file."""

_MAKERS = {
    torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.randint,
    torch.arange, torch.linspace, torch.eye, torch.empty_like, torch.zeros_like, torch.ones_like,
    torch.full_like, torch.rand_like, torch.randn_like,
}  # fmt: skip
"""The functions that make tensors."""


class _Metered(TorchFunctionMode):
    """Refuses to make more tensors and numbers than are allowed."""

    def __init__(self, tensors: int, numbers: int) -> None:
        super().__init__()
        self._tensors, self._numbers = tensors, numbers

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Meter what makes tensors: first on a device where they take no memory."""
        kwargs = dict(kwargs or {})
        if func in _MAKERS:
            without = {n: v for n, v in kwargs.items() if n not in ("generator", "pin_memory")}
            self._tensors -= 1
            self._numbers -= func(*args, **{**without, "device": "meta"}).numel()
            if min(self._tensors, self._numbers) < 0:
                raise InputError("it asks for a larger network than the file of weights holds")
        return func(*args, **kwargs)


@contextmanager
def as_large_as(weights: Mapping[str, Tensor]) -> Iterator[None]:
    """A network that is built inside the block may be about as large as these weights.

    Raises:
        InputError: it would be far larger.

    >>> layer = torch.nn.Linear(3, 5)
    >>> with as_large_as(layer.state_dict()):
    ...     torch.nn.Linear(30_000, 50_000)
    Traceback (most recent call last):
    acutance.errors.InputError: it asks for a larger network than the file of weights holds
    """
    numbers = sum(tensor.numel() for tensor in weights.values())
    with _Metered(SPARE * len(weights) + SPARE_TENSORS, SPARE * numbers + SPARE_NUMBERS):
        yield
