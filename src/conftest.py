"""The folder in which the examples of the docstrings run, with the files that they name."""

from pathlib import Path

import numpy as np
import pytest
import trimesh
from _pytest.doctest import DoctestItem
from balls import SMOOTH, SMOOTHLY, ball_store

from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.train import train
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.part import part
from acutance.training.schedule import Budget
from acutance.training.space.presets import SpacePreset


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory) -> Path:
    """A part, a ball, a store of other balls, and a space that was trained on it."""
    folder = tmp_path_factory.mktemp("examples")
    save_mesh(part(), folder / "part.obj")
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.45)
    save_mesh(
        TriangleMesh(np.array(ball.vertices), ball.faces.astype(np.int32)), folder / "ball.ply"
    )
    store = ball_store(folder / "store", [0.3, 0.4, 0.5])
    preset = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY, about="balls")
    train(store, folder / "run", TrainConfig(preset=preset, budget=Budget(steps=150), pictures=0))
    return folder


@pytest.fixture(autouse=True)
def run_in_example_folder(request, monkeypatch):
    """Examples name files of the current folder, as a user would."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(request.getfixturevalue("example_folder"))
