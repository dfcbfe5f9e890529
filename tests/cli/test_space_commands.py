"""The commands for spaces of shapes as their users meet them."""

import json
from pathlib import Path

import pytest
from balls import SMOOTH, SMOOTHLY, ball_store, in_this_process
from deb_files import deb
from step_files import step_ball

from acutance.cli import entry as cli
from acutance.data.datasets.parts.find import KICAD
from acutance.data.store import SampleStore
from acutance.jobs import workers as job
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Box
from acutance.training.space.presets import SPACE_PRESETS, SpacePreset

PREPARE = ("--samples", "2000", "--surface", "300", "--count", "1")
SMALL = ("--resolution", "32")


def run(*arguments):
    """Exit code of the command."""
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def refused(capsys):
    """Runs a command, sees that it ends with code 2 and one sentence, and returns that."""

    def run_refused(*arguments):
        capsys.readouterr()
        assert run(*arguments) == 2, capsys.readouterr().err
        said = capsys.readouterr().err
        assert said.startswith("acutance: ")
        assert said.count("\n") == 1
        assert "Traceback" not in said
        return said

    return run_refused


@pytest.fixture(scope="module")
def patched():
    """A tiny network under the name of the default preset, and no processes."""
    with pytest.MonkeyPatch.context() as patch:
        tiny = SpacePreset(decoder=SMOOTH, fitting=SMOOTHLY, about="for tests")
        patch.setitem(SPACE_PRESETS, "best", tiny)
        patch.setattr(job, "in_processes", in_this_process)
        yield


@pytest.fixture(scope="module")
def balls(tmp_path_factory, patched):
    """A store of balls and a run that learned them."""
    folder = tmp_path_factory.mktemp("commands")
    ball_store(folder / "store", [0.4, 0.5, 0.6], test=(0.45,))
    assert run("train", folder / "store", folder / "run", "--steps", "150", "--pictures", "1") == 0
    return folder


def test_from_procedural_shapes_to_a_trained_space(patched, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("prepare", "procedural", "store", *PREPARE) == 0
    said = capsys.readouterr().out
    assert "sampled now" in said
    assert "wrote store" in said
    store = SampleStore.open("store")
    assert len(store.split("train")) == 5
    assert run("prepare", "procedural", "store", *PREPARE) == 0
    assert run("train", "store", "run", "--steps", "30", "--pictures", "0") == 0
    assert "5 shapes" in capsys.readouterr().out
    assert run("train", "store", "run", "--steps", "30", "--pictures", "0", "--resume") == 0
    assert "Nothing was left to train" in capsys.readouterr().out
    assert run("train", "store", "run", "--resume", "--steps", "40", "--pictures", "0") == 0
    assert "Nothing was left" not in capsys.readouterr().out
    assert run("train", "store", "run", "--resume") == 0
    assert "Nothing was left to train" in capsys.readouterr().out


def test_parts_become_a_store_with_their_terms_and_families(patched, tmp_path, monkeypatch, capsys):
    pytest.importorskip("cascadio", reason="the extra cad is not installed")
    monkeypatch.chdir(tmp_path)
    names = ["Fuse.3dshapes/Fuse_1", "Varistor.3dshapes/RV_2", "Varistor.3dshapes/RV_3"]
    files = {f"{name}.step": step_ball(1.0 + radius) for radius, name in enumerate(names)}
    files["Varistor.3dshapes/RV_3.step"] = "ISO-10303-21; and no more"
    packed = {f"{KICAD.folder}/{name}": text.encode() for name, text in files.items()}
    terms = b"Files: *\nCopyright: Ann\nLicense: CC-BY-SA-4.0\n"
    deb(tmp_path / f"{KICAD.name}_6_all.deb", {**packed, KICAD.copyright: terms})
    options = ("--packages", ".", "--samples", "2000", "--surface", "300", "--test-share", "0")
    assert run("prepare", "parts", "store", *options) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "for train 2, with 2 families inside by exact 2 skipped 1" in said
    assert "3 under CC-BY-SA-4.0" in said
    assert "discrete/RV_3 was skipped: " in said
    assert "Open CASCADE finds no shape in it" in said
    assert Path("store", "parts-copyright.txt").read_bytes() == terms
    assert SampleStore.open("store").record("discrete/RV_2").family == "Varistor RV"


def test_a_run_is_resumed_with_its_own_settings(balls, tmp_path, capsys):
    options = ("--preset", "siren", "--film", "--seed", "3", "--epochs", "2", "--pictures", "0")
    assert run("train", balls / "store", tmp_path / "run", *options) == 0
    assert run("train", balls / "store", tmp_path / "run", "--resume") == 0
    assert "Nothing was left to train" in capsys.readouterr().out


def test_a_run_without_kept_settings_is_resumed_and_damaged_ones_are_named(balls, tmp_path, capsys):
    options = ("--steps", "2", "--pictures", "0")
    assert run("train", balls / "store", tmp_path / "run", *options) == 0
    path = tmp_path / "run" / "run.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "config": 7}))
    assert run("train", balls / "store", tmp_path / "run", "--resume", *options) == 2
    assert "run.json cannot be used: Expected one of TrainConfig" in capsys.readouterr().err
    del settings["config"]
    path.write_text(json.dumps(settings))
    assert run("train", balls / "store", tmp_path / "run", "--resume", *options) == 0
    assert "Nothing was left to train" in capsys.readouterr().out


def test_a_known_shape_is_written_as_a_closed_mesh_and_a_model(balls, tmp_path, capsys):
    arguments = ("--shape", "r50", "-o", tmp_path / "ball.stl", "--model", tmp_path / "model")
    assert run("reconstruct", balls / "run", *arguments, *SMALL) == 0
    assert "ball.stl" in capsys.readouterr().out
    assert topology(load(tmp_path / "ball.stl")).closed
    assert run("info", tmp_path / "model") == 0
    assert "neural SDF" in capsys.readouterr().out


def test_all_known_shapes_are_written(balls, tmp_path, capsys):
    arguments = ("--all", "-o", tmp_path / "shapes", "--format", "ply")
    assert run("reconstruct", balls / "run", *arguments, *SMALL) == 0
    assert "wrote 3 files" in capsys.readouterr().out
    assert len(list((tmp_path / "shapes" / "ball").glob("*.ply"))) == 3


def test_an_unseen_mesh_is_reconstructed(balls, tmp_path, capsys):
    known = tmp_path / "known.obj"
    assert run("reconstruct", balls / "run", "--shape", "r60", "-o", known, *SMALL) == 0
    capsys.readouterr()
    assert run("reconstruct", balls / "run", known, "-o", tmp_path / "again.glb", *SMALL) == 0
    said = capsys.readouterr().out
    assert "Inside by exact" in said
    assert "Distance from mesh to solid, 10⁻³ R: mean" in said
    assert "nearest known shape: ball/r60" in said
    assert (tmp_path / "again.glb").stat().st_size > 1000


def test_a_shape_that_the_space_does_not_know_is_said(balls, tmp_path, capsys):
    path = tmp_path / "box.stl"
    save_mesh(Box(half=(0.9, 0.2, 0.1)).mesh(), path)
    assert run("reconstruct", balls / "run", path, "-o", tmp_path / "box.glb", *SMALL) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "the space knows no such shape; --refine adds what it does not know" in said


def test_a_space_is_evaluated(balls, tmp_path, capsys):
    arguments = ("--split", "test", "--limit", "1", "-o", tmp_path / "out")
    assert run("evaluate", balls / "run", *arguments, *SMALL) == 0
    said = capsys.readouterr().out
    assert "Unseen shapes" in said
    assert (tmp_path / "out" / "evaluation.html").exists()


def test_the_way_between_two_shapes_is_written(balls, tmp_path, capsys):
    arguments = ("r40", "r60", "-o", tmp_path / "way", "--steps", "2")
    assert run("interpolate", balls / "run", *arguments, *SMALL) == 0
    assert "strip.png" in capsys.readouterr().out


def test_new_shapes_are_drawn_by_a_seed(balls, tmp_path, capsys):
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        arguments = ("--count", "2", "--seed", seed, "--format", "ply", "-o", tmp_path / name)
        assert run("sample", balls / "run", *arguments, *SMALL) == 0
    assert "3 files" in " ".join(capsys.readouterr().out.split())
    first, again, other = ((tmp_path / name / "000.ply").read_bytes() for name in "abc")
    assert first == again != other


def test_codes_are_written_and_what_is_near_is_printed(balls, tmp_path, capsys):
    assert run("codes", balls / "run", "--split", "both", "-o", tmp_path / "codes.csv") == 0
    assert "4 codes of 4 numbers" in capsys.readouterr().out
    assert len((tmp_path / "codes.csv").read_text().splitlines()) == 5
    assert run("codes", balls / "run", "--nearest", "r40") == 0
    assert capsys.readouterr().out.split()[1::2] == ["ball/r50", "ball/r60"]


def test_new_shapes_are_judged(tmp_path, patched, capsys):
    ball_store(tmp_path / "store", [0.4, 0.5, 0.6], test=(0.45, 0.55))
    options = ("--steps", "150", "--pictures", "0")
    assert run("train", tmp_path / "store", tmp_path / "run", *options) == 0
    arguments = ("--judge", "chamfer", "-o", tmp_path / "new")
    assert run("sample", tmp_path / "run", *arguments, *SMALL) == 0
    said = capsys.readouterr().out
    assert "New shapes beside unseen ones" in said
    assert "4 files" in said


def test_an_empty_store_is_named(refused, tmp_path):
    SampleStore.create(tmp_path / "store", {})
    assert "is empty: no shape was prepared" in refused(
        "train", tmp_path / "store", tmp_path / "run"
    )
    assert not (tmp_path / "run").exists()


def test_a_store_of_another_version_is_named(refused, tmp_path):
    ball_store(tmp_path / "store", [0.5])
    path = tmp_path / "store" / "store.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    assert "is a store of format 99" in refused("train", tmp_path / "store", tmp_path / "run")


def test_a_corrupted_shape_is_named(refused, tmp_path):
    store = ball_store(tmp_path / "store", [0.5])
    path = store.path(store.record("ball/r50"))
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    said = refused("train", tmp_path / "store", tmp_path / "run")
    assert "r50.safetensors is missing or damaged; run the same `acutance prepare` again" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("reconstruct", "RUN", "--shape", "r51"),
            "There is no shape 'r51' among those",
        ),
        (("interpolate", "RUN", "r40", "r61"), "There is no shape 'r61' among those"),
        (("reconstruct", "RUN", "--shape", "r45"), "ball/r45 was kept aside when"),
        (("reconstruct", "RUN"), "Give either an input, or --shape NAME, or --all"),
        (("reconstruct", "RUN", "x.obj", "--shape", "r40"), "Give either an input, or --shape"),
        (("reconstruct", "RUN", "--shape", "r40", "--all"), "Give either an input, or --shape"),
        (("reconstruct", "RUN", "--shape", "r40", "--refine"), "are for an unseen shape"),
        (("reconstruct", "RUN", "--all", "--camera", "0", "0", "0"), "are for an unseen shape"),
        (("reconstruct", "RUN", "--all", "--model", "NEW"), "--model keeps one shape"),
        (("train", "STORE", "RUN", "--resume", "--steps", "9"), "and 9 is less"),
        (("reconstruct", "RUN", "x.obj"), "x.obj does not exist"),
        (("reconstruct", "RUN", "x.ply", "--partial", "--centre", "0", "0", "0"), "needs both"),
        (("reconstruct", "RUN", "x.ply", "--radius", "1"), "needs both --centre and --radius"),
        (("reconstruct", "RUN", "x.ply", "--camera", "0", "0", "0"), "are for partial input"),
        (("reconstruct", "STORE", "--shape", "r40"), "is a store of samples"),
        (("reconstruct", "RUN", "--shape", "r40", "--resolution", "3"), "from 8 to 2048"),
        (("evaluate", "RUN", "--split", "test", "--store", "x"), "is not a store of samples"),
        (("evaluate", "RUN", "--refine", "--refine-seconds", "0"), "A budget must be positive"),
        (("evaluate", "RUN", "--refine-seconds", "9"), "is the time of --refine: give that too"),
        (("reconstruct", "RUN", "x.ply", "--refine-seconds", "9"), "is the time of --refine"),
        (("reconstruct", "RUN", "--shape", "r40", "--format", "stl"), "of its file: -o shape.stl"),
        (("reconstruct", "RUN", "x.ply", "--format", "stl"), "--format is for --all"),
        (("shapes", "chair", "--format", "stl"), "--format is for --count"),
        (
            ("interpolate", "RUN", "r40", "r60", "--steps", "1"),
            "An interpolation needs 2 steps or more",
        ),
        (("sample", "RUN", "--count", "0"), "The count must be 1 or more"),
        (("train", "STORE", "RUN"), "holds a training already"),
        (("train", "STORE", "RUN", "--resume", "--seed", "1"), "was started with fitting.seed = 0"),
        (("train", "STORE", "NEW", "--resume"), "holds no training"),
        (("train", "STORE", "NEW", "--steps", "0"), "A budget must be positive"),
        (("train", "STORE", "NEW", "--epochs", "0"), "epochs must be 1 or more"),
        (
            ("train", "STORE", "NEW", "--steps", "9", "--seconds", "9"),
            "Give only one of --epochs",
        ),
        (("train", "STORE", "NEW", "--steps", "9", "--epochs", "9"), "a training has one end"),
        (("train", "STORE", "NEW", "--preset", "deepsdf", "--film"), "can take codes by FiLM"),
        (("codes", "RUN", "-o", "codes.txt"), "written as one of .npz .csv .parquet"),
        (("codes", "RUN", "--nearest", "r40", "-o", "a.csv"), "--nearest prints known shapes"),
        (("codes", "RUN", "--nearest", "r45"), "ball/r45 was kept aside when"),
        (("sample", "RUN", "--judge", "emd", "--count", "3"), "leave out --count"),
        (("sample", "RUN", "--judge", "emd"), "two unseen ones or more; the store has 1"),
        (("train", "STORE", "NEW", "--categories", "sofa"), "no shapes of the category 'sofa'"),
        (("train", "NEW", "NEW"), "is not a store of samples"),
        (("prepare", "NEW", "STORE2"), "does not exist"),
        # What `Sampling` refuses is an error of the input here.
        (("prepare", "procedural", "STORE2", "--samples", "0"), "count"),
        (("prepare", "procedural", "STORE2", "--uniform", "2"), "uniform"),
        (("prepare", "procedural", "STORE2", "--widths", "-1"), "widths"),
        (("prepare", "procedural", "STORE2", "--count", "0"), "The count must be 1 or more"),
        (("prepare", "procedural", "STORE2", "--test-share", "1"), "The test share must lie in"),
        (("prepare", "procedural", "STORE2", "--thickness", "1"), "The thickness must lie above 0"),
        (("prepare", "procedural", "STORE", "--count", "1"), "made with other settings"),
        (("bench", "swish", "-o", "NEW"), "There is no variant 'swish'"),
        (("bench", "--data", "NEW", "-o", "NEW"), "is not a store of samples"),
        (("bench", "--count", "0", "-o", "NEW"), "The count, the limit and the seeds must be 1"),
    ],
)
def test_a_mistake_is_one_sentence(balls, refused, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    places = {"RUN": balls / "run", "STORE": balls / "store"}
    assert message in refused(*(places.get(word, word) for word in arguments))
    assert not Path("NEW").exists()


def test_a_split_file_that_names_missing_shapes_is_refused(refused, tmp_path):
    chair = tmp_path / "data" / "chair" / "one.obj"
    chair.parent.mkdir(parents=True)
    chair.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    split = tmp_path / "chairs_train.json"
    split.write_text(json.dumps({"mine": {"chair": ["one", "two"]}}))
    said = refused("prepare", tmp_path / "data", tmp_path / "store", "--split", split)
    assert "lacks 1 of the shapes that chairs_train.json names: chair/two" in said


def test_a_folder_without_shapes_is_refused(refused, tmp_path):
    (tmp_path / "data").mkdir()
    refused("prepare", tmp_path / "data", tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_families_of_shapes_are_written(tmp_path, capsys):
    arguments = ("table", "--count", "2", "--seed", "3", "-o", tmp_path, "--format", "stl")
    assert run("shapes", *arguments) == 0
    assert "wrote 2 files" in capsys.readouterr().out
    assert sorted(p.name for p in (tmp_path / "table").iterdir()) == ["000003.stl", "000004.stl"]
