"""What the folder of a training holds, and what is read from there."""

import json
import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from acutance.errors import InputError
from acutance.machine.files import write_file
from acutance.machine.plain_files import read_json, read_json_lines
from acutance.progress import TrainingRecord

RUN_SETTINGS = "run.json"
"""What the training was started with."""

MODEL = "model"
"""Folder of the trained space."""

CHECKPOINT = "checkpoint.safetensors"
"""The state of the training."""

CURVES, QUALITY, PICTURES = "curves.jsonl", "quality.jsonl", "pictures"
"""What is noted as the training goes on."""


def read_settings(folder: Path) -> dict[str, Any]:
    """What a run was started with.

    Raises:
        InputError: the folder holds no run, or its settings are damaged.
    """
    path = folder / RUN_SETTINGS
    try:
        found = read_json(path)
    except FileNotFoundError as error:
        raise InputError(f"{folder} holds no training; `acutance train` makes one.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read; restore the file or start anew.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} is damaged; restore the file or start anew.")
    return found


def read_curves(folder: Path) -> list[TrainingRecord]:
    """The course of a run; empty where nothing was written yet."""
    names = tuple(field.name for field in fields(TrainingRecord))
    lines = _lines(folder / CURVES, *names)
    return [TrainingRecord(**{name: line[name] for name in names}) for line in lines]


def read_quality(folder: Path) -> list[tuple[float, float]]:
    """Seconds and mean |f| at the surface, as training went on."""
    lines = _lines(folder / QUALITY, "seconds", "error")
    return [(float(line["seconds"]), float(line["error"])) for line in lines]


def last_step(folder: Path) -> int:
    """The step at which the quality was noted last: of a finished run its last one; 0 for none."""
    return max((int(line["step"]) for line in _lines(folder / QUALITY, "step")), default=0)


def forget_after(folder: Path, step: int) -> None:
    """Drop what was noted after the step that a training goes on from."""
    for path in (folder / CURVES, folder / QUALITY):
        if path.exists():
            kept = [line for line in _lines(path, "step") if line["step"] <= step]
            write_file(path, "".join(json.dumps(line) + "\n" for line in kept))


def _lines(path: Path, *names: str) -> list[dict[str, Any]]:
    """The lines of a file of JSON lines that hold finite numbers under these names.

    Others were cut off by an interruption, or damaged: they are only a moment of the course.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        lines = read_json_lines(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read; check its permissions.") from error
    return [line for line in lines if isinstance(line, dict) and _holds(line, names)]


def _holds(line: dict[str, Any], names: Sequence[str]) -> bool:
    """Whether a line has finite numbers under these names."""
    values = [line.get(name) for name in names]
    return all(isinstance(value, int | float) and abs(value) < math.inf for value in values)
