"""Units of length go with a shape from file to file, and nothing is converted without a word."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from acutance.errors import InputError
from acutance.mesh.io.load import load_points, read
from acutance.mesh.io.save import check_coordinates, save_mesh, unit_message
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.reading import TURNS, Reading
from acutance.mesh.units import METRES, UNITS, Unit, check_unit, factor, length
from acutance.shapes.analytic import Box

BOX = Box(half=(1.0, 2.0, 3.0)).mesh()


def _mesh(reading: Reading) -> TriangleMesh:
    assert isinstance(reading.shape, TriangleMesh)
    return reading.shape


def test_factors_lead_back_and_are_those_of_the_international_yard() -> None:
    for one in UNITS:
        for other in UNITS:
            assert factor(one, other) * factor(other, one) == pytest.approx(1, rel=1e-15)
            assert factor(one, other) == pytest.approx(METRES[one] / METRES[other], rel=1e-12)
    assert (factor("in", "mm"), factor("ft", "in"), factor("m", "mm")) == (25.4, 12, 1000)


def test_lengths_have_three_significant_digits() -> None:
    values = [0.0002, 0.000204, 0.99951, 1.5, 12.345, 123.45, 1234.5, 1e-9, 1.5e12]
    assert [length(value, None) for value in values] == [
        *["0.000200", "0.000204", "1.00", "1.50", "12.3", "123", "1230", "1e-09", "1500000000000"],
    ]


@pytest.mark.parametrize("unit", UNITS)
def test_3mf_keeps_coordinates_and_unit(tmp_path: Path, unit: Unit) -> None:
    save_mesh(BOX, tmp_path / "a.3mf", unit)
    reading = read(tmp_path / "a.3mf")
    assert reading.unit == unit and reading.notes == ()
    np.testing.assert_array_equal(_mesh(reading).bounds, BOX.bounds)
    found = trimesh.load_scene(tmp_path / "a.3mf")
    assert trimesh.units.unit_conversion(found.units, "meter") == pytest.approx(METRES[unit])


@pytest.mark.parametrize("unit", UNITS)
def test_glb_is_in_metres_for_all_readers(tmp_path: Path, unit: Unit) -> None:
    far = TriangleMesh(BOX.vertices + np.array([1e6, 0, 0]), BOX.faces)
    for mesh in (BOX, far):
        save_mesh(mesh, tmp_path / "a.glb", unit)
        reading = read(tmp_path / "a.glb")
        wanted = mesh.bounds * METRES[unit]
        assert reading.unit == "m"
        np.testing.assert_allclose(_mesh(reading).bounds, wanted, rtol=1e-6)
        theirs = trimesh.load(tmp_path / "a.glb", force="mesh")
        np.testing.assert_allclose(theirs.bounds, wanted, rtol=1e-6)
        assert theirs.is_watertight


@pytest.mark.parametrize("ending", ["glb", "3mf", "ply", "stl", "obj", "off"])
def test_without_a_unit_coordinates_stay_as_they_are(tmp_path: Path, ending: str) -> None:
    """A GLB file of ours remembers that nobody knew the unit; 3MF cannot."""
    path = tmp_path / f"a.{ending}"
    save_mesh(BOX, path)
    reading = read(path)
    assert reading.unit == ("mm" if ending == "3mf" else None)
    np.testing.assert_allclose(_mesh(reading).bounds, BOX.bounds)
    np.testing.assert_allclose(trimesh.load(path, force="mesh").bounds, BOX.bounds)


def test_what_formats_make_of_an_unknown_unit_is_said_once() -> None:
    paths = [Path("x/mesh.glb"), Path("x/mesh.3mf"), Path("x/mesh.stl")]
    assert unit_message(paths, None) == (
        "The unit of the input is not known: mesh.glb counts its coordinates as metres and "
        "mesh.3mf counts its coordinates as millimetres. Give it by --unit, such as --unit mm.",
    )
    assert unit_message(paths, "in") == ()
    assert unit_message(paths[2:], None) == ()


def test_the_unit_that_is_given_wins_and_a_contradiction_is_said(tmp_path: Path) -> None:
    save_mesh(BOX, tmp_path / "a.3mf", "in")
    save_mesh(BOX, tmp_path / "a.stl")
    assert read(tmp_path / "a.3mf", "in").notes == ()
    named = read(tmp_path / "a.stl", "cm")
    assert (named.unit, named.notes) == ("cm", ())
    reading = read(tmp_path / "a.3mf", "mm")
    assert reading.unit == "mm"
    np.testing.assert_array_equal(_mesh(reading).bounds, BOX.bounds)
    assert reading.notes == (
        "The file says that it is in inches; its coordinates are taken to be in millimetres, as "
        "asked for.",
    )


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="There is no unit 'ell'; choose one of um, mm, cm, m, in"):
        check_unit("ell")


def test_shapes_are_brought_into_each_other_s_unit_where_both_are_known() -> None:
    inches = Reading(shape=BOX, unit="in")
    brought = inches.brought_into("mm")
    np.testing.assert_allclose(_mesh(brought).bounds, 25.4 * BOX.bounds)
    assert (brought.unit, brought.notes) == ("mm", ("Brought from inches into millimetres.",))
    assert inches.brought_into(None) is inches
    assert Reading.of(BOX).brought_into("mm").unit is None
    assert (inches.or_in("m").unit, Reading.of(BOX).or_in("m").unit) == ("in", "m")


def test_points_to_ask_at_are_brought_into_the_unit_of_the_model(tmp_path: Path) -> None:
    save_mesh(BOX, tmp_path / "a.3mf", "cm")
    points = load_points(tmp_path / "a.3mf", "mm")
    np.testing.assert_allclose(points.max(axis=0), [10, 20, 30])
    np.testing.assert_allclose(load_points(tmp_path / "a.3mf").max(axis=0), [1, 2, 3])


@pytest.mark.parametrize("up", TURNS)
def test_the_axis_that_points_up_becomes_z_by_a_rotation(up: str) -> None:
    axis = np.zeros(3)
    axis["xyz".index(up[-1])] = -1.0 if up[0] == "-" else 1.0
    np.testing.assert_array_equal(TURNS[up] @ axis, [0, 0, 1])  # type: ignore[index]
    assert np.linalg.det(TURNS[up]) == pytest.approx(1)  # type: ignore[index]
    cloud = PointCloud(np.array([axis, 2 * axis]), np.array([axis, axis]))
    turned = Reading.of(cloud).upright(up).scaled(3.0).shape  # type: ignore[arg-type]
    assert isinstance(turned, PointCloud) and turned.normals is not None
    np.testing.assert_allclose(turned.points, [[0, 0, 3], [0, 0, 6]])
    np.testing.assert_allclose(turned.normals, [[0, 0, 1], [0, 0, 1]])


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf])
def test_a_scale_that_is_none_is_refused(scale: float) -> None:
    with pytest.raises(InputError, match="The scale must be positive and finite"):
        Reading.of(BOX).scaled(scale)


def test_coordinates_that_stl_cannot_hold_are_noticed_before_the_work() -> None:
    far = TriangleMesh(BOX.vertices + np.array([5e6, 0, 0]), BOX.faces)
    check_coordinates(Path("a.ply"), far)
    check_coordinates(Path("a.stl"), BOX)
    for shape in (far, PointCloud(far.vertices)):
        with pytest.raises(InputError, match=r"a\.stl cannot be written as STL: coordinates reach"):
            check_coordinates(Path("a.stl"), shape)
