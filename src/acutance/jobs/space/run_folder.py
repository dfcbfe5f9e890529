"""What the folder of a training holds, and what is read from there."""

import json
from pathlib import Path
from typing import Any

from acutance.errors import InputError
from acutance.machine.files import write_file
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
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{folder} holds no training; `acutance train` makes one.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read; restore the file or start anew.") from error
    if not isinstance(found, dict):
        raise InputError(f"{path} is damaged; restore the file or start anew.")
    return found


def read_curves(folder: Path) -> list[TrainingRecord]:
    """The course of a run; empty where nothing was written yet."""
    return [TrainingRecord(**line) for line in _lines(folder / CURVES)]


def read_quality(folder: Path) -> list[tuple[float, float]]:
    """Seconds and mean |f| at the surface, as training went on."""
    return [(float(line["seconds"]), float(line["error"])) for line in _lines(folder / QUALITY)]


def forget_after(folder: Path, step: int) -> None:
    """Drop what was noted after the step that a training goes on from."""
    for path in (folder / CURVES, folder / QUALITY):
        if path.exists():
            kept = [line for line in _lines(path) if line["step"] <= step]
            write_file(path, "".join(json.dumps(line) + "\n" for line in kept))


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a file of JSON lines; one that was cut off by an interruption is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.endswith("}")]
