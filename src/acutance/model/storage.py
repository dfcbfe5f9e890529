"""A model on disk: a folder with `config.json` and `model.safetensors`."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from acutance.errors import InputError
from acutance.files import atomically_folder
from acutance.geometry.normalize import Box, Similarity
from acutance.model.configuration import from_plain, to_plain
from acutance.model.decoder import Decoder, DecoderConfig
from acutance.model.hash_grid import HashGrid

FORMAT = 1
"""Version of the folder's layout; raised when an older reader could not understand it."""

CONFIG, WEIGHTS = "config.json", "model.safetensors"


def write_model(folder: Path, decoder: Decoder, transform: Similarity, bounds: Box) -> None:
    """Write a decoder, its frame and its box; what was in the folder stays until all is written.

    Tables of a hash grid are stored as float16, which halves the file.

    Raises:
        InputError: the folder cannot be written.
    """
    config = {
        "format": FORMAT,
        "decoder": to_plain(decoder.config),
        "transform": to_plain(transform),
        "bounds": bounds,
    }
    with atomically_folder(folder) as temporary:
        (temporary / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        (temporary / WEIGHTS).write_bytes(save(_compact(decoder)))


def read_model(folder: Path) -> tuple[Decoder, Similarity, Box]:
    """The decoder, its frame and its box from a folder that `write_model` wrote.

    Raises:
        InputError: a file is missing, damaged, of another version, or does not fit the other.
    """
    config = _read_config(folder / CONFIG)
    try:
        decoder = Decoder(from_plain(DecoderConfig, config.get("decoder")))
        transform = from_plain(Similarity, config.get("transform"))
        bounds = _box(config.get("bounds"))
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
    return decoder, transform, bounds


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


def _box(corners: Any) -> Box:
    """Two corners of three numbers, the first one lower."""
    try:
        (x0, y0, z0), (x1, y1, z1) = corners
        lower, upper = (float(x0), float(y0), float(z0)), (float(x1), float(y1), float(z1))
    except (TypeError, ValueError) as error:
        raise InputError(f"Expected two corners under bounds, got {corners}.") from error
    if not all(a < b for a, b in zip(lower, upper, strict=True)):
        raise InputError(f"Expected a lower and an upper corner under bounds, got {corners}.")
    return lower, upper


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
