"""A model on disk: a folder with `config.json` and `model.safetensors`."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from acutance.errors import InputError
from acutance.files import atomically_folder
from acutance.geometry.normalize import Similarity
from acutance.model.configuration import from_plain, to_plain
from acutance.model.decoder import Decoder, DecoderConfig
from acutance.model.hash_grid import HashGrid

FORMAT = 1
"""Version of the folder's layout; raised when an older reader could not understand it."""

CONFIG, WEIGHTS = "config.json", "model.safetensors"


def write_model(folder: Path, decoder: Decoder, transform: Similarity) -> None:
    """Write a decoder and its frame; what was in the folder stays until all is written.

    Tables of a hash grid are stored as float16, which halves the file.

    Raises:
        InputError: the folder cannot be written.
    """
    config = {
        "format": FORMAT,
        "decoder": to_plain(decoder.config),
        "transform": to_plain(transform),
    }
    with atomically_folder(folder) as temporary:
        (temporary / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        save_file(_compact(decoder), temporary / WEIGHTS)


def read_model(folder: Path) -> tuple[Decoder, Similarity]:
    """The decoder and its frame from a folder that `write_model` wrote.

    Raises:
        InputError: a file is missing, damaged, of another version, or does not fit the other.
    """
    config = _read_config(folder / CONFIG)
    try:
        decoder = Decoder(from_plain(DecoderConfig, config.get("decoder")))
        transform = from_plain(Similarity, config.get("transform"))
    except InputError as error:
        raise InputError(f"{folder / CONFIG} is damaged: {error}") from error
    try:
        weights = {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()}
        decoder.load_state_dict(weights)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise InputError(
            f"{folder / WEIGHTS} is missing, damaged, or of another model than {CONFIG} says; "
            "fit the shape again or restore the file."
        ) from error
    return decoder, transform


def _read_config(path: Path) -> dict[str, Any]:
    """The configuration file as a dictionary of a known format."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{path.parent} is not a model: it has no {path.name}. "
            "Give the folder that `acutance fit` wrote as model/."
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


def _compact(decoder: Decoder) -> dict[str, Tensor]:
    """The state on the CPU, hash tables as float16."""
    tables = {
        f"{name}.table" for name, module in decoder.named_modules() if isinstance(module, HashGrid)
    }
    return {
        name: tensor.detach()
        .cpu()
        .to(torch.float16 if name in tables else tensor.dtype)
        .contiguous()
        for name, tensor in decoder.state_dict().items()
    }
