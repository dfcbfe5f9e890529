"""A model on disk: a folder with `config.json` and `model.safetensors`."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from acutance.errors import InputError
from acutance.machine.files import atomically_folder
from acutance.machine.plain_files import read_json, read_tensors
from acutance.mesh.normalize import Bounds, Similarity, box_of
from acutance.model.bounded import as_large_as
from acutance.model.configuration import from_plain, to_plain
from acutance.model.grid.feature_table import FeatureTable
from acutance.model.network import Network, NetworkConfig

FORMAT = 1
"""Version of the folder's layout; raised when an older reader could not understand it."""

CONFIG, WEIGHTS = "config.json", "model.safetensors"


def write_model(folder: Path, decoder: Network, transform: Similarity, bounds: Bounds) -> None:
    """Write a network, its frame and its box; what was in the folder stays until all is written.

    Tables of features are stored as float16, which halves the file; so is what loses nothing by it.

    Raises:
        InputError: the folder cannot be written.
    """
    config = {
        "decoder": to_plain(decoder.config),
        "transform": to_plain(transform),
        "bounds": bounds,
    }
    write_parts(folder, config, _compact(decoder))


def read_model(folder: Path) -> tuple[Network, Similarity, Bounds]:
    """The network, its frame and its box from a folder that `write_model` wrote.

    Raises:
        InputError: a file is missing, damaged, of another version, or does not fit the other.
    """
    config, weights = read_parts(folder)
    if "space" in config:
        raise InputError(
            f"{folder} is a space of shapes; `acutance reconstruct` makes one of them, and keeps "
            "it as a model with --model."
        )
    try:
        network: NetworkConfig = from_plain(NetworkConfig, config.get("decoder"))
        transform = from_plain(Similarity, config.get("transform"))
        bounds = box_of(config.get("bounds"))
        with as_large_as(weights):  # which take the place of those that are drawn here
            decoder = network.build(torch.Generator())
    except (ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        raise InputError(unusable(folder, error)) from error
    load_weights(decoder, weights, folder)
    return decoder, transform, bounds


def is_space(folder: Path) -> bool:
    """Whether a folder holds the model of a space of shapes."""
    return (folder / CONFIG).exists() and "space" in _read_config(folder / CONFIG)


def write_parts(folder: Path, config: dict[str, Any], weights: dict[str, Tensor]) -> None:
    """Write a configuration and tensors into a folder, atomically.

    Raises:
        InputError: the folder cannot be written.
    """
    with atomically_folder(folder) as temporary:
        text = json.dumps({"format": FORMAT, **config}, indent=2) + "\n"
        (temporary / CONFIG).write_text(text, encoding="utf-8")
        (temporary / WEIGHTS).write_bytes(save(weights))


def read_parts(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The configuration and the tensors, as float32, that `write_parts` wrote.

    Raises:
        InputError: a file is missing, damaged or of another version.
    """
    config = _read_config(folder / CONFIG)
    try:
        tensors, _ = read_tensors(folder / WEIGHTS)
        # Not mapped: the file may be replaced while they are used.
        weights = {name: _numbers(tensor) for name, tensor in tensors.items()}
    except (OSError, ValueError) as error:
        raise InputError(_unfit(folder)) from error
    if unknown := [name for name, tensor in weights.items() if not tensor.isfinite().all()]:
        raise InputError(
            f"{folder / WEIGHTS} holds numbers that are not finite ({unknown[0][:80]}); make the "
            "model again."
        )
    return config, weights


def _numbers(tensor: Tensor) -> Tensor:
    """A copy of a tensor as float32.

    Raises:
        ValueError: it holds anything but numbers.
    """
    if tensor.is_complex() or tensor.is_quantized:
        raise ValueError("no tensor of real numbers")
    return tensor.to(torch.float32, copy=True)


def load_weights(module: nn.Module, weights: dict[str, Tensor], folder: Path) -> None:
    """Put tensors that were read from a folder into a module.

    Raises:
        InputError: they are those of another module.
    """
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise InputError(_unfit(folder)) from error


def unusable(folder: Path, error: Exception) -> str:
    """What to tell the user of a configuration that cannot be used."""
    reason = str(error).rstrip(".")
    return f"{folder / CONFIG} cannot be used: {reason}; restore the file or make the model again."


def _unfit(folder: Path) -> str:
    return (
        f"{folder / WEIGHTS} is missing, damaged, or of another model than {CONFIG} says; "
        "make the model again or restore the file."
    )


def _read_config(path: Path) -> dict[str, Any]:
    """The configuration file as a dictionary of a known format."""
    try:
        config = read_json(path)
    except FileNotFoundError as error:
        raise InputError(
            f"{path.parent} is not a model: it has no {path.name}. "
            "Give the folder that `acutance fit` or `acutance train` wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON; restore the file.") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        found = config.get("format") if isinstance(config, dict) else None
        raise InputError(
            f"{path} has format {found}, and this version of Acutance reads format {FORMAT}; "
            "use the version that wrote it."
        )
    return config


def round_as_stored(decoder: Network) -> None:
    """Round a network, in place, to the numbers that `write_model` keeps of it.

    What is meshed and measured afterwards is what will be read again, to the bit.
    """
    state = decoder.state_dict()
    with torch.no_grad():
        for name in _tables(decoder):
            state[name].copy_(state[name].to(torch.float16))


def _tables(decoder: Network) -> set[str]:
    """Names of the tables of features in a network's state."""
    return {
        f"{name}.table"
        for name, module in decoder.named_modules()
        if isinstance(module, FeatureTable)
    }


def _compact(decoder: Network) -> dict[str, Tensor]:
    """The state on the CPU; as float16 the tables, and all else that loses nothing by it."""
    tables = _tables(decoder)
    return {
        name: _stored(tensor.detach().cpu().contiguous(), table=name in tables)
        for name, tensor in decoder.state_dict().items()
    }


def _stored(tensor: Tensor, *, table: bool) -> Tensor:
    half = tensor.to(torch.float16)
    return half if table or torch.equal(half.to(tensor.dtype), tensor) else tensor
