"""Warp: how its arrays, trees and launches get their device.

Warp has a default device, on a machine with a GPU that GPU. Nothing here uses it: an array there,
read by a kernel on the CPU, ends the process. So all arrays, trees and launches of the package are
made by these functions, which ask for the device, and `launch` compares it with that of every
argument.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
import warp as wp
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from acutance.machine.cores import cores
from acutance.machine.warp_start import start

PARTS_A_CORE = 4
"""Parts of a launch for every core: some are done early, and leave their core to others."""

SMALLEST_PART = 1 << 12
"""Threads of a part at least, so that starting it costs little beside them."""

_loading = Lock()
_loaded = set[tuple[Any, str]]()


@cache
def warp_device(device: torch.device) -> Any:
    """Warp's device for one of PyTorch; a CUDA device has an index."""
    start()
    return wp.get_device(str(device))


def array(values: Shaped[np.ndarray, "..."], dtype: Any, *, device: torch.device) -> Any:
    """A Warp array with a copy of the values, ready for every stream."""
    return _ready(wp.array(values, dtype=dtype, device=warp_device(device)))


def structs(values: Sequence[Any], dtype: Any, *, device: torch.device) -> Any:
    """A Warp array of structs, ready for every stream."""
    return _ready(wp.array(values, dtype=dtype, device=warp_device(device)))


def _ready(made: Any) -> Any:
    """The array, when its values have arrived."""
    if made.device.is_cuda:
        wp.synchronize_device(device=made.device)
    return made


def empty(count: int, dtype: Any, *, device: torch.device) -> Any:
    """A Warp array to be filled."""
    return wp.empty(count, dtype=dtype, device=warp_device(device))


def zeros(count: int, dtype: Any, *, device: torch.device) -> Any:
    """A Warp array of zeros."""
    return wp.zeros(count, dtype=dtype, device=warp_device(device))


def of_tensor(tensor: Tensor, dtype: Any) -> Any:
    """A tensor as a Warp array on the same memory, hence on its device."""
    start()
    return wp.from_torch(tensor, dtype=dtype, requires_grad=False)


def ray_tree(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    *,
    device: torch.device,
) -> Any:
    """Triangles in a tree of boxes that kernels can send rays through, in float32."""
    return wp.Mesh(
        points=array(vertices.astype(np.float32), wp.vec3, device=device),
        indices=array(faces.astype(np.int32).ravel(), wp.int32, device=device),
    )


def torch_stream(device: torch.device) -> Any:
    """PyTorch's current stream, so that kernels and tensors keep their order; None on the CPU."""
    return _stream(torch.cuda.current_stream(device)) if device.type == "cuda" else None


@cache
def _stream(stream: torch.cuda.Stream) -> Any:
    start()
    return wp.stream_from_torch(stream)


def launch(
    kernel: Any, count: int, arguments: Sequence[Any], *, device: torch.device, stream: Any = None
) -> None:
    """Launch a kernel; on the CPU it runs on the calling thread, without holding the interpreter.

    Args:
        kernel: of Warp.
        count: its threads.
        arguments: all of them; a tree stands for its id.
        device: where all arrays are.
        stream: on a GPU, by default that of Warp.

    Raises:
        RuntimeError: an argument is on another device.
    """
    target = warp_device(device)
    for place, value in enumerate(arguments):
        if not _is_on(target, value):
            raise RuntimeError(
                f"{kernel.key} is launched on {target}, where its argument "
                f"{kernel.adj.args[place].label} is not: make all arrays of a launch on its device."
            )
    _compile_once(kernel.module, target)
    inputs = [value.id if isinstance(value, wp.Mesh) else value for value in arguments]
    wp.launch(kernel, count, inputs=inputs, device=target, stream=stream)


def _is_on(device: Any, value: Any) -> bool:
    """Whether an array or a tree, or all those of a struct, are on a device; numbers are on any."""
    if hasattr(value, "device"):
        return value.device is device
    struct = getattr(value, "_cls", None)
    return struct is None or all(_is_on(device, getattr(value, f)) for f in _arrays_of(struct))


@cache
def _arrays_of(struct: Any) -> tuple[str, ...]:
    """The fields of a struct that hold arrays; the others are numbers and vectors."""
    return tuple(name for name, field in struct.vars.items() if isinstance(field.type, wp.array))


def _compile_once(module: Any, device: Any) -> None:
    """Compile a module before its first launch: two threads must not do so at once."""
    if (module, device.alias) not in _loaded:
        with _loading:
            wp.load_module(module, device=device)
            _loaded.add((module, device.alias))


def launch_in_parts(
    kernel: Any, count: int, arguments: Sequence[Any], *, device: torch.device
) -> None:
    """Launch a kernel on all cores, or on a GPU.

    Args:
        kernel: of Warp. Its first argument is the index of its first thread, which is given here.
        count: threads, all parts together.
        arguments: the others.
        device: where all arrays are.
    """
    parts = min(PARTS_A_CORE * cores(), ceil(count / SMALLEST_PART)) if device.type == "cpu" else 1
    edges = [count * part // max(1, parts) for part in range(parts + 1)]

    def part(first: int, end: int) -> None:
        launch(kernel, end - first, [first, *arguments], device=device)

    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(part, edges[:-1], edges[1:]))


def compiling(module: str, *, device: torch.device) -> bool:
    """Whether the first use of a module's kernels on a device will compile them: for seconds."""
    target = warp_device(device)
    kernels = wp.get_module(module)
    threads = 1 if target.is_cpu else kernels.options["block_dim"]
    mark = kernels.get_module_hash(threads).hex()[:7]
    return not any(Path(wp.config.kernel_cache_dir).glob(f"*{mark}/*"))
