"""The bench: what it compares, keeps, and says of the paper's claims."""

import csv
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from balls import SMOOTH, SMOOTHLY, ball_store

from acutance.cli import entry
from acutance.contouring.contour import Contouring
from acutance.errors import InputError
from acutance.jobs.bench import bench as bench_job
from acutance.jobs.bench import store as bench_shapes
from acutance.jobs.bench.bench import bench
from acutance.jobs.bench.config import QUICK, BenchConfig
from acutance.jobs.bench.result import RESULT, BenchResult, read_result, write_result
from acutance.jobs.bench.table import bench_tables
from acutance.jobs.bench.variants import PAPER_VARIANTS, Variant, variants_named
from acutance.jobs.bench.verdicts import verdicts
from acutance.jobs.prepare import Prepared
from acutance.jobs.space import evaluate as evaluation_job
from acutance.jobs.space import recorder
from acutance.metrics.chamfer import Floored
from acutance.metrics.measure import SampleCounts
from acutance.metrics.metrics import Metrics
from acutance.metrics.scores import ShapeScore
from acutance.metrics.surface import Deviation
from acutance.progress import Progress
from acutance.training.schedule import Budget
from acutance.training.space.infer import Inference
from acutance.training.space.presets import SPACE_PRESETS, SpacePreset

TINY = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY, about="for tests")
FEW = SampleCounts(surface=2000, chamfer=2000, volume=2000)
SMALL = BenchConfig(
    variants=variants_named(["best", "relu+normals"]),
    budget=Budget(steps=60),
    resolution=32,
    limit=1,
    inference=Inference(points=500, steps=20),
    device="cpu",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ball_store(tmp_path_factory.mktemp("bench") / "store", [0.3, 0.4, 0.5], test=(0.45,))


@pytest.fixture(autouse=True)
def tiny_presets(monkeypatch):
    """Two presets of the size of a test, and one that cannot be trained; small pictures."""
    monkeypatch.setattr(recorder, "SHOWN_MESH", Contouring(resolution=8))
    monkeypatch.setattr(evaluation_job, "MANY_SHAPES", FEW)
    monkeypatch.setattr(bench_job, "machine_line", lambda: "a machine")
    monkeypatch.setitem(SPACE_PRESETS, "best", TINY)
    monkeypatch.setitem(SPACE_PRESETS, "relu", replace(TINY, fitting=replace(SMOOTHLY, seed=1)))
    broken = replace(TINY, fitting=replace(SMOOTHLY, learning_rate=1e20))
    monkeypatch.setitem(SPACE_PRESETS, "hosc", broken)


class Interrupting(Progress):
    """Presses Ctrl-C when a stage begins, or within it when a training tells of itself."""

    def __init__(self, at: str, *, within: bool = False) -> None:
        self.at, self.within = at, within
        self.stages = list[str]()

    def stage(self, name: str) -> None:
        self.stages.append(name)
        if name == self.at and not self.within:
            raise KeyboardInterrupt

    def trained(self, record) -> None:
        if self.stages[-1] == self.at:
            signal.raise_signal(signal.SIGINT)


def rows_of(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "bench.csv").read_text(encoding="utf-8").splitlines()))


def test_a_bench_measures_all_variants_alike_with_every_seed(store, tmp_path):
    config = replace(SMALL, seeds=2)
    results = bench(tmp_path / "bench", config, store.folder)
    page = (tmp_path / "bench" / "bench.html").read_text(encoding="utf-8")
    for part in ("a machine", "Quality over time", "What the paper claims", "4 of 4 trainings"):
        assert part in page
    assert {f.relative_to(tmp_path / "bench").as_posix() for f in tmp_path.rglob("scores-*")} == {
        f"{run}/scores-{split}.csv"
        for run in ("best", "best-seed1", "relu+normals", "relu+normals-seed1")
        for split in ("test", "train")
    }
    cost, known, unseen = bench_tables(results)
    assert cost.title == "Size and time"
    assert (known.title, unseen.title) == ("Known shapes: ball", "Unseen shapes: ball")
    assert [row.name for row in known.rows] == ["best", "±", "relu+normals", "±"]
    assert dict(zip(cost.columns, cost.rows[0].values, strict=True))["steps"] == "60"
    rows = rows_of(tmp_path / "bench")
    told = [(r["preset"], r["normal_weight"], r["seed"], r["split"]) for r in rows]
    assert told[:4] == [
        ("best", "0.0", "0", "train"),
        ("best", "0.0", "0", "test"),
        ("relu", "1.0", "0", "train"),
        ("relu", "1.0", "0", "test"),
    ]
    assert {(r["machine"], r["steps"]) for r in rows} == {("a machine", "60")}


def test_the_chamfer_distance_in_shapenets_frame_is_that_of_a_diagonal_of_one(store, tmp_path):
    (result,) = bench(tmp_path, replace(SMALL, variants=SMALL.variants[:1]), store.folder)
    (score,) = result.known
    assert score.metrics is not None
    # A ball's box has a diagonal of 2√3 radii.
    assert score.chamfer_shapenet == pytest.approx(score.metrics.chamfer.value / 12, rel=0.05)


def test_what_is_finished_is_not_done_again(store, tmp_path):
    first = bench(tmp_path, SMALL, store.folder)
    told = Interrupting(at="")
    assert bench(tmp_path, SMALL, store.folder, told) == first
    assert told.stages == []


@pytest.mark.parametrize(
    ("moment", "within"), [("training", False), ("training", True), ("evaluating train", False)]
)
def test_a_bench_that_is_interrupted_keeps_what_it_has_and_goes_on(
    store, tmp_path, moment, within, interruptible
):
    whole = bench(tmp_path / "whole", SMALL, store.folder)
    place, ctrl_c = tmp_path / "cut", Interrupting(at=f"relu+normals: {moment}", within=within)
    with pytest.raises(KeyboardInterrupt, match=r"bench.html has 1 of 2 trainings; the same"):
        bench(place, SMALL, store.folder, ctrl_c)
    assert "1 of 2 trainings" in (place / "bench.html").read_text(encoding="utf-8")
    assert {row["variant"] for row in rows_of(place)} == {"best"}
    again = bench(place, SMALL, store.folder)
    assert [r.known[0].metrics for r in again] == [r.known[0].metrics for r in whole]


KILLED = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
import test_bench
from acutance.training.space import loop
from acutance.training.space.presets import SPACE_PRESETS
loop.CHECKPOINT_SECONDS = 0.0
SPACE_PRESETS["best"] = SPACE_PRESETS["relu"] = test_bench.TINY
test_bench.bench(Path({folder!r}), test_bench.LONG, Path({store!r}))
"""
LONG = replace(SMALL, budget=Budget(steps=100_000), variants=variants_named(["relu"]))


def test_a_bench_that_is_killed_goes_on_within_the_training(store, tmp_path, monkeypatch):
    place = tmp_path / "bench"
    path = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    text = KILLED.format(path=path, folder=str(place), store=str(store.folder))
    with subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.PIPE) as process:
        checkpoint, patience = place / "relu" / "checkpoint.safetensors", time.monotonic() + 100
        while not checkpoint.exists() and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.05)
        process.kill()
        assert process.stderr is not None
        assert checkpoint.exists(), process.stderr.read().decode()
    assert not (place / "relu" / RESULT).exists()
    resumed = list[bool]()

    def instead(*arguments, resume, **options):
        resumed.append(resume)
        raise InputError("as far as this goes")

    monkeypatch.setattr(bench_job, "train", instead)
    monkeypatch.setitem(SPACE_PRESETS, "relu", TINY)
    with pytest.raises(InputError, match="as far as this goes"):
        bench(place, LONG, store.folder)
    assert resumed == [True]


def test_other_arguments_or_samples_into_the_same_folder_are_refused(store, tmp_path):
    bench(tmp_path / "bench", SMALL, store.folder)
    said = r"holds a bench that was started with bench.config.resolution = 32 \(16 is asked for now"
    with pytest.raises(InputError, match=said):
        bench(tmp_path / "bench", replace(SMALL, resolution=16), store.folder)
    other = ball_store(tmp_path / "store", [0.3, 0.4, 0.6], test=(0.45,))
    with pytest.raises(InputError, match=r"started with bench.data = "):
        bench(tmp_path / "bench", SMALL, other.folder)
    bench(tmp_path / "second", replace(SMALL, variants=SMALL.variants[:1]), other.folder)
    ball_store(tmp_path / "store", [0.55], test=())
    with pytest.raises(InputError, match=r"The samples in .* are not those that the bench"):
        bench(tmp_path / "second", replace(SMALL, variants=SMALL.variants[:1]), other.folder)


def test_a_folder_that_holds_a_training_of_no_bench_is_refused(store, tmp_path):
    bench(tmp_path, SMALL, store.folder)
    (tmp_path / "bench.json").unlink()
    with pytest.raises(InputError, match="best holds a training of no bench"):
        bench(tmp_path, SMALL, store.folder)


def test_a_damaged_result_is_named(store, tmp_path):
    bench(tmp_path, SMALL, store.folder)
    (tmp_path / "best" / RESULT).write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"result.json is damaged .* remove it to measure best"):
        bench(tmp_path, SMALL, store.folder)


def test_a_variant_that_cannot_be_trained_is_told_of_and_stops_no_other(store, tmp_path):
    # It fails at the first reading, before there is a course.
    config = replace(SMALL, variants=variants_named(["hosc", "best"]), budget=Budget(steps=20))
    broken, fine = bench(tmp_path, config, store.folder)
    assert "Training cannot go on" in broken.problem
    assert fine.steps == 20
    said = "hosc, seed 0: Training cannot go on"
    assert said in (tmp_path / "bench.html").read_text(encoding="utf-8")
    assert bench(tmp_path, config, store.folder)[0] == broken


def test_variants_have_names_and_paper_stands_for_all_of_the_paper():
    names = ["siren+film+normals", "best", "hosc-fft+normals"]
    assert [variant.name for variant in variants_named(names)] == names
    assert variants_named(["siren+film"]) == (Variant(preset="siren", film=True),)
    for name in ("swish", "siren+swish"):
        said = re.escape(f"There is no variant {name!r}; a variant is a preset")
        with pytest.raises(InputError, match=said):
            variants_named([name])
    assert variants_named(["paper"]) == PAPER_VARIANTS
    assert len(PAPER_VARIANTS) == 3 * 3 * 2 + 2
    assert variants_named(["deformed", "best", "paper"])[:3] == (
        Variant(preset="deformed"),
        *PAPER_VARIANTS[:2],
    )


def test_the_quick_bench_makes_chairs_of_its_own(store, tmp_path, monkeypatch):
    asked = list[str]()

    def prepared(shapes, folder, preparation, **_):
        asked.extend(f"{shape.key} {shape.split}" for shape in shapes)
        return Prepared(store=store, made=(), kept=(), skipped={}, moved=(), seconds=0.0)

    monkeypatch.setattr(bench_shapes, "prepare", prepared)
    assert bench_shapes.bench_store(None, tmp_path, replace(QUICK, count=2)) is store
    assert asked == ["chair/000000 train", "chair/000001 train", "chair/000002 test"]


def test_an_interrupted_command_ends_with_its_code_and_says_what_there_is(
    store, tmp_path, monkeypatch, capsys
):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(bench_job, "train", interrupted)
    arguments = ["bench", "best", "--data", str(store.folder), "-o", str(tmp_path / "new")]
    with pytest.raises(SystemExit) as end:
        entry.main(arguments)
    assert end.value.code == 130
    assert "holds 0 of 1 trainings; the same command goes on." in capsys.readouterr().err


def scored(key: str, chamfer: float | None, normals: float = 0.9) -> ShapeScore:
    """A shape with this Chamfer distance; without a surface for None."""
    if chamfer is None:
        return ShapeScore(key=key, metrics=None, problem="no surface")
    even = Deviation(mean=1e-3, rms=1e-3, p99=1e-3, maximum=1e-3, points=10)
    metrics = Metrics(
        radius=1.0,
        result_to_reference=even,
        reference_to_result=even,
        floor=0.0,
        over_holes=None,
        chamfer=Floored(value=chamfer, floor=0.05, points=10),
        f_score_5=1.0,
        f_score_10=1.0,
        normal_consistency=normals,
        volume=None,
        sharp_chamfer=None,
        crease=None,
    )
    return ShapeScore(key=key, metrics=metrics, diagonal=2.0)


def outcome(name: str, *chamfers: float | None, seed: int = 0, **settings) -> BenchResult:
    """A variant whose known shapes have these Chamfer distances."""
    (variant,) = variants_named([name])
    return BenchResult(
        variant=variant,
        seed=seed,
        version="1",
        machine="a machine",
        seconds=10.0,
        known=tuple(scored(f"ball/{i}", chamfer) for i, chamfer in enumerate(chamfers)),
        **settings,
    )


def judged(*results: BenchResult) -> dict[str, str]:
    """The verdicts on known shapes, by claim."""
    return {row.name: row.values[0] for row in verdicts(results).rows}


def test_a_claim_is_judged_by_pairs_that_differ_in_nothing_else():
    found = judged(outcome("relu", 0.4), outcome("siren", 0.2), outcome("hosc+normals", 0.1))
    assert found["periodic beats ReLU"] == "holds: 1 of 1, 0.5 ×"
    assert found["FFT is best for a space"] == "not measured"
    assert found["HASH is best for one object"] == "not measured: these are spaces"
    found = judged(*(outcome(name, cd) for name, cd in (("siren", 0.2), ("siren-fft", 0.3))))
    assert found["FFT is best for a space"] == "does not hold: 0 of 1, 1.5 ×"
    assert "not measured" in judged()["L1 neglects outliers"]


def test_a_shape_without_a_surface_counts_as_infinitely_far():
    found = judged(outcome("relu", 0.4, 0.4, 0.4), outcome("siren", 0.1, None, None))
    assert found["periodic beats ReLU"] == "does not hold: 0 of 1"


def test_a_difference_within_the_spread_over_seeds_counts_for_neither():
    trials = [outcome("relu", cd, seed=seed) for seed, cd in enumerate((0.3, 0.5))]
    found = judged(*trials, *(outcome("siren", cd, seed=s) for s, cd in enumerate((0.3, 0.4))))
    assert found["periodic beats ReLU"].startswith("does not hold: 0 of 1")


def test_deepsdf_is_compared_by_parameters_error_and_time():
    deepsdf = outcome("deepsdf", 4.0, parameters=100, course=((5.0, 0.2), (10.0, 0.1)))
    siren = outcome("siren", 1.0, parameters=20, course=((2.5, 0.09), (10.0, 0.01)))
    hosc = outcome("hosc", 1.0, parameters=200, course=((10.0, 0.3),))
    found = judged(deepsdf, siren, hosc)
    assert found["smaller and better than DeepSDF"] == "holds: 1 of 1, 0.25 ×"
    assert found["faster than DeepSDF"] == "does not hold: 1 of 2, after 0.25 of the time"


def test_outliers_are_neglected_where_the_mean_is_far_above_the_median():
    found = judged(outcome("siren", 0.1, 0.1, 1.0), outcome("deformed", 0.1, 0.1, 0.1))
    assert found["L1 neglects outliers"] == "holds: mean 4 ×, worst 10 × the median"


def test_a_result_comes_back_as_it_was_written(tmp_path):
    result = outcome("siren+film", 0.25, None, course=((1.0, 0.5),))
    assert read_result(tmp_path) is None
    write_result(tmp_path, result)
    assert read_result(tmp_path) == result
    assert result.late_gain == 0.0
