"""Work that a GPU repeats by itself: CUDA graphs.

A step of training is some hundred small kernels. A GPU runs them faster than Python can launch
them, so their order is recorded once, and from then on given to the GPU as a whole.
"""

from collections.abc import Callable, Hashable
from typing import TypeAlias

import torch
from torch import Tensor

WARM_UP = 3
"""Calls that run as they are before one is recorded: libraries make what they need in the first."""

Tensors: TypeAlias = tuple[Tensor, ...]
"""What goes in, and what comes out."""

Key: TypeAlias = tuple[Hashable, tuple[torch.Size, ...]]
"""What is recorded: the way, and the shapes of the inputs."""


class Replay:
    """Calls work on tensors; a GPU records it and repeats it without Python.

    What is repeated is the work of one way and of inputs of the same shapes; another way, or other
    shapes, are recorded anew. The work must not wait for the GPU, must find everything but its
    inputs where it was before, and may change that in place. On a CPU it is simply called.

    Attributes:
        refused: why a GPU could not record the work, which is then called every time; else empty.

    Example:
        >>> total = torch.zeros(2)
        >>> replay = Replay(torch.device("cpu"))
        >>> for value in (1.0, 2.0):
        ...     found = replay(lambda x: (total.add_(x).clone(),), (torch.full((2,), value),))
        >>> found
        (tensor([3., 3.]),)
    """

    def __init__(self, device: torch.device) -> None:
        """Nothing is recorded yet.

        Args:
            device: where the tensors are.
        """
        self.refused = ""
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        self.forget()

    def forget(self) -> None:
        """Record anew: something that the work changes has been replaced."""
        self._key: Key | None = None
        self._seen = 0
        self._inputs: Tensors = ()
        self._outputs: Tensors = ()
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(
        self, work: Callable[..., Tensors], inputs: Tensors, way: Hashable = None
    ) -> Tensors:
        """What the work returns.

        Args:
            work: takes the inputs; of the same way, it always does the same.
            inputs: on the device.
            way: what else the work depends on.
        """
        if self._stream is None or self.refused:
            return work(*inputs)
        before = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(before)
        with torch.cuda.stream(self._stream):
            outputs = self._called_or_repeated(work, inputs, way)
        before.wait_stream(self._stream)
        return outputs

    def _called_or_repeated(
        self, work: Callable[..., Tensors], inputs: Tensors, way: Hashable
    ) -> Tensors:
        """The outputs, by calling the work at first and by repeating it later."""
        key = (way, tuple(tensor.shape for tensor in inputs))
        if key != self._key:
            self.forget()
            self._key = key
        self._seen += 1
        if self._seen <= WARM_UP:
            return work(*inputs)
        if self._graph is None:
            self._record(work, inputs)
        if self._graph is None:
            return work(*inputs)
        for kept, given in zip(self._inputs, inputs, strict=True):
            kept.copy_(given)
        self._graph.replay()
        return tuple(tensor.clone() for tensor in self._outputs)

    def _record(self, work: Callable[..., Tensors], inputs: Tensors) -> None:
        """Record the work on inputs of its own; nothing of it runs."""
        self._inputs = tuple(tensor.clone() for tensor in inputs)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
                self._outputs = work(*self._inputs)
        except RuntimeError as error:
            self.forget()
            self.refused = str(error)
            return
        self._graph = graph
