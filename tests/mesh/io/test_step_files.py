"""STEP files are cut into triangles close to their surfaces, in the unit of the file."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from step_files import UNITS, step_ball

from acutance.errors import InputError
from acutance.mesh.io.load import read
from acutance.mesh.io.scenes import step
from acutance.mesh.io.scenes.step_unit import step_unit
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology

needs_cascadio = pytest.mark.skipif(
    importlib.util.find_spec("cascadio") is None, reason="cascadio is not installed"
)


@needs_cascadio
@pytest.mark.parametrize("unit", UNITS)
def test_a_ball_is_closed_close_to_the_sphere_and_in_its_unit(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "ball.STEP"
    path.write_text(step_ball(2.5, unit))
    reading = read(path)
    mesh = reading.shape
    assert isinstance(mesh, TriangleMesh)
    assert reading.unit == unit
    assert topology(mesh).manifold
    radii = np.linalg.norm(mesh.triangles.mean(axis=1) - [10, 0, 0], axis=1)
    assert (radii > 2.5 - 2 * step.TOLERANCE * 5).all()
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 2.5**3, rel=1e-3)
    assert reading.notes == (
        "Its curved surfaces are cut into triangles with a tolerance of 0.000500 "
        f"{unit}, 0.0001 of its longest side.",
    )


@needs_cascadio
def test_damaged_step_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "ball.stp"
    for content in (step_ball(1)[:900], step_ball(1).replace("SPHERICAL_SURFACE", "SPHERE")):
        path.write_text(content)
        with pytest.raises(InputError, match=r"Open CASCADE finds no (shape|surfaces) in it"):
            read(path)


@needs_cascadio
def test_step_that_takes_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "_SECONDS", 0.01)
    monkeypatch.setattr(step, "_SECONDS_OF_BYTE", 0.0)
    path = tmp_path / "ball.stp"
    path.write_text(step_ball(1))
    with pytest.raises(InputError, match="Open CASCADE takes too long with it"):
        read(path)


def test_without_cascadio_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    path = tmp_path / "ball.stp"
    path.write_text(step_ball(1))
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path} is a STEP file, and what reads those is not installed: "
        'pip install "acutance[cad]".'
    )


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_is_that_which_the_shape_is_given_in(unit: str) -> None:
    """Not the one that an inch is defined by; comments and line breaks change nothing."""
    text = step_ball(1, unit).replace("#80=", "/* SI_UNIT($,.METRE.) ; */ #80 = ")
    assert step_unit(text).unit == unit
    assert step_unit(text).notes == ()


def test_units_that_are_none_of_ours_are_said_and_given_in_millimetres() -> None:
    text = step_ball(1).replace(".MILLI.", ".KILO.")
    assert step_unit(text).notes == (
        "Its unit is 1000 m; its coordinates are given in millimetres.",
    )
    for damaged in (
        step_ball(1).replace("#90=", "#89="),
        step_ball(1, "in").replace("#95)", "#96)"),
    ):
        assert step_unit(damaged).unit == "mm"
        assert "no unit of length" in step_unit(damaged).notes[0]


def test_what_is_no_step_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    path = tmp_path / "a.step"
    path.write_text("Dear all")
    with pytest.raises(InputError, match="it does not begin with ISO-10303-21"):
        read(path)
