"""Stores that change, full disks and interrupts: nothing is wrong in silence, nothing is lost."""

import errno
import json
import os
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from balls import SMOOTH, SMOOTHLY, ball_pool, ball_store, name_of
from safetensors.torch import save_file

from acutance.cli import entry
from acutance.contouring.contour import Contouring
from acutance.data.batches import Batches
from acutance.data.shape_file import ARRAYS, write_shape
from acutance.data.store import SampleStore
from acutance.errors import DiskFullError, InputError
from acutance.jobs.shape import report as report_job
from acutance.jobs.shape import rescue as rescue_job
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.jobs.shape.report import write_fit
from acutance.jobs.space import evaluate as evaluation_job
from acutance.jobs.space import recorder
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluate import EvaluateConfig, evaluate
from acutance.jobs.space.evaluation import exemplars
from acutance.jobs.space.evaluation import run as evaluation_run
from acutance.jobs.space.evaluation.exemplars import Exemplars
from acutance.jobs.space.evaluation.run import evaluate_run
from acutance.jobs.space.reconstruct import ReconstructConfig
from acutance.jobs.space.run_folder import read_curves
from acutance.jobs.space.train import train
from acutance.machine.files import check_folder
from acutance.machine.locks import locked
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.measure import SampleCounts
from acutance.metrics.scores import ShapeScore
from acutance.model.neural_sdf import NeuralSDF
from acutance.shapes.analytic import Box
from acutance.training.schedule import Budget, Clock
from acutance.training.space import loop
from acutance.training.space.infer import Inference
from acutance.training.space.presets import SPACE_PRESETS, SpacePreset

TINY = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY, about="for tests")
CONFIG = TrainConfig(preset=TINY, budget=Budget(steps=200), pictures=0)
SHORT = replace(CONFIG, budget=Budget(steps=20))
FEW = SampleCounts(surface=500, chamfer=500, volume=500)
QUICK = EvaluateConfig(
    contouring=Contouring(resolution=24),
    counts=FEW,
    reconstruction=ReconstructConfig(inference=Inference(points=500)),
)
NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def store(tmp_path):
    return ball_store(tmp_path / "store", [0.3, 0.4, 0.5], test=(0.45,))


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A run that learned three balls, beside its store."""
    folder = tmp_path_factory.mktemp("trouble")
    train(ball_store(folder / "store", [0.3, 0.4, 0.5], test=(0.45,)), folder / "run", CONFIG)
    return folder / "run"


def test_what_a_run_has_learned_is_never_unseen(run_folder, tmp_path):
    store = ball_store(tmp_path / "store", [0.3, 0.4, 0.5], test=(0.45,))
    store.enter(replace(store.record(name_of(0.4)), split="test"))
    evaluation, _ = evaluate_run(
        run_folder, ("train", "test"), QUICK, store.folder, tmp_path / "out", "cpu"
    )
    assert [score.key for score in evaluation.scores["test"]] == [name_of(0.45)]
    known = [score.key for score in evaluation.scores["train"]]
    assert known == [name_of(0.3), name_of(0.4), name_of(0.5)]
    (message,) = evaluation.messages
    assert "1 shapes that the store keeps aside" in message and "ball/r40" in message
    store.enter(replace(store.record(name_of(0.45)), split="train"))
    with pytest.raises(InputError, match="has no shapes of the split 'test'"):
        evaluate_run(run_folder, ("test",), QUICK, store.folder, tmp_path / "out", "cpu")


def flipped(store):
    """The store with the sign of every distance turned round."""
    for key, record in store.records.items():
        pool = store.pool(key)
        store.enter(write_shape(store.folder, record, replace(pool, sdf=-pool.sdf)))
    return store


def test_a_run_is_not_resumed_from_other_samples(run_folder, tmp_path):
    other = flipped(ball_store(tmp_path / "other", [0.3, 0.4, 0.5], test=(0.45,)))
    message = r"The samples of 3 of 3 shapes in .*other, ball/r30 for one, are not those that"
    with pytest.raises(InputError, match=message):
        train(other, run_folder, replace(CONFIG, budget=Budget(steps=300)), resume=True)
    _, files = evaluate_run(run_folder, ("train",), QUICK, other.folder, tmp_path / "out", "cpu")
    evaluation, _ = evaluate_run(run_folder, ("train",), QUICK, other.folder, tmp_path, "cpu")
    assert "The samples of 3 of 3 shapes, ball/r30 for one, are not those" in evaluation.messages[0]
    assert all(file.exists() for file in files)


def test_a_store_that_was_moved_and_a_run_without_checksums_are_resumed(store, tmp_path):
    train(store, tmp_path / "run", SHORT)
    moved = ball_store(tmp_path / "moved", [0.3, 0.4, 0.5], test=(0.45,))
    train(moved, tmp_path / "run", replace(CONFIG, budget=Budget(steps=25)), resume=True)
    settings = json.loads((tmp_path / "run" / "run.json").read_text())
    del settings["samples"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(settings))
    train(store, tmp_path / "run", replace(CONFIG, budget=Budget(steps=30)), resume=True)


def test_an_evaluation_draws_the_meshes_that_it_scored(run_folder, tmp_path, monkeypatch):
    taken, drawn, scored = [], [], []
    shape_in_space, measure = evaluation_job.shape_in_space, evaluation_job.measure

    def once(space, store, key, config=None):
        taken.append(key)
        return shape_in_space(space, store, key, config)

    def measured(mesh, *given, **named):
        scored.append(mesh)
        return measure(mesh, *given, **named)

    monkeypatch.setattr(evaluation_job, "shape_in_space", once)
    monkeypatch.setattr(evaluation_job, "measure", measured)
    monkeypatch.setattr(
        evaluation_run, "gallery", lambda rows, size: drawn.append(rows[0][1]) or b"\x89PNG"
    )
    evaluate_run(run_folder, ("train", "test"), QUICK, None, tmp_path, "cpu")
    assert sorted(taken) == [name_of(r) for r in (0.3, 0.4, 0.45, 0.5)]  # each is made once
    assert len(drawn) == 6
    assert all(any(mesh is other for other in scored) for mesh in drawn)


def test_of_many_meshes_few_are_kept_and_they_stand_for_all(monkeypatch):
    monkeypatch.setattr(exemplars, "MOST_KEPT", 8)
    monkeypatch.setattr(ShapeScore, "chamfer", property(lambda score: float(score.seconds)))
    mesh = TriangleMesh(np.eye(3), np.array([[0, 1, 2]], dtype=np.int32))
    kept, values = Exemplars(), np.random.default_rng(0).permutation(501)
    for value in values:
        kept.add(ShapeScore(key=f"a/{value}", metrics=None, seconds=float(value)), mesh)
    best, median, worst = (exemplar.chamfer for exemplar in kept.named().values())
    assert (best, worst) == (0, 500)
    assert abs(median - 250) <= 5


def test_damaged_lines_of_the_course_are_passed_over(run_folder, tmp_path):
    whole = read_curves(run_folder)
    lines = (run_folder / "curves.jsonl").read_text().splitlines()
    bad = ['{"step": 1', "3", "[]", '{"step": "a"}', "[" * 100_000, lines[0].replace(":", ": NaN,")]
    extra = json.dumps({**json.loads(lines[0]), "colour": "red"})
    (tmp_path / "curves.jsonl").write_text("\n".join([*bad, extra, *lines[1:], *bad]))
    assert read_curves(tmp_path) == whole


def test_two_trainings_do_not_share_a_folder(run_folder, store):
    with locked(run_folder), pytest.raises(InputError, match="Another process is at work in"):
        train(store, run_folder, CONFIG, resume=True)


def test_a_full_disk_is_one_sentence_and_the_last_checkpoint_stays(store, tmp_path, monkeypatch):
    append, lines = recorder._append, []

    def full(path, values):
        lines.append(values)
        if len(lines) > 3:
            with recorder.explaining(path):
                raise NO_SPACE
        append(path, values)

    monkeypatch.setattr(recorder, "_append", full)
    monkeypatch.setattr("acutance.progress.TrainingHistory.note", noting_always)
    message = "the disk is full; .* Its last checkpoint is in .*run: --resume goes on from there"
    with pytest.raises(DiskFullError, match=message):
        train(store, tmp_path / "run", CONFIG)
    monkeypatch.undo()
    resumed = train(store, tmp_path / "run", CONFIG, resume=True)
    whole = train(store, tmp_path / "whole", CONFIG)
    assert torch.equal(resumed.space.codes, whole.space.codes)


def noting_always(self, step, seconds, loss, used, taken):
    """Notes every record, however short the time since the last one."""
    from acutance.progress import TrainingRecord

    self.records.append(TrainingRecord(step, seconds, loss, 1.0, used))
    self._progress.trained(self.records[-1])


def test_where_not_even_a_checkpoint_can_be_written_that_is_said(store, tmp_path, monkeypatch):
    def full(*_):
        raise DiskFullError("run cannot be written: the disk is full.")

    monkeypatch.setattr(recorder, "write_checkpoint", full)
    with pytest.raises(DiskFullError, match=r"the disk is full\. No checkpoint could be written"):
        train(store, tmp_path / "run", SHORT)


def test_a_training_that_was_lost_does_not_replace_its_last_good_checkpoint(store, monkeypatch):
    saved = []
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", -1.0)
    trainer = SpaceTrainerThatIsLost(store)
    with pytest.raises(loop.Collapsed):
        loop.run_space(
            trainer.trainer,
            Budget(steps=100),
            save=lambda t, _: saved.append(t.step),
            inspections=0,
        )
    assert saved == [10, 20]


class SpaceTrainerThatIsLost:
    """A training whose loss is not finite any more from the 25th step on."""

    def __init__(self, store):
        from balls import trainer_of

        self.trainer = trainer_of(store, SMOOTH, SMOOTHLY)
        advance = self.trainer.advance

        def losing(used, precision):
            losses = advance(used, precision)
            return losses * float("nan") if self.trainer.step >= 25 else losses

        self.trainer.advance = losing


def test_an_interrupt_in_a_look_is_no_time_of_the_training(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("acutance.training.schedule.time.perf_counter", lambda: now[0])
    clock = Clock(Budget(seconds=100.0), start=0.0)
    now[0] = 3.0
    with pytest.raises(KeyboardInterrupt), clock.stopped():
        now[0] = 50.0
        raise KeyboardInterrupt
    assert clock.seconds() == 3.0


def test_an_interrupted_training_ends_with_the_code_of_one(store, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(SPACE_PRESETS, "best", TINY)
    advance = "acutance.training.space.trainer.SpaceTrainer.advance"
    from acutance.training.space.trainer import SpaceTrainer

    real = SpaceTrainer.advance

    def impatient(self, used, precision):
        if self.step == 15:
            raise KeyboardInterrupt
        return real(self, used, precision)

    monkeypatch.setattr(advance, impatient)
    words = ["train", str(store.folder), str(tmp_path / "run"), "--steps", "50", "--pictures", "0"]
    with pytest.raises(SystemExit) as end:
        entry.main(words)
    assert end.value.code == 130
    said = capsys.readouterr()
    assert "Training was interrupted; `--resume` goes on from here." in said.out + said.err
    assert (tmp_path / "run" / "model" / "config.json").exists()
    assert (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_a_full_disk_ends_a_command_with_code_1(monkeypatch, tmp_path, capsys):
    def full(*_, **__):
        raise DiskFullError("store cannot be written: the disk is full; free some space.")

    monkeypatch.setattr("acutance.jobs.data.find_data", full)
    with pytest.raises(SystemExit) as end:
        entry.main(["prepare", str(tmp_path), str(tmp_path / "store")])
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("acutance: store cannot be written: the disk is full")


@pytest.fixture(scope="module")
def fitted():
    """A box, hardly trained."""
    config = FitConfig(
        budget=Budget(steps=30), contouring=Contouring(resolution=16), counts=FEW, device="cpu"
    )
    return fit_shape(Box().mesh(), config)


def test_a_fit_that_finds_the_disk_full_keeps_its_network_and_the_earlier_results(
    fitted, tmp_path, monkeypatch
):
    write_fit(fitted, tmp_path / "out", "box")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    def full(path, report):
        raise NO_SPACE

    monkeypatch.setattr(report_job, "write_report", full)
    rescue = tmp_path / "out" / "unmeshed"
    with pytest.raises(DiskFullError, match=r"the disk is full; .*The trained network is in .*unm"):
        write_fit(fitted, tmp_path / "out", "box", rescue=rescue)
    assert {path: path.read_bytes() for path in before} == before
    again = NeuralSDF.load(rescue)
    points = torch.rand(10, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(again.sdf(points), fitted.shape.sdf(points))


def test_where_the_folder_has_no_room_the_network_goes_elsewhere_or_that_is_said(
    fitted, tmp_path, monkeypatch
):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(rescue_job.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    monkeypatch.setattr(report_job, "write_report", lambda *_: (_ for _ in ()).throw(NO_SPACE))
    save = NeuralSDF.save

    def refusing(allowed):
        def save_there(self, folder):
            if "unmeshed" in str(folder) or (not allowed and "tmp/acutance-" in str(folder)):
                raise DiskFullError("no room")
            save(self, folder)

        return save_there

    monkeypatch.setattr(NeuralSDF, "save", refusing(allowed=True))
    with pytest.raises(DiskFullError, match=r"The trained network is in .*tmp/acutance-"):
        write_fit(fitted, tmp_path / "out", "box", rescue=tmp_path / "out" / "unmeshed")
    (kept,) = (tmp_path / "tmp").iterdir()
    assert NeuralSDF.load(kept).decoder.parameter_count == fitted.shape.decoder.parameter_count
    monkeypatch.setattr(NeuralSDF, "save", refusing(allowed=False))
    with pytest.raises(DiskFullError, match=r"could not be kept, neither in .*unmeshed nor"):
        write_fit(fitted, tmp_path / "out", "box", rescue=tmp_path / "out" / "unmeshed")


def test_a_folder_without_room_is_refused_before_the_work(tmp_path, monkeypatch):
    class Usage:
        free = 1000

    monkeypatch.setattr("acutance.machine.files.shutil.disk_usage", lambda _: Usage)
    with pytest.raises(DiskFullError, match="out cannot be written: the disk is full"):
        check_folder(tmp_path / "out")


class Counted(SampleStore):
    """A store that counts how many of its pools are in memory at once."""

    def __init__(self, store):
        super().__init__(store.folder, store.settings, [*store.records.values()])
        self.most, self._alive = 0, []

    def pool(self, key):
        pool = super().pool(key)
        self._alive = [ref for ref in self._alive if ref() is not None] + [weakref.ref(pool)]
        self.most = max(self.most, len(self._alive))
        return pool


def test_only_so_many_files_of_shapes_are_open_at_once(tmp_path, monkeypatch):
    radii = [0.2 + 0.02 * n for n in range(12)]
    store = ball_store(tmp_path / "store", radii, surface=10)
    keys = [*store.records]
    plain = Batches(store, keys, seed=3)
    monkeypatch.setattr("acutance.data.batches.MOST_OPEN", 3)
    counted = Counted(store)
    few = Batches(counted, keys, seed=3)
    for _ in range(10):
        ours, theirs = few.take(4, 50, 5), plain.take(4, 50, 5)
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert torch.equal(few.peek(), plain.peek())
    assert counted.most <= 3 + 4 + 1
    maps = Path("/proc/self/maps")
    if maps.exists():
        del plain, theirs
        opened = {line.split()[-1] for line in maps.read_text().splitlines() if "store" in line}
        assert len([path for path in opened if str(tmp_path) in path]) <= 3


def test_entering_many_shapes_takes_no_longer_for_each(tmp_path):
    store = SampleStore.create(tmp_path / "store", {})
    record = ball_store(tmp_path / "one", [0.3], surface=10).record(name_of(0.3))
    store.enter(*(replace(record, name=f"{n:05d}") for n in reversed(range(3000))))
    assert [*store.records] == [f"ball/{n:05d}" for n in range(3000)]
    assert len(SampleStore.open(store.folder).records) == 3000


def test_samples_that_are_not_what_the_index_says_are_damaged(tmp_path):
    store = ball_store(tmp_path / "store", [0.3], surface=10)
    key = name_of(0.3)
    record = store.record(key)
    store.enter(replace(record, samples=record.samples + 1))
    with pytest.raises(InputError, match="is missing or damaged"):
        store.pool(key)
    pool = ball_pool(0.3, surface=10)
    tensors = {name: getattr(pool, name) for name in ARRAYS}
    flat = {**tensors, "points": pool.points[:, :2].contiguous()}
    save_file(flat, store.path(record))
    store.enter(replace(record, size=store.path(record).stat().st_size))
    with pytest.raises(InputError, match="is missing or damaged"):
        store.pool(key)


def test_evaluate_gives_its_meshes_with_their_scores(run_folder, store):
    kept = []
    from acutance.jobs.space.open import open_space

    space = open_space(run_folder, "cpu")
    scores = evaluate(space, store, QUICK, keep=lambda score, mesh: kept.append((score, mesh)))
    assert [score for score, _ in kept] == scores
    assert all(len(mesh.faces) == score.faces for score, mesh in kept)


def test_a_run_goes_on_as_it_began_whatever_its_preset_has_become(store, tmp_path, monkeypatch):
    named = replace(SHORT, preset="best")
    monkeypatch.setitem(SPACE_PRESETS, "best", TINY)
    train(store, tmp_path / "run", named)
    path = tmp_path / "run" / "run.json"
    settings = json.loads(path.read_text())
    del settings["fitting"]["isometry"]  # as an older version wrote it
    path.write_text(json.dumps(settings))
    wider = replace(TINY, decoder=replace(SMOOTH, width=48))
    monkeypatch.setitem(SPACE_PRESETS, "best", wider)
    longer = replace(named, budget=Budget(steps=40))
    resumed = train(store, tmp_path / "run", longer, resume=True)
    assert resumed.preset.decoder == SMOOTH
    assert resumed.run.records[-1].step > 20
    monkeypatch.setitem(SPACE_PRESETS, "relu", wider)
    with pytest.raises(InputError, match=r"was started with decoder\.width = 32 \(48 is asked"):
        train(store, tmp_path / "run", replace(longer, preset="relu"), resume=True)
