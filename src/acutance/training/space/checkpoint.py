"""A training on disk, complete: killed at any moment, it goes on as if nothing had been."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from acutance.errors import InputError
from acutance.machine.files import write_file
from acutance.training.space.trainer import SpaceTrainer


def write_checkpoint(path: Path, trainer: SpaceTrainer, seconds: float) -> None:
    """Write the state of a training, atomically; it can't run code when opened.

    Args:
        path: the file, of the ending .safetensors.
        trainer: the training.
        seconds: time that it took so far.

    Raises:
        InputError: the file cannot be written.
    """
    tensors, plain = trainer.state()
    state = json.dumps({**plain, "seconds": seconds})
    on_cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_file(path, save(on_cpu, metadata={"state": state}))


def read_checkpoint(path: Path, trainer: SpaceTrainer) -> float:
    """Put a training into the state of a file; the seconds that it took until then.

    Raises:
        InputError: the file is missing, damaged, or that of a training with other sizes.
    """
    try:
        # On the CPU, where batches are drawn; the trainer moves what it computes with.
        with safe_open(path, "pt", device="cpu") as file:
            plain: dict[str, Any] = json.loads(file.metadata()["state"])
            # Each a copy: the file may be replaced by the next checkpoint.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is missing or damaged, so the training cannot go on; start it anew in "
            "another folder."
        ) from error
    try:
        trainer.restore(tensors, plain)
    except (RuntimeError, KeyError, ValueError) as error:
        raise InputError(
            f"{path} is the state of a training with other sizes or shapes than asked for; resume "
            "with the settings that it was started with."
        ) from error
    return float(plain["seconds"])
