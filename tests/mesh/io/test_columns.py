"""Point clouds in text are read as they are meant, however their columns stand, or refused."""

import numpy as np
import pytest

from acutance.mesh.io.points import read_columns
from acutance.mesh.mesh import PointCloud

_RNG = np.random.default_rng(0)
POINTS = np.round(10 * _RNG.normal(size=(60, 3)), 6)
NORMALS = _RNG.normal(size=(60, 3))
NORMALS = np.round(NORMALS / np.linalg.norm(NORMALS, axis=1, keepdims=True), 6)
COLOURS = _RNG.integers(0, 256, (60, 3))
SHADES = np.round(COLOURS / 255, 6)
ONE = SHADES[:, :1]


def text(*columns: np.ndarray, separator: str = " ", point: str = ".", end: str = "\n") -> str:
    """The columns side by side; whole numbers are written as such."""
    parts = [[str(value) for array in columns for value in array[i].tolist()] for i in range(60)]
    return "".join(separator.join(part).replace(".", point) + end for part in parts)


def cloud(content: str | bytes) -> tuple[PointCloud, tuple[str, ...]]:
    reading = read_columns(content.encode() if isinstance(content, str) else content)
    assert isinstance(reading.shape, PointCloud)
    return reading.shape, reading.notes


def refusal(content: str | bytes) -> str:
    with pytest.raises(ValueError) as caught:
        read_columns(content.encode() if isinstance(content, str) else content)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "Nx,Ny,Nz,X,Y,Z\n" + text(NORMALS, POINTS, separator=","),
        "//X Y Z Scalar_field Rf Gf Bf Nx Ny Nz\n60\n" + text(POINTS, ONE, SHADES, NORMALS),
        '"Normals:0","Normals:1","Normals:2","Points:0","Points:1","Points:2"\n'
        + text(NORMALS, POINTS, separator=","),
        "X [m];Y [m];Z [m];NormalX;NormalY;NormalZ;Time (s)\n"
        + text(POINTS, NORMALS, ONE, separator=";"),
        "x\ty\tz\tclass\tnormal_x\tnormal_y\tnormal_z\n"
        + text(POINTS, COLOURS[:, :1], NORMALS, separator="\t"),
    ],
    ids=["csv", "cloudcompare", "paraview", "units", "tabs"],
)
def test_a_line_that_names_the_columns_decides(content: str) -> None:
    found, notes = cloud(content)
    np.testing.assert_array_equal(found.points, POINTS)
    np.testing.assert_array_equal(found.normals, NORMALS)
    assert notes[0].startswith("Read by the names of the columns: positions and normals")


@pytest.mark.parametrize(
    ("content", "normals"),
    [
        (text(POINTS, NORMALS), True),
        (text(POINTS, COLOURS), False),
        (text(POINTS, SHADES, separator=","), False),
        (text(POINTS, COLOURS, NORMALS), True),
        (text(POINTS, NORMALS, COLOURS, separator=";"), True),
        ("60\n" + text(POINTS, COLOURS[:, :1], COLOURS), False),
        (text(POINTS, ONE), False),
        (text(np.arange(60)[:, None], POINTS), False),
        ("# exported by X on Y\n" + text(POINTS, NORMALS), True),
    ],
    ids=["n", "rgb", "shades", "rgb n", "n rgb", "pts", "intensity", "numbers", "comment"],
)
def test_columns_without_names_are_told_by_what_they_hold(content: str, normals: bool) -> None:
    found, _ = cloud(content)
    np.testing.assert_array_equal(found.points, POINTS)
    assert (found.normals is not None) == normals
    if normals:
        np.testing.assert_array_equal(found.normals, NORMALS)


def test_what_was_decided_is_said() -> None:
    assert cloud(text(POINTS))[1] == ()
    assert cloud(text(POINTS, COLOURS))[1] == (
        "No line names the columns: columns 1 to 3 as positions, 4, 5, 6 passed over (colours).",
    )
    assert cloud("x,y,z,label\n" + text(POINTS, ONE, separator=","))[1] == (
        "Read by the names of the columns: positions; passed over: label.",
    )


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffx,y,z\r\n" + text(POINTS, separator=",", end="\r\n"),
        text(POINTS, separator=",", end=",\n"),
        text(POINTS, separator="\t", end="\t\n"),
        text(POINTS, separator="    "),
        "x y z\n"
        + text(POINTS)[:500].rsplit("\n", 1)[0]
        + "\nx y z\n\n"
        + text(POINTS)[text(POINTS)[:500].rindex("\n") + 1 :],
        text(POINTS).replace("\n", " # seen\n", 3),
        ("x,y,z\n" + text(POINTS, separator=",")).encode("utf-16"),
    ],
    ids=["bom", "commas at the end", "tabs at the end", "wide", "repeated", "comments", "utf-16"],
)
def test_marks_blank_lines_and_trailing_separators_do_no_harm(content: str | bytes) -> None:
    np.testing.assert_array_equal(cloud(content)[0].points, POINTS)


def test_columns_of_words_are_passed_over() -> None:
    rows = text(POINTS, separator=",").splitlines()
    content = "time,x,y,z,label\n" + "".join(f"2026-01-01T10:00,{row},tree\n" for row in rows)
    np.testing.assert_array_equal(cloud(content)[0].points, POINTS)


def test_a_comment_of_three_words_names_no_columns() -> None:
    found, notes = cloud("# scanned by hand\n" + text(POINTS))
    np.testing.assert_array_equal(found.points, POINTS)
    assert notes == ()


@pytest.mark.parametrize("separator", [" ", "\t", ";"])
def test_decimal_commas_are_read_where_nothing_else_is_possible(separator: str) -> None:
    found, notes = cloud(text(POINTS, separator=separator, point=","))
    np.testing.assert_array_equal(found.points, POINTS)
    assert notes == ("The numbers are written with decimal commas, and were read so.",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,05,2,5,3,25", "commas both separate its columns and stand before decimals"),
        ("1,234 2,345 3,456", "its commas might also separate thousands"),
        ("1.234,5 2.345,25 3.456,7", "points separate its thousands"),
        ('"1,5","2,25","3,7"', "commas stand within its quotes"),
    ],
)
def test_decimal_commas_that_can_mean_something_else_are_refused(row: str, reason: str) -> None:
    assert refusal(f"{row}\n" * 20) == (
        f"it seems to be written with decimal commas, and {reason}; write numbers with decimal "
        "points"
    )


def test_what_cannot_be_told_is_refused_with_what_to_add() -> None:
    assert refusal(text(COLOURS, POINTS)) == (
        "the first three columns look like colours (whole numbers up to 255); add a first line "
        "that names the columns, such as 'r g b x y z'"
    )
    assert refusal(text(NORMALS, POINTS)) == (
        "the first three columns have length 1 as normals have, and no others do; add a first line "
        "that names the columns, such as 'nx ny nz x y z'"
    )
    assert refusal("a,b,c\n" + text(POINTS, separator=",")) == (
        "its columns are named a, b, c, and x, y and z are not all among them; rename those that "
        "are the positions"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_names_of_columns_are_repeated_as_they_were_written(encoding: str) -> None:
    content = "Länge;Breite;Größe\n" + text(POINTS, separator=";")
    said = refusal(content.encode(encoding))
    assert said.startswith("its columns are named länge, breite, größe, and x, y and z")
    assert "长, y, z" in refusal("长;y;z\n" + text(POINTS, separator=";"))


@pytest.mark.parametrize(
    "names", ["Höhe;Rechtswert;Hochwert", "Height;Easting;Northing", "Höhe [m];X;Y"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_surveyed_heights_are_positions(names: str, encoding: str) -> None:
    content = names + "\n" + text(POINTS[:, [2, 0, 1]], separator=";")
    np.testing.assert_array_equal(cloud(content.encode(encoding))[0].points, POINTS)


def test_damaged_rows_are_quoted() -> None:
    for row in ("1 2", "1 2 a", "1 2 3 4"):
        assert refusal(text(POINTS) + row) == f"a row of 3 numbers was expected, not '{row}'"
