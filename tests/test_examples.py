"""The examples in docstrings, run as they stand: each shows what it says."""

import ast
import doctest
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import trimesh
from balls import SMOOTH, SMOOTHLY, ball_store
from sources import SOURCES, Function, module_of, name_of, text, tree

from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.train import train
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.part import part
from acutance.training.schedule import Budget
from acutance.training.space.presets import SpacePreset

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples() -> Iterator[tuple[Path, ast.Module | ast.ClassDef | Function, str]]:
    """Every docstring that holds examples, and whose it is; only these modules are imported."""
    for path in SOURCES:
        for node in ast.walk(tree(path)) if ">>>" in text(path) else ():
            if isinstance(node, ast.Module | ast.ClassDef | Function):
                docstring = ast.get_docstring(node)
                if docstring and ">>>" in docstring:
                    yield path, node, docstring


@pytest.fixture(scope="module")
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


@pytest.mark.parametrize(
    ("path", "node", "docstring"),
    [
        pytest.param(*example, id=f"{name_of(example[0])}::{getattr(example[1], 'name', 'file')}")
        for example in examples()
    ],
)
def test_an_example_gives_what_it_shows(path, node, docstring, example_folder, monkeypatch):
    monkeypatch.chdir(example_folder)
    names = dict(vars(import_module(module_of(path))))
    line = getattr(node, "lineno", 1)
    test = doctest.DocTestParser().get_doctest(
        docstring, names, getattr(node, "name", path.stem), str(path), line
    )
    report = list[str]()
    results = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append)
    assert results.failed == 0, "\n" + "".join(report)
