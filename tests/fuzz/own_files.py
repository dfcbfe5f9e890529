"""Damaged files of Acutance's own kinds: each is read, or refused in one sentence."""

from pathlib import Path

import numpy as np
import torch
from balls import SMOOTH, SMOOTHLY, ball_store, trainer_of
from mutations import (
    mutate_bytes,
    mutate_json,
    mutate_json_lines,
    mutate_numbers,
    mutate_tensors,
)
from target import Target

from acutance.contouring.contour import Contouring
from acutance.data.batches import Batches
from acutance.data.datasets.listing import shapes_in_list
from acutance.data.datasets.source import SampleSource
from acutance.data.datasets.splits import split_by_files
from acutance.data.store import SampleStore
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluation.results import SplitResults, read_results
from acutance.jobs.space.open import write_known_shapes
from acutance.jobs.space.resume import other_samples, started_with
from acutance.jobs.space.run_folder import read_curves, read_quality, read_settings
from acutance.jobs.space.train import train
from acutance.metrics.scores import ShapeScore, summary
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import TrainingRecord
from acutance.report.page import Report, to_html
from acutance.report.pictures import Picture
from acutance.training.schedule import Budget
from acutance.training.space.checkpoint import read_checkpoint
from acutance.training.space.presets import SpacePreset

COARSE = Contouring(resolution=8)


def make_own(folder: Path) -> None:
    """A store, a run, a model, samples and lists, all small and whole."""
    store = ball_store(folder / "store", [0.3, 0.4, 0.5], surface=50)
    preset = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY)
    config = TrainConfig(preset=preset, budget=Budget(steps=30), pictures=1, gallery=False)
    result = train(store, folder / "run", config)
    result.space.shape("ball/r30").save(folder / "model")
    score = ShapeScore(key="ball/r30", metrics=None, problem="no surface")
    SplitResults(
        split="train",
        model="a",
        whole=True,
        protocol="all",
        rows=[score.to_row()],
        table=summary([score], "Known shapes"),
        pictures=[Picture(caption="best", png=b"PNG")],
    ).write(folder / "run")
    rows = np.random.default_rng(0).random((50, 4))
    np.savez(folder / "samples.npz", pos=rows, neg=-rows)
    (folder / "list.csv").write_text("path,category,name,split\nsamples.npz,a,b,test\n")
    (folder / "train.json").write_text('{"ShapeNetV2": {"ball": ["r30", "r40"]}}')


def _read_model(folder: Path) -> None:
    model = NeuralSDF.load(folder / "model")
    model.sdf(torch.zeros(5, 3))
    model.extract(COARSE)


def _read_space(folder: Path) -> None:
    space = ShapeSpace.load(folder / "run" / "model")
    write_known_shapes(space, folder / "shapes", COARSE, "ply")


def _read_store(folder: Path) -> None:
    store = SampleStore.open(folder / "store")
    batches = Batches(store, [*store.records])
    batches.take(2, 10)
    store.check()


def _read_run(folder: Path) -> None:
    settings, store = read_settings(folder / "run"), SampleStore.open(folder / "store")
    other_samples(settings, store)
    started_with(folder / "run").chosen(3)
    read_quality(folder / "run")
    assert all(isinstance(record, TrainingRecord) for record in read_curves(folder / "run"))


def _read_results(folder: Path) -> None:
    found = read_results(folder / "run", "train")
    if found is not None:
        facts = {"known shapes": found.protocol, "rows": len(found.rows)}
        report = Report(title="", tables=[found.table], pictures=found.pictures, facts=facts)
        to_html(report).encode()


def _read_checkpoint(folder: Path) -> None:
    trainer = trainer_of(SampleStore.open(folder / "store"), SMOOTH, SMOOTHLY)
    read_checkpoint(folder / "run" / "checkpoint.safetensors", trainer)
    with torch.no_grad():
        trainer.batches.take(2, 10)


def _read_samples(folder: Path) -> None:
    SampleSource(category="a", name="b", path=folder / "samples.npz").load()


def _read_list(folder: Path) -> None:
    shapes_in_list(folder / "list.csv")


def _read_split(folder: Path) -> None:
    sources = [SampleSource(category="ball", name=n, path=folder) for n in ("r30", "r40")]
    split_by_files(sources, [folder / "train.json"], folder)


PLAIN, LINES = (mutate_json, mutate_json, mutate_bytes), (mutate_json_lines, mutate_bytes)
TENSORS = (mutate_tensors, mutate_tensors, mutate_bytes, mutate_numbers)

OWN = (
    Target("own", "model/config.json", PLAIN, _read_model),
    Target("own", "model/model.safetensors", TENSORS, _read_model),
    Target("own", "run/model/config.json", PLAIN, _read_space),
    Target("own", "run/model/model.safetensors", TENSORS, _read_space),
    Target("own", "store/store.json", PLAIN, _read_store),
    Target("own", "store/index.jsonl", LINES, _read_store),
    Target("own", "store/shapes/ball/r30.safetensors", TENSORS, _read_store),
    Target("own", "run/run.json", PLAIN, _read_run),
    Target("own", "run/curves.jsonl", LINES, _read_run),
    Target("own", "run/quality.jsonl", LINES, _read_run),
    Target("own", "run/evaluation/train.json", PLAIN, _read_results),
    Target("own", "run/checkpoint.safetensors", TENSORS, _read_checkpoint),
    Target("own", "samples.npz", (mutate_bytes, mutate_numbers), _read_samples),
    Target("own", "list.csv", (mutate_bytes,), _read_list),
    Target("own", "train.json", PLAIN, _read_split),
)
