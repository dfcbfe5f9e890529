"""Units, scale and the upright axis of an input, and what is refused before the work."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from acutance.cli.entry import main
from acutance.mesh.io.load import read
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Fourier
from acutance.model.neural_sdf import NeuralSDF
from acutance.shapes.analytic import Box

BOX = Box(half=(1.0, 2.0, 3.0)).mesh()
FAR = TriangleMesh(BOX.vertices + np.array([5e6, 0, 0]), BOX.faces)
COARSE = ("--resolution", "16")


def run(*arguments: object) -> int:
    """Exit code of a command."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def untrained(scale: float = 1.0) -> NeuralSDF:
    network = DecoderConfig(encoding=Fourier(frequencies=2)).build(torch.Generator())
    return NeuralSDF(network, Similarity(centre=(5e6, 0.0, 0.0), scale=scale))


def test_clean_takes_the_unit_to_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A part of 2 × 4 × 6 inches, made twice as large and stood up from y to z."""
    save_mesh(BOX, tmp_path / "box.stl")
    wanted = np.array([4.0, 12.0, 8.0])
    options = ("--unit", "in", "--scale", "2", "--up", "y", "--solid", *COARSE)
    for ending, factor in (("glb", 0.0254), ("3mf", 1.0), ("ply", 1.0)):
        output = tmp_path / f"a.{ending}"
        assert run("clean", tmp_path / "box.stl", "-o", output, *options) == 0
        sides = np.ptp(trimesh.load(output, force="mesh").bounds, axis=0)
        np.testing.assert_allclose(sides, factor * wanted, rtol=1e-3)
    said = capsys.readouterr().out
    assert re.search(r"Cells: 0\.\d{3} in\n", said)
    assert "thinnest walls are 4.00 in thick, 99 % of the walls are thicker than 4.00 in." in said
    assert "is not known" not in said
    assert read(tmp_path / "a.3mf").unit == "in"


def test_an_unknown_unit_is_said_once_where_the_format_has_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_mesh(BOX, tmp_path / "box.obj")
    for ending, times in (("glb", 1), ("ply", 0)):
        output = tmp_path / f"a.{ending}"
        assert run("clean", tmp_path / "box.obj", "-o", output, *COARSE) == 0
        assert capsys.readouterr().out.count("The unit of the input is not known") == times


def test_info_names_lengths_in_the_unit_of_the_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two sides of a box of 2 × 4 × 6 thirds get three quarters of a cell of 2 / 256."""
    sides = BOX.with_faces(BOX.faces[BOX.face_normals[:, :2].max(axis=1) > 0.5])
    save_mesh(TriangleMesh(sides.vertices / 3, sides.faces), tmp_path / "sheet.obj")
    assert run("info", tmp_path / "sheet.obj", "--unit", "in") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "extent 0.667 × 1.33 × 2.00 in (x × y × z)" in said
    assert "thickness 0.00586 in outside the surface" in said
    assert re.search(r"hole has a radius of 0\.97\d in,", said)
    assert "unit frame" not in said


def test_what_the_reader_left_out_is_among_the_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_mesh(BOX, tmp_path / "box.stl")
    with (tmp_path / "box.stl").open("ab") as file:
        file.write(b"ab")
    assert run("clean", tmp_path / "box.stl", "-o", tmp_path / "a.ply", *COARSE) == 0
    assert run("info", tmp_path / "box.stl") == 0
    assert capsys.readouterr().out.count("2 bytes after its triangles are left out.") == 2


def test_info_names_the_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_mesh(BOX, tmp_path / "box.3mf", "cm")
    save_mesh(BOX, tmp_path / "box.obj")
    for arguments, said in {
        ("box.3mf",): "unit       centimetres",
        ("box.obj",): "unit       not known",
        ("box.obj", "--unit", "ft"): "2.00 × 4.00 × 6.00 ft (x × y × z)",
        ("box.3mf", "--unit", "mm"): "The file says that it is in centimetres",
    }.items():
        assert run("info", tmp_path / arguments[0], *arguments[1:]) == 0
        assert said in capsys.readouterr().out


def test_measure_brings_the_result_into_the_unit_of_the_reference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_mesh(BOX, tmp_path / "a.glb", "mm")
    save_mesh(BOX, tmp_path / "b.3mf", "mm")
    save_mesh(BOX, tmp_path / "c.stl")
    numbers = tmp_path / "numbers.json"
    assert run("measure", tmp_path / "a.glb", tmp_path / "b.3mf", "-o", numbers) == 0
    assert "a.glb: Brought from metres into millimetres." in capsys.readouterr().out
    assert json.loads(numbers.read_text())["metrics"]["surface"]["maximum"] < 1e-5
    assert run("measure", tmp_path / "a.glb", tmp_path / "c.stl", "--unit", "mm") == 0
    assert "Brought from metres into millimetres." in capsys.readouterr().out
    assert run("measure", tmp_path / "a.glb", tmp_path / "c.stl") == 0
    assert "a.glb is in metres, and c.stl does not say" in capsys.readouterr().out


def test_a_model_keeps_the_unit_and_those_without_one_still_load(tmp_path: Path) -> None:
    untrained().in_unit("ft").save(tmp_path)
    assert NeuralSDF.load(tmp_path).transform.unit == "ft"
    config = json.loads((tmp_path / "config.json").read_text())
    del config["transform"]["unit"]
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert NeuralSDF.load(tmp_path).transform.unit is None


def test_coordinates_that_stl_cannot_hold_are_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_mesh(FAR, tmp_path / "far.ply")
    untrained().save(tmp_path / "model")
    monkeypatch.setattr("acutance.jobs.shape.fit.fit_shape", None)
    monkeypatch.setattr("acutance.jobs.shape.clean.clean", None)
    monkeypatch.setattr("acutance.model.neural_sdf.NeuralSDF.extract", None)
    monkeypatch.chdir(tmp_path)
    for command in (
        ("fit", "far.ply", "-o", "out", "--format", "stl"),
        ("clean", "far.ply", "-o", "out.stl"),
        ("mesh", "model", "-o", "out.stl"),
    ):
        assert run(*command) == 2
        assert "cannot be written as STL: coordinates reach 5e+06" in capsys.readouterr().err
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.stl").exists()


@pytest.mark.parametrize("option", [("--scale", "0"), ("--scale", "nan"), ("--scale", "-2")])
def test_a_scale_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, str]
) -> None:
    save_mesh(BOX, tmp_path / "box.obj")
    assert run("clean", tmp_path / "box.obj", "-o", tmp_path / "a.ply", *option) == 2
    assert "The scale must be positive and finite" in capsys.readouterr().err
