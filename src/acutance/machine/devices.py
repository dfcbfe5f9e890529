"""Where to compute."""

import torch

from acutance.errors import InputError


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto` takes a CUDA GPU where there is one, else the CPU.

    Raises:
        InputError: there is no such device on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(
            f"There is no device {name!r} on this machine; "
            "use auto or cpu, or run `acutance doctor` to see why a GPU is not found."
        ) from error
    return device
