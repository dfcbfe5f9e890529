"""Files of plain values (JSON, lines of JSON) and of tensors, read without trust."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor


def parse_json(text: str) -> Any:
    """Plain values from JSON.

    Raises:
        ValueError: it is none, or nested too deeply.

    >>> parse_json('{"a": [1, 2]}')
    {'a': [1, 2]}
    >>> parse_json("[" * 100_000)
    Traceback (most recent call last):
    ValueError: nested too deeply
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_json(path: Path) -> Any:
    """The plain values in a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no JSON in UTF-8.
    """
    return parse_json(_plain_file(path).read_text(encoding="utf-8"))


def read_json_lines(path: Path) -> list[Any]:
    """The values of every line that holds JSON; damaged lines are left out, as is a missing file.

    Raises:
        OSError: it cannot be read.
    """
    if not path.exists():
        return []
    text = _plain_file(path).read_text(encoding="utf-8", errors="replace")
    return [value for line in text.split("\n") for value in _values_of(line)]


def _values_of(line: str) -> list[Any]:
    """The value that a line holds, or nothing."""
    try:
        return [parse_json(line)]
    except ValueError:
        return []


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a safetensors file, mapped and not copied, and its metadata.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    try:
        with safe_open(_plain_file(path), "pt", device="cpu") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except OSError:
        raise
    # The library checks sizes and offsets. What it does not know of (a type of numbers that this
    # PyTorch lacks, say) it tells by errors of many kinds.
    except (SafetensorError, Exception) as error:
        raise ValueError(f"no whole file of tensors ({error})") from error


def _plain_file(path: Path) -> Path:
    """The path, unless reading it could wait for ever, as for a named pipe."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no file")
    return path
