"""Parts, losses, presets and data sets of one's own: trained, saved, resumed and loaded."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from balls import SMOOTH, SMOOTHLY, in_this_process

from acutance.contouring.contour import Contouring
from acutance.data.datasets.source import ShapeSource
from acutance.data.pool import Sampling
from acutance.data.preparation import Preparation
from acutance.errors import InputError
from acutance.jobs import workers
from acutance.jobs.prepare import prepare
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluate import EvaluateConfig
from acutance.jobs.space.evaluation.run import evaluate_run
from acutance.jobs.space.resume import started_with
from acutance.jobs.space.run_folder import CHECKPOINT
from acutance.jobs.space.train import train
from acutance.machine.plain_files import read_tensors
from acutance.mesh.io.save import save_mesh
from acutance.metrics.measure import SampleCounts
from acutance.model import configuration
from acutance.model.configuration import part_of
from acutance.shapes.analytic import Box
from acutance.shapes.part import part
from acutance.training.losses import DistanceLoss
from acutance.training.objective import Objective
from acutance.training.schedule import Budget, Decay
from acutance.training.space.presets import SpacePreset

PAGE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
FEW = Preparation(sampling=Sampling(count=2000, surface=200))

SMALLER = {
    "acutance.FitConfig(": "acutance.FitConfig(budget=acutance.Budget(steps=60), "
    "contouring=acutance.Contouring(resolution=16), ",
    "acutance.Preparation()": "acutance.Preparation(sampling=acutance.Sampling(count=4000))",
    "acutance.Budget(seconds=60)": "acutance.Budget(steps=20)",
    "preset=preset, ": "preset=preset, pictures=0, ",
    "range(1, 9)": "range(3, 5)",
    "mesh(resolution=128)": "sdf(torch.zeros(5, 3))",
    "import mine\n": "import mine\nimport torch\n",
}
"""What stands in the page, and what runs instead."""


@dataclass(frozen=True, kw_only=True)
class Cubic:
    """A user's own loss."""

    scale: float = 0.1

    def __call__(self, predicted, target):
        return ((predicted - target).abs() / self.scale) ** 1.5


@dataclass(frozen=True, kw_only=True)
class Falling:
    """A user's own course of the learning rate."""

    def __call__(self, used):
        return 1.0 - 0.9 * used


@dataclass(frozen=True, kw_only=True)
class Plate(ShapeSource):
    """A user's own data set: a shape that is in no file."""

    height: float

    def load(self):
        return Box(half=(0.5, 0.4, self.height / 2)).mesh()


@pytest.fixture
def known(monkeypatch):
    """What is known as a part, restored afterwards."""
    parts = {kind: dict(named) for kind, named in configuration._PARTS.items()}
    monkeypatch.setattr(configuration, "_PARTS", parts)
    return parts


def plates(height=0.2):
    """Three plates, the first of which can be of another height."""
    heights = {"a": height, "b": 0.3, "c": 0.4}
    return [Plate(category="plate", name=name, height=height) for name, height in heights.items()]


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store of the plates."""
    monkeypatch.setattr(workers, "in_processes", in_this_process)
    return prepare(plates(), tmp_path / "store", FEW).store


def test_a_shape_in_memory_is_kept_while_it_is_the_same(store, tmp_path):
    again = prepare(plates(), store.folder, FEW)
    assert [record.key for record in again.kept] == ["plate/a", "plate/b", "plate/c"]
    other = prepare(plates(height=0.25), store.folder, FEW)
    assert [record.key for record in other.made] == ["plate/a"]
    named = [replace(source, path=Path("nowhere")) for source in plates(height=0.25)]
    assert len(prepare(named, store.folder, FEW).kept) == 3


def test_shapes_of_a_class_that_no_other_process_finds_are_sampled_in_this_one(tmp_path):
    @dataclass(frozen=True, kw_only=True)
    class Local(Plate):
        pass

    local = Local(category="plate", name="local", height=0.5)
    (made,) = prepare([local], tmp_path / "store", FEW).made
    assert made.key == "plate/local"


def test_an_own_loss_decay_and_preset_are_trained_resumed_and_evaluated(known, store, tmp_path):
    part_of(DistanceLoss)(Cubic)
    part_of(Decay)(Falling)
    fitting = replace(SMOOTHLY, objective=Objective(distance=Cubic(scale=0.2)), decay=Falling())
    preset = SpacePreset(decoder=SMOOTH, fitting=fitting)
    config = TrainConfig(preset=preset, budget=Budget(steps=40), pictures=0)
    train(store, tmp_path / "run", replace(config, budget=Budget(steps=20)))
    kept = started_with(tmp_path / "run")
    assert kept.preset.fitting.objective.distance == Cubic(scale=0.2)
    train(store, tmp_path / "run", kept.changed(steps=40), resume=True)
    _, metadata = read_tensors(tmp_path / "run" / CHECKPOINT)
    assert json.loads(metadata["state"])["step"] == 40
    evaluation, _ = evaluate_run(tmp_path / "run", ("train",), quick(), device="cpu")
    assert len(evaluation.scores["train"]) == 3
    assert "which were in memory, are none" in evaluation.messages[0]
    del known[DistanceLoss]["Cubic"]
    with pytest.raises(InputError, match=r"got Cubic .a part of your own: import its module"):
        started_with(tmp_path / "run")


def quick():
    """An evaluation in a second."""
    counts = SampleCounts(surface=500, chamfer=500, volume=500)
    return EvaluateConfig(contouring=Contouring(resolution=16), counts=counts)


def test_a_loss_that_could_not_be_loaded_is_refused_before_it_is_trained():
    with pytest.raises(TypeError, match=r"decorate the class with @part_of\(DistanceLoss\)"):
        Objective(distance=Cubic())
    with pytest.raises(TypeError, match=r"decorate the class with @part_of\(Decay\)"):
        replace(SMOOTHLY, decay=Falling())


def test_a_setting_that_could_not_be_saved_is_named(known):
    @part_of(DistanceLoss)
    @dataclass(frozen=True, kw_only=True)
    class Tabled:
        table: object

    with pytest.raises(TypeError, match=r"Tabled\.table is Tensor, which cannot be saved"):
        configuration.to_plain(Tabled(table=torch.zeros(3)))


def test_the_examples_of_the_page_train(tmp_path):
    save_mesh(part(), tmp_path / "mesh.ply")
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for block in blocks:
        name = block.splitlines()[0].removeprefix("# ")
        for large, small in SMALLER.items():
            block = block.replace(large, small)
        (tmp_path / name).write_text(block)
        done = subprocess.run(
            [sys.executable, name], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        if name == "mine.py":
            first, last = re.findall(r"[\d.]+e?-?\d*", done.stdout)
            assert float(last) < 0.5 * float(first)
    assert (tmp_path / "model" / "config.json").exists()
    assert (tmp_path / "run" / "model" / "config.json").exists()
    load = "import acutance; acutance.NeuralSDF.load('model')"
    bare, imported = (
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        for code in (load, f"import mine; {load}")
    )
    assert "a part of your own: import its module first" in bare.stderr
    assert imported.returncode == 0, imported.stderr


def test_every_smaller_setting_of_the_examples_replaces_something():
    page = PAGE.read_text()
    assert [large for large in SMALLER if large not in page] == []
