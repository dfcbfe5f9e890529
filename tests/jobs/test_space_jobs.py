"""From a store to a space, and everything that is done with one."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from balls import SMOOTH, SMOOTHLY, ball_store, directions, name_of
from safetensors import safe_open

from acutance.contouring.contour import Contouring
from acutance.errors import InputError
from acutance.jobs.space import train as training_job
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluate import EvaluateConfig, evaluate, score_shape
from acutance.jobs.space.evaluation import run as evaluation_run
from acutance.jobs.space.evaluation.codes import measure_codes
from acutance.jobs.space.evaluation.nearest import KnownSurfaces
from acutance.jobs.space.evaluation.run import evaluate_run
from acutance.jobs.space.interpolate import InterpolateConfig, interpolate
from acutance.jobs.space.observe import Frame, frame_of
from acutance.jobs.space.open import open_space, write_known_shapes
from acutance.jobs.space.reconstruct import ReconstructConfig, reconstruct
from acutance.jobs.space.run_folder import read_curves, read_quality
from acutance.jobs.space.sample import SampleConfig, sample
from acutance.jobs.space.train import train
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.topology import topology
from acutance.metrics.chamfer import chamfer
from acutance.metrics.measure import SampleCounts
from acutance.model.neural_sdf import NeuralSDF
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import Progress
from acutance.shapes.analytic import Box
from acutance.training.schedule import Budget
from acutance.training.shape.fit import Fitting
from acutance.training.space.infer import Inference
from acutance.training.space.presets import FEW_SHAPES, SPACE_PRESETS, SpacePreset
from acutance.training.space.refine import Refinement

RADII, UNSEEN = [0.3, 0.4, 0.5, 0.6], 0.45
TINY = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY, about="for tests")
CONFIG = TrainConfig(preset=TINY, budget=Budget(steps=250), pictures=1)
FEW = SampleCounts(surface=2000, chamfer=2000, volume=2000)
FAST = ReconstructConfig(inference=Inference(points=1000), contouring=Contouring(resolution=24))
QUICK = EvaluateConfig(contouring=Contouring(resolution=32), counts=FEW, reconstruction=FAST)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return ball_store(tmp_path_factory.mktemp("jobs") / "store", RADII, test=(UNSEEN,))


@pytest.fixture(scope="module")
def trained(store, tmp_path_factory):
    return train(store, tmp_path_factory.mktemp("jobs") / "run", CONFIG)


@pytest.fixture(scope="module")
def space(trained):
    return trained.space


def test_a_run_leaves_the_space_its_course_and_pictures(trained):
    folder = trained.folder
    again = open_space(folder)
    assert again.keys == tuple(name_of(radius) for radius in RADII)
    assert torch.equal(again.codes, trained.space.codes)
    assert open_space(folder / "model").keys == again.keys
    assert read_curves(folder) == trained.run.records
    ((_, error),) = read_quality(folder)
    assert error < 0.02
    (picture,) = (folder / "pictures").iterdir()
    assert picture.name == "0000250.png"
    assert trained.messages == ()


def test_a_known_shape_is_meshed_in_its_own_coordinates(space):
    mesh = space.shape(name_of(0.5)).mesh(32)
    assert topology(mesh).manifold
    np.testing.assert_allclose(mesh.bounds, [[5, -5, -5], [15, 5, 5]], atol=0.3)


def test_a_second_training_in_the_same_folder_is_refused(trained, store):
    with pytest.raises(InputError, match="holds a training already; go on with it by --resume"):
        train(store, trained.folder, CONFIG)


@pytest.mark.parametrize(
    ("named", "change"),
    [
        (r"decoder.width = \d+ \(16", {"preset": replace(TINY, decoder=replace(SMOOTH, width=16))}),
        (r"fitting.seed = 0 \(1", {"seed": 1}),
        (r"fitting.objective.normal_weight = 0.0 \(0.5", {"normals": 0.5}),
    ],
)
def test_resuming_with_other_settings_names_what_differs(trained, store, named, change):
    with pytest.raises(InputError, match=f"started with {named} is asked for now\\)"):
        train(store, trained.folder, replace(CONFIG, **change), resume=True)


def test_a_run_stopped_before_its_first_checkpoint_can_be_started_again(trained, store, tmp_path):
    (tmp_path / "run.json").write_text((trained.folder / "run.json").read_text())
    again = train(store, tmp_path, CONFIG)
    assert (tmp_path / "model").is_dir()
    assert len(again.space.keys) == len(trained.space.keys)


def test_best_is_another_preset_for_hundreds_of_shapes():
    few, many = (TrainConfig().chosen(shapes).decoder for shapes in (FEW_SHAPES, FEW_SHAPES + 1))
    assert few == SPACE_PRESETS["best"].decoder
    assert many == SPACE_PRESETS["many"].decoder
    assert many.build(torch.Generator()).parameter_count < 1_000_000
    assert TrainConfig(preset="siren").chosen(1000).decoder == SPACE_PRESETS["siren"].decoder


def test_resuming_with_other_shapes_is_refused(trained, tmp_path):
    other = ball_store(tmp_path / "store", [0.3, 0.4])
    with pytest.raises(InputError, match=r"started with other shapes \(\d+, and 2 now\)"):
        train(other, trained.folder, CONFIG, resume=True)


def test_an_interrupted_run_that_is_resumed_ends_as_if_nothing_had_been(store, trained, tmp_path):
    class Impatient(Progress):
        def trained(self, record):
            raise KeyboardInterrupt

    config = replace(CONFIG, pictures=0)
    stopped = train(store, tmp_path / "run", config, progress=Impatient())
    assert stopped.run.interrupted
    assert stopped.messages == ("Training was interrupted; `--resume` goes on from here.",)
    resumed = train(store, tmp_path / "run", config, resume=True)
    assert torch.equal(resumed.space.codes, trained.space.codes)
    for ours, theirs in zip(
        resumed.space.decoder.parameters(), trained.space.decoder.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_there_is_nothing_to_resume_in_a_folder_without_a_run(store, tmp_path):
    with pytest.raises(InputError, match="holds no training; `acutance train` makes one"):
        train(store, tmp_path, CONFIG, resume=True)


def test_an_unfinished_run_is_said_to_be_one(trained, tmp_path):
    (tmp_path / "run.json").write_text((trained.folder / "run.json").read_text())
    with pytest.raises(InputError, match="is unfinished; resume it with --resume"):
        open_space(tmp_path)
    with pytest.raises(InputError, match="is not a folder; give what `acutance train` wrote"):
        open_space(tmp_path / "nowhere")


def test_a_run_killed_while_it_writes_its_course_can_be_read(trained, tmp_path):
    for name in ("curves.jsonl", "quality.jsonl"):
        whole = (trained.folder / name).read_text()
        (tmp_path / name).write_text(whole + whole.splitlines()[0][:15])
    assert read_curves(tmp_path) == read_curves(trained.folder)
    assert read_quality(tmp_path) == read_quality(trained.folder)


def test_a_run_killed_before_its_first_checkpoint_can_be_resumed(store, tmp_path, monkeypatch):
    # For half a minute there are settings in the folder, but no checkpoint.
    def killed(*_, **__):
        raise SystemExit

    config = replace(CONFIG, budget=Budget(steps=20), pictures=0)
    with monkeypatch.context() as patch:
        patch.setattr(training_job, "run_space", killed)
        with pytest.raises(SystemExit):
            train(store, tmp_path / "run", config)
    assert len(train(store, tmp_path / "run", config, resume=True).space.keys) == len(RADII)


def test_a_damaged_store_is_not_trained_on(tmp_path):
    store = ball_store(tmp_path / "store", [0.3])
    path = store.path(store.record("ball/r30"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"r30\.safetensors is missing or damaged"):
        train(store, tmp_path / "run", CONFIG)
    assert not (tmp_path / "run").exists()


def test_normals_need_surface_points(tmp_path):
    store = ball_store(tmp_path / "store", [0.3], surface=0)
    with pytest.raises(InputError, match="The normal term needs surface points, and ball/r30 has"):
        train(store, tmp_path / "run", replace(CONFIG, normals=1.0))


def test_a_training_with_normals_and_film_runs(store, tmp_path):
    config = replace(CONFIG, budget=Budget(steps=3), pictures=0, normals=0.5, film=True)
    result = train(store, tmp_path / "run", config)
    assert result.preset.fitting.objective.normal_weight == 0.5
    assert type(result.preset.decoder.conditioning).__name__ == "Film"
    assert torch.isfinite(result.space.codes).all()


def test_a_split_without_shapes_is_named(store, tmp_path):
    with pytest.raises(InputError, match="holds no shapes of the split 'exam'"):
        train(store, tmp_path / "run", replace(CONFIG, split="exam"))


def read_checkpoint_steps(folder):
    """Steps that a run has taken."""
    with safe_open(folder / "checkpoint.safetensors", "pt") as file:
        return json.loads(file.metadata()["state"])["step"]


def test_epochs_are_rounds_of_all_shapes(store, tmp_path):
    config = replace(CONFIG, epochs=8, pictures=0)
    train(store, tmp_path / "run", config)
    assert read_checkpoint_steps(tmp_path / "run") == 8


def test_a_training_that_collapses_is_an_error_with_what_to_change(store, tmp_path):
    broken = replace(TINY, fitting=replace(SMOOTHLY, learning_rate=1e20))
    with pytest.raises(InputError, match=r"Training cannot go on: .* Try a lower learning rate"):
        train(store, tmp_path / "run", replace(CONFIG, preset=broken))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"preset": "swish"},
            "There is no preset 'swish'; choose one of best, many, deformed, local, deepsdf",
        ),
        ({"normals": -1.0}, "normals, pictures and seed must not be negative"),
        ({"epochs": 0}, "epochs must be 1 or more; got 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        TrainConfig(**settings)


def test_only_the_paper_s_presets_have_film():
    with pytest.raises(InputError, match=r"Only the paper's presets, .* can take codes by FiLM"):
        _ = TrainConfig(preset="deepsdf", film=True).chosen(10)


def cloud(radius, *, above=-1.0):
    """Points of a ball at x = 10, of ten times the size, with normals."""
    normals = directions(4000, seed=8).double().numpy()
    normals = normals[normals[:, 2] > above]
    return PointCloud(10 * radius * normals + [10.0, 0.0, 0.0], normals)


def test_a_part_of_an_unseen_ball_is_completed_in_the_frame_given(space):
    frame = Frame(centre=(10.0, 0.0, 0.0), radius=10 / 1.03)
    config = replace(FAST, partial=True, frame=frame, camera=(10.0, 0.0, 15.0))
    found = reconstruct(space, cloud(UNSEEN, above=0.4), config)
    assert found.inferred.start in (name_of(0.4), name_of(0.5))
    assert found.messages == ()
    bounds = found.mesh.bounds
    np.testing.assert_allclose(bounds, [[5.5, -4.5, -4.5], [14.5, 4.5, 4.5]], atol=0.4)


def test_without_a_frame_a_part_is_taken_for_the_whole_and_that_is_said(space):
    found = reconstruct(space, cloud(UNSEEN), replace(FAST, partial=True))
    assert "The scan's own bounding box was taken for that of the whole" in found.messages[0]
    assert found.shape.transform.centre == pytest.approx((10, 0, 0), abs=0.05)


def test_normals_of_a_scan_are_estimated_and_turned_towards_the_camera(space):
    bare = PointCloud(cloud(UNSEEN, above=0.4).points)
    frame = Frame(centre=(10.0, 0.0, 0.0), radius=10 / 1.03)
    config = replace(FAST, partial=True, frame=frame, camera=(10.0, 0.0, 15.0))
    found = reconstruct(space, bare, config)
    assert found.messages == ("The scan has no normals; they were estimated.",)
    np.testing.assert_allclose(found.mesh.bounds[1, 2], 4.5, atol=0.4)


def test_a_mesh_is_no_partial_scan(space):
    mesh = space.shape(name_of(0.4)).mesh(16)
    with pytest.raises(
        InputError, match=r"A partial input must be a point cloud .* this is a mesh"
    ):
        reconstruct(space, mesh, replace(FAST, partial=True))


def test_details_that_the_space_does_not_know_are_learned_near_the_scan(space):
    scan = cloud(UNSEEN, above=0.4)
    bumped = PointCloud(scan.points + 0.4 * scan.normals, scan.normals)
    frame = Frame(centre=(10.0, 0.0, 0.0), radius=10 / 1.03)
    config = replace(FAST, partial=True, frame=frame, inference=Inference(points=1000, steps=1))
    steps = Refinement(fitting=Fitting(batch=1024), budget=Budget(steps=40))
    plain = reconstruct(space, bumped, config)
    refined = reconstruct(space, bumped, replace(config, refinement=steps))
    assert list(refined.seconds) == ["sampling", "code", "details", "meshing", "evaluation"]
    points = torch.from_numpy(bumped.points)
    error = refined.shape.sdf(points).abs().mean()
    assert error < 0.5 * plain.shape.sdf(points).abs().mean()


def test_frames_and_cameras_are_for_parts():
    with pytest.raises(InputError, match="and a --camera are for partial input: add --partial"):
        ReconstructConfig(camera=(0.0, 0.0, 0.0))
    with pytest.raises(InputError, match="A frame needs both --centre and --radius"):
        frame_of((0.0, 0.0, 0.0), None)
    with pytest.raises(InputError, match="The radius of the shape must be positive; got -1"):
        frame_of((0.0, 0.0, 0.0), -1.0)
    assert frame_of(None, None) is None


def test_all_known_shapes_are_written_under_their_names(space, tmp_path):
    files = write_known_shapes(space, tmp_path, Contouring(resolution=16), "stl")
    assert [str(f.relative_to(tmp_path)) for f in files] == [f"{key}.stl" for key in space.keys]
    sizes = [load(file).bounds[1, 1] for file in files]
    np.testing.assert_allclose(sizes, [3, 4, 5, 6], atol=0.5)


def test_an_evaluation_is_written_with_every_shape_and_a_page(trained, store, tmp_path):
    moved = shutil.copytree(store.folder, tmp_path / "moved")
    evaluation, files = evaluate_run(
        trained.folder, ("train", "test"), QUICK, store=moved, output=tmp_path, device="cpu"
    )
    assert [file.name for file in files] == [
        "scores-train.csv",
        "scores-test.csv",
        "scores.json",
        "evaluation.html",
    ]
    assert all(file.parent == tmp_path for file in files)
    with files[0].open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["r30", "r40", "r50", "r60"]
    assert all(float(row["surface_mean"]) < 60 and row["closed"] == "True" for row in rows)
    (unseen,) = evaluation.scores["test"]
    assert unseen.key == name_of(UNSEEN)
    assert unseen.metrics is not None
    assert unseen.metrics.surface.mean < 0.06
    assert [table.title for table in evaluation.tables()] == [
        "Known shapes",
        "Unseen shapes",
        "Codes as coordinates",
    ]
    page = files[-1].read_text()
    for split in ("train", "test"):
        assert all(f"{split}, {place}: ball/r" in page for place in ("best", "median", "worst"))
    scores = json.loads(files[2].read_text())
    assert scores["test"][0]["name"] == "r45"
    assert scores["codes"]["shapes"] == 4
    assert evaluation.messages == ()


def test_a_second_evaluation_keeps_the_other_split(trained, tmp_path):
    for split in ("test", "train"):
        evaluation, files = evaluate_run(trained.folder, (split,), QUICK, None, tmp_path, "cpu")
        assert [table.title for table in evaluation.tables()][1:] == ["Codes as coordinates"]
        assert files[0].name == f"scores-{split}.csv"
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert (len(scores["train"]), len(scores["test"])) == (4, 1)
    page = (tmp_path / "evaluation.html").read_text()
    assert page.index("Known shapes") < page.index("Unseen shapes")
    assert page.count("<img") == 6
    assert "all, by their codes, meshed with 32 cells" in page


def test_a_part_of_the_shapes_does_not_replace_all(trained, tmp_path, monkeypatch):
    limited = replace(QUICK, limit=2)
    for config in (limited, QUICK, replace(QUICK, limit=4)):
        evaluate_run(trained.folder, ("train",), config, None, tmp_path, "cpu")
    monkeypatch.setattr(evaluation_run, "evaluate", lambda *_: pytest.fail("work was begun"))
    with pytest.raises(InputError, match=r"results of all 4 shapes of the split 'train', which"):
        evaluate_run(trained.folder, ("train",), limited, None, tmp_path, "cpu")


def test_results_of_another_model_are_not_on_the_page(trained, tmp_path):
    evaluate_run(trained.folder, ("train",), QUICK, None, tmp_path, "cpu")
    kept = tmp_path / "evaluation" / "train.json"
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "model": "of yesterday"}))
    evaluation, files = evaluate_run(trained.folder, ("test",), QUICK, None, tmp_path, "cpu")
    (message,) = evaluation.messages
    assert "results of the split 'train' in this folder are of another model" in message
    assert "Known shapes" not in files[-1].read_text()
    kept.write_text('{"rows": 7}')  # damaged: as if there were none
    evaluation, _ = evaluate_run(trained.folder, ("test",), QUICK, None, tmp_path, "cpu")
    assert evaluation.messages == ()


def test_an_unseen_shape_stands_beside_the_nearest_known_one(trained, store, tmp_path):
    evaluation, files = evaluate_run(trained.folder, ("test",), QUICK, None, tmp_path, "cpu")
    (score,) = evaluation.scores["test"]
    assert score.nearest_known in (name_of(0.4), name_of(0.5))
    # Every point is 0.05 of 0.45 away; the spacing of 500 points a side adds to that.
    points = [store.pool(key).surface_points.numpy() for key in (score.key, score.nearest_known)]
    assert score.nearest_chamfer == pytest.approx(chamfer(*points) / 0.45**2, rel=0.02)
    assert score.nearest_chamfer > 2e3 * (0.05 / 0.45) ** 2
    assert evaluation.tables()[0].rows[1].name == "nearest known"
    with files[0].open() as file:
        (row,) = csv.DictReader(file)
    assert row["nearest_known"] == score.nearest_known
    assert f"right: the nearest known, {score.nearest_known}" in files[-1].read_text()


def test_the_nearest_known_shape_is_that_of_an_exhaustive_search(space, store):
    known = KnownSurfaces(space, store)
    found = known.nearest(name_of(UNSEEN), 1.0)
    points = {key: store.pool(key).surface_points.numpy() for key in (*space.keys, found.key)}
    unseen = store.pool(name_of(UNSEEN)).surface_points.numpy()
    assert found.key == min(points, key=lambda key: chamfer(unseen, points[key]))


def test_an_evaluation_tells_of_shapes_whose_files_are_gone(trained, tmp_path):
    store = ball_store(tmp_path / "store", RADII)
    store.enter(replace(store.record(name_of(0.3)), rule="exact"))
    limited = replace(QUICK, limit=2)
    evaluation, _ = evaluate_run(trained.folder, ("train",), limited, store.folder, tmp_path, "cpu")
    (message,) = evaluation.messages
    assert "nowhere.obj for one, are not there any more" in message and "1 of 2" in message


def test_volumes_are_compared_where_a_mesh_lies_within_itself(space, tmp_path):
    box = Box(half=(4.0, 4.0, 4.0)).mesh()
    vertices = np.concatenate([box.vertices + np.array([x, 0.0, 0.0]) for x in (10.0, 11.0)])
    faces = np.concatenate([box.faces, box.faces + len(box.vertices)])
    save_mesh(TriangleMesh(vertices, faces), tmp_path / "two.obj")
    store = ball_store(tmp_path / "store", [0.5])
    source = str(tmp_path / "two.obj")
    store.enter(replace(store.record(name_of(0.5)), rule="winding", source=source))
    score = score_shape(space, store, name_of(0.5), QUICK)
    assert 0.5 < score.metrics.volume.iou < 0.95


def test_a_limit_counts_the_shapes_of_every_category(space, store):
    scores = evaluate(space, store, replace(QUICK, limit=2))
    assert [score.key for score in scores] == [name_of(0.3), name_of(0.4)]


def test_a_shape_without_a_surface_is_lost_and_says_why(space, store):
    far = replace(space.entries[0])
    lost = ShapeSpace(SMOOTH.build(torch.Generator()), torch.zeros(1, 4), (far,))
    lost.decoder.output.weight.data.zero_()
    lost.decoder.output.bias.data.fill_(1.0)
    score = score_shape(lost, store, far.key, QUICK)
    assert score.metrics is None
    assert "surface" in score.problem


def test_a_split_without_shapes_cannot_be_evaluated(space, tmp_path):
    store = ball_store(tmp_path / "store", [0.3])
    with pytest.raises(InputError, match="has no shapes of the split 'test'"):
        evaluate(space, store, replace(QUICK, split="test"))


def test_a_missing_split_is_noticed_before_another_is_evaluated(trained, tmp_path, monkeypatch):
    without = ball_store(tmp_path / "store", RADII)
    monkeypatch.setattr(evaluation_run, "evaluate", lambda *_: pytest.fail("work was begun"))
    with pytest.raises(InputError, match="has no shapes of the split 'test'"):
        evaluate_run(trained.folder, ("train", "test"), QUICK, without.folder, None, "cpu")


def test_a_shape_without_file_and_surface_points_has_nothing_to_compare_with(space, tmp_path):
    store = ball_store(tmp_path / "store", [0.3], surface=0)
    with pytest.raises(InputError, match="so there is nothing to compare with"):
        evaluate(space, store, QUICK)


def test_codes_are_not_judged_without_surface_points(space, tmp_path):
    assert measure_codes(space, ball_store(tmp_path / "store", [0.3, 0.4], surface=0)) is None
    few = ball_store(tmp_path / "few", [0.3, 0.4])
    assert measure_codes(space, few) is None


def test_new_shapes_are_written_with_a_picture(space, tmp_path):
    config = SampleConfig(count=3, resolution=24, format="ply")
    files = sample(space, tmp_path / "new", config)
    assert [file.name for file in files] == ["000.ply", "001.ply", "002.ply", "shapes.png"]
    for file in files[:-1]:
        low, high = load(file).bounds
        np.testing.assert_allclose(high, -low, atol=0.05)
        assert 0.25 < high[0] < 0.65
    sample(space, tmp_path / "new", replace(config, count=1))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["000.ply", "shapes.png"]
    with pytest.raises(InputError, match="The count must be 1 or more"):
        SampleConfig(count=0)


def test_the_way_between_two_shapes_is_written_with_a_picture(space, tmp_path):
    config = InterpolateConfig(steps=3, resolution=24, format="ply")
    files = interpolate(space, name_of(0.3), "r60", tmp_path / "way", config)
    assert [file.name for file in files] == ["00.ply", "01.ply", "02.ply", "strip.png"]
    radii = [load(file).bounds[1, 2] for file in files[:-1]]
    np.testing.assert_allclose(radii[::2], [0.3, 0.6], atol=0.04)
    assert 0.35 < radii[1] < 0.55
    assert files[-1].read_bytes().startswith(b"\x89PNG")
    config = InterpolateConfig(steps=2, resolution=24, format="stl")
    (tmp_path / "way" / "note.txt").write_text("mine")
    interpolate(space, name_of(0.3), "r60", tmp_path / "way", config)
    left = sorted(path.name for path in (tmp_path / "way").iterdir())
    assert left == ["00.stl", "01.stl", "note.txt", "strip.png"]
    with pytest.raises(InputError, match="An interpolation needs 2 steps or more; got 1"):
        InterpolateConfig(steps=1)


def test_a_shape_of_a_space_is_saved_as_a_model_of_its_own(space, tmp_path):
    shape = space.shape("r50")
    shape.save(tmp_path / "one")
    again = NeuralSDF.load(tmp_path / "one")
    points = torch.tensor([[10.0, 0.0, 5.0], [10.0, 0.0, 9.0]], dtype=torch.float64)
    assert again.sdf(points).tolist() == shape.sdf(points).tolist()


def test_a_code_without_a_surface_is_told_apart_from_a_space_that_is_untrained(space):
    decoder = SMOOTH.build(torch.Generator())
    decoder.output.weight.data.zero_()
    empty = ShapeSpace(decoder, torch.zeros(1, 4), space.entries[:1])
    config = replace(FAST, inference=Inference(points=100, steps=1))
    with pytest.raises(InputError, match="it knows no such shape; --refine adds"):
        reconstruct(empty, cloud(UNSEEN), config)


def test_a_mesh_is_compared_with_the_scan_in_radii_of_the_whole(space):
    frame = Frame(centre=(10.0, 0.0, 0.0), radius=10 / 1.03)
    config = replace(FAST, partial=True, frame=frame)
    found = reconstruct(space, cloud(UNSEEN, above=0.0), config)
    assert list(found.distances) == ["scan to mesh"]
    points = cloud(UNSEEN, above=0.0).points - [10.0, 0.0, 0.0]
    radius = np.linalg.norm(found.mesh.vertices - [10.0, 0.0, 0.0], axis=1).mean()
    apart = np.abs(np.linalg.norm(points, axis=1) - radius).mean() / (10 / 1.03)
    assert found.distances["scan to mesh"].mean == pytest.approx(apart, abs=0.01)


@pytest.mark.parametrize("refined", [False, True])
def test_a_result_far_from_its_input_is_said_with_the_remedy_that_is_left(space, refined):
    refinement = Refinement(fitting=Fitting(batch=64), budget=Budget(steps=1)) if refined else None
    inference = Inference(points=100, steps=1)
    config = replace(FAST, inference=inference, refinement=refinement)
    (*_, message) = reconstruct(space, Box(half=(0.1, 0.5, 0.5)).mesh(), config).messages
    assert "radii apart on average: the space knows no such shape" in message
    assert ("--refine adds" in message) is not refined


def test_the_network_is_kept_where_its_mesh_fails(space, tmp_path, monkeypatch):
    def fail(*_):
        raise InputError("no surface")

    monkeypatch.setattr(NeuralSDF, "extract", fail)
    with pytest.raises(InputError, match=r"gives no clean surface .* The neural SDF is in .*model"):
        reconstruct(space, cloud(UNSEEN), FAST, model=tmp_path / "model")
    NeuralSDF.load(tmp_path / "model")
