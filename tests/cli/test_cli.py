"""The command line as its users meet it."""

import errno
import json
import os
import struct
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from acutance.cli import entry as cli
from acutance.cli.space import PRESET_HELP, SpacePresetName
from acutance.training.shape.presets import PRESETS
from acutance.training.shape.step import GridSteps
from acutance.training.space.presets import SPACE_PRESETS

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"
TETRAHEDRON = TRIANGLE + "v 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


def run(*arguments: str | Path) -> int:
    """Exit code of the command."""
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def mesh(tmp_path):
    path = tmp_path / "tetrahedron.obj"
    path.write_text(TETRAHEDRON)
    return path


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    """The default network learns from small batches."""
    preset = PRESETS["hash"]
    fitting = replace(preset.fitting, batch=1024, batch_growth=2.0)
    monkeypatch.setitem(PRESETS, "hash", replace(preset, fitting=fitting))


BAD_FILES = {
    "missing": (".obj", None, "does not exist; check the path"),
    "empty": (".ply", b"", "is empty (0 bytes)"),
    "no mesh": (".docx", b"hello", "has the ending '.docx'; expected one of"),
    "text with another ending": (".stl", b"Dear reader,\nthis is a letter.\n", "cannot be read"),
    "no faces": (".obj", TRIANGLE.encode(), "holds no faces"),
    "not a number": (".obj", TETRAHEDRON.replace("v 1 0 0", "v nan 0 0").encode(), "NaN"),
    "infinite": (".obj", TETRAHEDRON.replace("v 1 0 0", "v inf 0 0").encode(), "infinite"),
    "flat": (".obj", (TRIANGLE + "v 1 1 0\nf 1 2 3\nf 2 4 3\n").encode(), "three dimensions"),
    "one triangle": (".obj", (TRIANGLE + "f 1 2 3\n").encode(), "one triangle"),
    "wrong index": (".obj", (TRIANGLE + "f 1 2 9\nf 1 2 3\n").encode(), "cannot be read"),
    "absurd count": (".stl", bytes(80) + struct.pack("<I", 2**31) + bytes(100), "no triangle"),
}


@pytest.mark.parametrize("command", ["fit", "clean"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_input_ends_with_one_sentence_and_code_2_and_writes_nothing(
    case, command, tmp_path, capsys
):
    ending, content, message = BAD_FILES[case]
    path, output = tmp_path / f"input{ending}", tmp_path / "out.glb"
    if content is not None:
        path.write_bytes(content)
    assert run(command, path, "-o", output) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"acutance: {path}")
    assert message in said
    assert "Traceback" not in said
    assert not output.exists()


def test_a_folder_as_input_is_named(tmp_path, capsys):
    assert run("fit", tmp_path) == 2
    assert "is a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--seconds", "-1", "A budget must be positive"),
        ("--seed", "-1", "A seed must not be negative"),
        ("--resolution", "3", "The resolution must be from 8 to 2048"),
        ("--thickness", "7", "The thickness must lie above 0 and below 0.1"),
        ("--thickness", "0", "The thickness must lie above 0 and below 0.1"),
        ("--thickness", "-0.01", "The thickness must lie above 0 and below 0.1"),
        ("--thickness", "nan", "The thickness must lie above 0 and below 0.1"),
        ("--device", "quantum", "There is no device 'quantum'"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(mesh, capsys, option, value, message):
    assert run("fit", mesh, option, value) == 2
    assert message in capsys.readouterr().err


def test_the_other_rule_is_a_command_to_copy_where_the_evidence_is_weak(tmp_path, capsys):
    (tmp_path / "open box.obj").write_text(
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\n"
        "f 4 3 2 1\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"
    )
    given, made = tmp_path / "open box.obj", tmp_path / "made.ply"
    assert run("clean", given, "-o", made, "--resolution", "16") == 0
    said = capsys.readouterr().out.replace("\n", " ")
    assert "Inside by flood" in said
    assert "If its holes are to be closed, take the rule winding." in said
    assert f"acutance clean '{given}' -o {made} --rule winding" in said


def test_the_version_is_told(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("acutance 0.")


def test_clean_does_not_overwrite_its_input(mesh, capsys):
    before = mesh.read_bytes()
    assert run("clean", mesh, "-o", mesh) == 2
    assert "is the input, which is not overwritten" in capsys.readouterr().err
    assert mesh.read_bytes() == before


def test_an_unknown_preset_is_refused_with_the_choices(mesh, capsys):
    assert run("fit", mesh, "--preset", "swish") == 2
    assert "siren" in capsys.readouterr().err


def test_a_file_in_the_place_of_the_folder_is_noticed_before_the_work(
    mesh, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("acutance.jobs.shape.fit.fit_shape", None)
    output = tmp_path / "out.stl"
    output.write_text("kept")
    assert run("fit", mesh, "-o", output) == 2
    assert "is a file, not a folder" in capsys.readouterr().err
    assert output.read_text() == "kept"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(mesh, tmp_path, capsys):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert run("fit", mesh, "-o", locked / "out", "--steps", "20", "--resolution", "16") == 2
    assert "permission is denied" in capsys.readouterr().err


def test_a_full_disk_is_named_and_leaves_nothing_half_written(mesh, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    output = tmp_path / "out"
    monkeypatch.setattr(Path, "write_bytes", full)
    assert run("fit", mesh, "-o", output, "--steps", "60", "--resolution", "16") == 1
    assert "the disk is full" in capsys.readouterr().err
    assert not [path for path in output.rglob("*") if path.is_file()]


def test_fit_mesh_sdf_and_info_work_on_what_they_wrote(mesh, tmp_path, capsys):
    output = tmp_path / "out"
    assert run("fit", mesh, "-o", output, "--steps", "300", "--resolution", "32") == 0
    assert "report.html" in capsys.readouterr().out
    assert run("mesh", output, "-o", tmp_path / "again.3mf", "--resolution", "24") == 0
    np.savez(tmp_path / "points.npz", points=np.random.default_rng(0).random((10, 3)))
    assert run("sdf", output / "model", tmp_path / "points.npz", "-o", tmp_path / "sdf.npz") == 0
    assert run("info", output) == 0
    assert "neural SDF" in capsys.readouterr().out
    assert run("info", tmp_path / "again.3mf") == 0
    said = capsys.readouterr().out
    assert "closed" in said and "inside by" in said


def test_measure_compares_a_mesh_with_what_it_should_be(mesh, tmp_path, capsys):
    larger = tmp_path / "larger.obj"
    larger.write_text(TETRAHEDRON.replace(" 1", " 1.1", 3))
    assert run("measure", larger, mesh, "-o", tmp_path / "numbers.json") == 0
    said = capsys.readouterr().out
    assert "result → reference" in said and "closed" in said and "input" not in said
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["topology"]["boundary_edges"] == 0
    assert 0 < numbers["metrics"]["surface"]["maximum"] < 0.2
    assert "radius" in numbers["metrics"]["unit"]
    assert run("measure", mesh, mesh) == 0
    assert "coordinates" not in capsys.readouterr().out


def test_measure_notices_other_coordinates_and_swapped_files(mesh, tmp_path, capsys):
    points = tmp_path / "points.xyz"
    np.savetxt(points, np.random.default_rng(0).normal((9, 0, 0), size=(500, 3)))
    assert run("measure", mesh, points) == 0
    assert "same coordinates and units?" in " ".join(capsys.readouterr().out.split())
    assert run("measure", points, mesh, "-o", tmp_path / "numbers.json") == 2
    assert "give the mesh first" in capsys.readouterr().err
    assert not (tmp_path / "numbers.json").exists()


def test_measure_overwrites_nothing_and_tells_of_a_mesh_that_is_inside_out(mesh, tmp_path, capsys):
    named = tmp_path / "mesh.json"
    assert run("measure", mesh, mesh, "-o", mesh) == 2
    assert "ending in .json" in capsys.readouterr().err
    assert mesh.read_text() == TETRAHEDRON
    inverted = tmp_path / "inverted.obj"
    faces = [line.split() for line in TETRAHEDRON.splitlines()]
    turned = [" ".join([f, a, c, b] if f == "f" else [f, a, b, c]) for f, a, b, c in faces]
    inverted.write_text("\n".join(turned) + "\n")
    assert run("measure", inverted, mesh, "-o", named) == 0
    assert "inverted.obj is inside out" in " ".join(capsys.readouterr().out.split())
    assert "inside out" in json.loads(named.read_text())["messages"][0]


def test_measure_says_why_volumes_are_not_compared_or_hardly_can_be(mesh, tmp_path, capsys):
    open_mesh = tmp_path / "open.obj"
    open_mesh.write_text("".join(TETRAHEDRON.splitlines(keepends=True)[:-1]))
    numbers = tmp_path / "numbers.json"
    assert run("measure", mesh, open_mesh, "-o", numbers) == 0
    assert "not compared (IoU): the reference is not closed" in capsys.readouterr().out
    assert json.loads(numbers.read_text())["metrics"]["volume"] is None
    assert run("measure", open_mesh, mesh) == 0
    assert "hence the IoU, is a guess" in " ".join(capsys.readouterr().out.split())


def test_info_of_something_else_is_one_sentence(tmp_path, capsys):
    assert run("info", tmp_path) == 2
    assert "is not a model: it has no config.json" in capsys.readouterr().err


def test_shapes_writes_a_part(tmp_path):
    assert run("shapes", "part", "-o", tmp_path / "part.stl") == 0
    assert (tmp_path / "part.stl").stat().st_size > 10_000


def test_a_bug_of_ours_is_no_traceback_but_a_note_of_where_it_is(mesh, capsys, monkeypatch):
    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr("acutance.jobs.info.describe", fail)
    assert run("info", mesh) == 1
    said = capsys.readouterr().err
    assert "this is a bug, please report it with" in said
    assert "Traceback" in Path(said.split(" with ")[1].strip().rstrip(".")).read_text()


def test_clean_writes_one_solid_and_tells_its_walls(mesh, tmp_path, capsys):
    output = tmp_path / "clean.stl"
    assert run("clean", mesh, "-o", output, "--resolution", "32", "--solid") == 0
    said = capsys.readouterr().out
    assert "Inside by exact" in said
    assert "The thinnest walls are" in said
    assert output.exists()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("--resolution", "3", "from 8 to 2048"), ("--error", "0", "from 1e-05 to 0.5")],
)
def test_settings_of_clean_that_cannot_be_end_with_one_sentence(
    option, value, message, mesh, tmp_path, capsys
):
    assert run("clean", mesh, "-o", tmp_path / "clean.glb", option, value) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_place_that_takes_no_file_is_named_before_the_work(mesh, capsys):
    assert run("clean", mesh, "-o", "/proc/clean.glb") == 2
    assert "/proc/clean.glb cannot be written" in capsys.readouterr().err


def test_an_error_and_a_resolution_exclude_each_other(mesh, tmp_path, capsys):
    options = ["--error", "1e-3", "--resolution", "64"]
    assert run("clean", mesh, "-o", tmp_path / "clean.glb", *options) == 2
    assert "Give --resolution or --error" in capsys.readouterr().err


def test_an_interrupted_fit_keeps_what_there_is_and_ends_with_130(
    mesh, tmp_path, capsys, monkeypatch
):
    steps, take = iter(range(250)), GridSteps.take

    def interrupted(*arguments):
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return take(*arguments)

    monkeypatch.setattr(GridSteps, "take", interrupted)
    output = tmp_path / "out"
    assert run("fit", mesh, "-o", output, "--steps", "300", "--resolution", "32") == 130
    assert "Training was interrupted" in capsys.readouterr().out
    assert (output / "report.html").exists()
    assert (output / "model").is_dir()


def test_an_option_that_comes_twice_is_refused(mesh, tmp_path, capsys):
    formats = ("--format", "obj", "--format=stl")
    assert run("fit", mesh, "-o", tmp_path / "out", *formats) == 2
    assert "--format is given 2 times" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_train_offers_and_explains_every_preset():
    assert get_args(SpacePresetName) == tuple(SPACE_PRESETS)
    explained = dict(line.split(": ", 1) for line in PRESET_HELP.splitlines()[1:])
    assert tuple(explained) == tuple(SPACE_PRESETS)
    for name, preset in SPACE_PRESETS.items():
        decoder = preset.decoder.build(torch.Generator())
        size = f"{decoder.parameter_count / 1e6:.2f} M parameters, code {decoder.code_length:,}"
        assert explained[name].endswith(f"{size}.")
