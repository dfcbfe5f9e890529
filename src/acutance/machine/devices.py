"""Where to compute."""

import re

import torch

from acutance.errors import InputError

CPU = torch.device("cpu")
"""Where everything is that is not told otherwise."""


def choose_device(name: str | torch.device) -> torch.device:
    """The device of that name, a CUDA device with its index.

    >>> choose_device("cpu")
    device(type='cpu')

    Args:
        name: `cpu`; `cuda:0`, `cuda:1`, ...; `cuda`, the current one of PyTorch; or `auto`, a CUDA
            device where there is one, else the CPU.

    Raises:
        InputError: there is no such device on this machine, or it cannot be used.
    """
    name = str(name)
    if name == "cpu":
        return CPU
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto" and not count:
        return CPU
    if name in ("auto", "cuda") and count:
        return _tried(name, count)
    if (match := re.fullmatch(r"cuda:(\d{1,3})", name)) and int(match[1]) < count:
        return _tried(name, count)
    raise InputError(
        f"There is no device {name!r} on this machine that Acutance can use; {_advice(count)}"
    )


def free_memory(device: torch.device) -> int:
    """Bytes that a GPU has free; 0 for other devices.

    >>> free_memory(CPU)
    0
    """
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0


def _tried(name: str, count: int) -> torch.device:
    """A CUDA device with its index, where a number can be stored on it."""
    try:
        index = name.partition(":")[2] or torch.cuda.current_device()
        device = torch.device("cuda", int(index))
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"The device {name!r} cannot be used ({reason}); {_advice(count)}"
        ) from error
    return device


def _advice(count: int) -> str:
    """What can be chosen, with so many CUDA devices."""
    if count:
        return f"choose auto, cpu, cuda, {', '.join(f'cuda:{index}' for index in range(count))}."
    return "choose auto or cpu (PyTorch finds no CUDA GPU: see `acutance doctor`)."
