"""Damaged files of Acutance's own kinds: each is read, or refused in one sentence."""

import signal
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree

import numpy as np
import torch
from balls import SMOOTH, SMOOTHLY, ball_store, trainer_of
from mutations import (
    choice,
    mutate_bytes,
    mutate_json,
    mutate_json_lines,
    mutate_numbers,
    mutate_tensors,
)

from acutance.contouring.contour import Contouring
from acutance.data.batches import Batches
from acutance.data.datasets.listing import shapes_in_list
from acutance.data.datasets.source import SampleSource
from acutance.data.datasets.splits import split_by_files
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.open import write_known_shapes
from acutance.jobs.space.resume import other_samples, started_with
from acutance.jobs.space.run_folder import read_curves, read_quality, read_settings
from acutance.jobs.space.train import train
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import TrainingRecord
from acutance.training.schedule import Budget
from acutance.training.space.checkpoint import read_checkpoint
from acutance.training.space.presets import SpacePreset

SECONDS, MEGABYTES = 10, 1024
"""What reading one damaged file may take."""

COARSE = Contouring(resolution=8)


@dataclass(frozen=True)
class Target:
    """A file to damage.

    Attributes:
        path: within the folder of `make_whole`.
        mutations: ways to damage it.
        read: reads the folder that it lies in.
    """

    path: str
    mutations: tuple[Callable[[bytes, np.random.Generator], bytes], ...]
    read: Callable[[Path], object]


def make_whole(folder: Path) -> None:
    """A store, a run, a model, samples and lists, all small and whole."""
    store = ball_store(folder / "store", [0.3, 0.4, 0.5], surface=50)
    preset = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY)
    config = TrainConfig(preset=preset, budget=Budget(steps=30), pictures=1, gallery=False)
    result = train(store, folder / "run", config)
    result.space.shape("ball/r30").save(folder / "model")
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

TARGETS = (
    Target("model/config.json", PLAIN, _read_model),
    Target("model/model.safetensors", TENSORS, _read_model),
    Target("run/model/config.json", PLAIN, _read_space),
    Target("run/model/model.safetensors", TENSORS, _read_space),
    Target("store/store.json", PLAIN, _read_store),
    Target("store/index.jsonl", LINES, _read_store),
    Target("store/shapes/ball/r30.safetensors", TENSORS, _read_store),
    Target("run/run.json", PLAIN, _read_run),
    Target("run/curves.jsonl", LINES, _read_run),
    Target("run/quality.jsonl", LINES, _read_run),
    Target("run/checkpoint.safetensors", TENSORS, _read_checkpoint),
    Target("samples.npz", (mutate_bytes, mutate_numbers), _read_samples),
    Target("list.csv", (mutate_bytes,), _read_list),
    Target("train.json", PLAIN, _read_split),
)


def run(seed: int, cases: int) -> list[str]:
    """Damage so many files, one at a time, and read each.

    Returns:
        what went wrong: an error that is no `InputError`, a hang, too much memory, or a file that
        was written outside of the folder. Each with the seed and number that make it again.
    """
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make_whole(Path(name, "whole"))
        numbered = (case_of(Path(name), seed, number) for number in range(cases))
        return [failure for failure in numbered if failure]


def case_of(home: Path, seed: int, number: int) -> str:
    """One case; what went wrong, or nothing."""
    rng = np.random.default_rng([seed, number])
    target = TARGETS[number % len(TARGETS)]
    whole, place = home / "whole", home / "cases" / "inner" / "case"
    copytree(whole, place)
    path = place / target.path
    mutation = choice(target.mutations, rng)
    path.write_bytes(mutation(path.read_bytes(), rng))
    said = f"seed {seed}, case {number}, {mutation.__name__} of {target.path}: "
    before = _megabytes()
    try:
        with _at_most(SECONDS):
            target.read(place)
    except InputError:
        said = ""
    except BaseException as error:
        said += "".join(traceback.format_exception(error)[-3:])
        if isinstance(error, KeyboardInterrupt):
            raise
    else:
        said = ""
    if _megabytes() - before > MEGABYTES:
        said += "too much memory"
    inside = {place, place.parent}
    outside = [
        p for p in (home / "cases").rglob("*") if not inside & {p} and place not in p.parents
    ]
    rmtree(home / "cases", ignore_errors=True)
    return said + (f"wrote {outside[0]}" if outside else "")


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """An error where the block takes longer; on systems without such alarms it may."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def late(number, frame):
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _megabytes() -> float:
    """The most memory that this process has had, where that can be asked."""
    with suppress(ImportError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return 0.0
