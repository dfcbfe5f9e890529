"""What one does with a model: open it, and ask it at points."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import torch

from acutance.errors import InputError
from acutance.machine.devices import choose_device
from acutance.machine.file_set import finish_set
from acutance.machine.files import atomically
from acutance.mesh.io.load import load_points
from acutance.mesh.mesh import PointCloud
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.storage import CONFIG

MODEL = "model"
"""Folder of the model in the folder of a fit."""


def open_model(path: Path, device: str = "auto") -> NeuralSDF:
    """The model in a folder, or in the folder `model` inside it.

    Raises:
        InputError: there is no model, or it is damaged.
    """
    if not path.is_dir():
        raise InputError(f"{path} is not a folder; give what `acutance fit` wrote.")
    with suppress(OSError):
        finish_set(path)
    folder = path if (path / CONFIG).exists() else path / MODEL
    return NeuralSDF.load(folder if folder.is_dir() else path, choose_device(device))


def corners_of(model: NeuralSDF) -> PointCloud:
    """Two corners of a box about a model's shape, in the input frame."""
    return PointCloud(model.transform.to_input(np.array(model.bounds)))


def evaluate_points(
    model: NeuralSDF, points_path: Path, output: Path, *, normals: bool = False
) -> Path:
    """Signed distances at the points of a file, written as NPZ.

    Args:
        model: the neural SDF.
        points_path: points in input coordinates; in another unit where the file and the model say
            which.
        output: NPZ file to write, with the arrays `points`, `sdf` and, on request, `normals`.
        normals: also write the unit normals.

    Raises:
        InputError: the points cannot be read, or the output cannot be written.
    """
    if output.suffix != ".npz":
        raise InputError(f"Distances are written as .npz, and {output} ends otherwise; rename it.")
    points = load_points(points_path, model.transform.unit)
    tensor = torch.from_numpy(points).to(model.device)
    arrays = {"points": points, "sdf": model.sdf(tensor).cpu().numpy()}
    if normals:
        arrays["normals"] = model.normal(tensor).cpu().numpy()
    with atomically(output) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
    return output
