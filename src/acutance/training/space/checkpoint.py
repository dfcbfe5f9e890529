"""A training on disk, complete: killed at any moment, it goes on as if nothing had been."""

import json
import math
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import Tensor

from acutance.errors import InputError
from acutance.machine.files import write_file
from acutance.machine.plain_files import parse_json, read_tensors
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
        mapped, metadata = read_tensors(path)
        plain: dict[str, Any] = parse_json(metadata["state"])
        seconds = float(plain["seconds"])
        if not 0 <= seconds < math.inf or min(int(plain["step"]), int(plain["taken"])) < 0:
            raise ValueError("its times are none")
        # Each a copy: the file may be replaced by the next checkpoint.
        tensors = {name: tensor.clone() for name, tensor in mapped.items()}
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise InputError(
            f"{path} is missing or damaged, so the training cannot go on; start it anew in "
            "another folder."
        ) from error
    try:
        _check(tensors, trainer)
        trainer.restore(tensors, plain)
    except (RuntimeError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is the state of a training with other sizes or shapes than asked for; resume "
            "with the settings that it was started with."
        ) from error
    return seconds


def _check(tensors: dict[str, Tensor], trainer: SpaceTrainer) -> None:
    """See that every tensor has the shape of the one whose place it takes, and is finite.

    Raises:
        ValueError: one has not, or is not.
        KeyError: one is missing.
    """
    wanted = {name: tensor.shape for name, tensor in trainer.state()[0].items()}
    for number, optimizer in enumerate(trainer.optimizers):
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        for name in tensors:
            if name.startswith(f"optimizer{number}.") and not name.endswith(".step"):
                wanted[name] = parameters[int(name.split(".")[1])].shape
    for name, shape in wanted.items():
        if tensors[name].shape != shape or not tensors[name].isfinite().all():
            raise ValueError(f"{name} has another shape, or is not finite")
