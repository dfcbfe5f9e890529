"""What a file holds beside its surface is left out, and said; its surface is read whole."""

import re
import struct
from pathlib import Path

import numpy as np
import pytest

from acutance.errors import InputError, InputWarning
from acutance.mesh.io.load import load, read
from acutance.mesh.io.ply import write_ply
from acutance.mesh.io.stl import write_stl
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading
from acutance.shapes.analytic import Box

BOX = Box(half=(0.5, 1.0, 1.5)).mesh()
STL = write_stl(BOX)
OBJ = "\n".join(
    [f"v {x} {y} {z}" for x, y, z in BOX.vertices.tolist()]
    + [f"f {a} {b} {c}" for a, b, c in (BOX.faces + 1).tolist()]
)


def _read(path: Path, content: bytes | str) -> Reading:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    reading = read(path)
    assert isinstance(reading.shape, TriangleMesh)
    assert reading.shape.volume == pytest.approx(6.0)
    return reading


def _facets(corners: int = 3) -> str:
    rows = ["outer loop"] + ["vertex 0 0 0"] * corners + ["endloop"]
    return "facet normal 0 0 1\n" + "\n".join(rows) + "\nendfacet\n"


def _text_stl(name: str = "box") -> str:
    facets = [
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"vertex {x!r} {y!r} {z!r}\n" for x, y, z in triangle)
        + "endloop\nendfacet\n"
        for triangle in BOX.triangles.tolist()
    ]
    return f"solid {name}\n{''.join(facets)}endsolid {name}\n"


# STL


@pytest.mark.parametrize("count", [1, 2, 49, 51, 1001])
def test_bytes_after_the_triangles_of_stl_are_left_out(tmp_path: Path, count: int) -> None:
    reading = _read(tmp_path / "a.stl", STL + b"\1" * count)
    assert re.fullmatch(r"[\d,]+ bytes after its triangles are left out\.", reading.notes[0])


@pytest.mark.parametrize("claimed", [0, 5, 13, 2**32 - 1])
def test_a_wrong_count_of_stl_is_said_and_all_triangles_are_read(
    tmp_path: Path, claimed: int
) -> None:
    reading = _read(tmp_path / "a.stl", STL[:80] + struct.pack("<I", claimed) + STL[84:])
    assert reading.notes[0].startswith(f"Its header claims {claimed:,} triangles, but 12 are there")


def test_a_binary_stl_may_begin_with_the_word_solid(tmp_path: Path) -> None:
    assert _read(tmp_path / "a.stl", b"solid facet normal".ljust(80, b" ") + STL[80:]).notes == ()
    assert _read(tmp_path / "b.stl", b"solid".ljust(80, b" ") + STL[80:] + b"\0\0").notes


def test_text_stl_of_several_solids_and_any_lines_is_read_whole(tmp_path: Path) -> None:
    text = _text_stl()
    half = text.index("facet", len(text) // 2)
    two = text[:half] + "endsolid\nsolid more of it\n" + text[half:]
    for content in (
        two,
        text.upper(),
        text.replace("\n", "\r\n"),
        "\ufeff" + text,
        text + "\0" * 9,
    ):
        assert _read(tmp_path / "a.stl", content).notes == ()
    assert _read(tmp_path / "a.stl", text.replace("\n", " ")).notes == ()


def test_facets_without_three_corners_are_left_out_of_stl(tmp_path: Path) -> None:
    text = _text_stl().replace("endsolid", _facets(0) + _facets(2) + "endsolid")
    assert _read(tmp_path / "a.stl", text).notes == (
        "2 of its 14 facets have fewer than three corners and are left out.",
    )
    (tmp_path / "a.stl").write_text(_text_stl().replace("endsolid", _facets(4) + "endsolid"))
    with pytest.raises(InputError, match="a facet of it has 4 corners"):
        read(tmp_path / "a.stl")


# OBJ


@pytest.mark.parametrize(
    "line",
    [
        *["# from C:\\models\\", "g C:\\parts\\", "o a\\", "usemtl b\\", "mtllib c\\ "],
        *["l 1 2 \\\n3", "p 1", "vt 0 0 \\\n0", "vn 0 0 1 # \\", "vp 0", "s off # a", "cstype x\\"],
        "#\\",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_obj_that_are_no_surface_change_nothing(
    tmp_path: Path, line: str, end: str
) -> None:
    text = "\n".join(part for row in OBJ.split("\n") for part in (line, row)) + "\n" + line
    assert _read(tmp_path / "a.obj", text.replace("\n", end)).notes == ()


def test_comments_after_numbers_of_obj_are_left_out(tmp_path: Path) -> None:
    text = "".join(f"  {row}# was 1 2 3 \\\n" for row in OBJ.split("\n"))
    _read(tmp_path / "a.obj", text)


def test_rows_of_obj_go_on_after_a_backslash(tmp_path: Path) -> None:
    text = OBJ.replace(" ", " \\\n ").replace("f \\\n", "f\\\n")
    _read(tmp_path / "a.obj", text)
    # A backslash before a line that begins with a word is a mistake and not a continuation.
    _read(tmp_path / "a.obj", "\n".join(f"{row}\\" for row in OBJ.split("\n")))


def test_mixed_negative_indices_of_obj_count_back(tmp_path: Path) -> None:
    faces = [f"f {a + 1}/-1/-1 {b - 8} {c - 8}//1" for a, b, c in BOX.faces.tolist()]
    rows = [row for row in OBJ.split("\n") if row[0] == "v"]
    _read(tmp_path / "a.obj", "\n".join(["vt 0 0", "vn 0 0 1", *rows, *faces, "v 9 9 9"]))


# Faces of fewer than three corners


def _short_ply() -> bytes:
    header, body = write_ply(BOX).split(b"end_header\n")
    header = header.replace(b"face 12", b"face 14")
    short = struct.pack("<Bii", 2, 0, 1) + struct.pack("<Bi", 1, 3)
    return header + b"end_header\n" + body[: 24 * 8] + short + body[24 * 8 :]


def _off(faces: list[list[int]]) -> str:
    rows = [f"{x} {y} {z}" for x, y, z in BOX.vertices.tolist()]
    rows += [" ".join(map(str, [len(face), *face])) for face in faces]
    return f"OFF\n8 {len(faces)} 0\n" + "\n".join(rows)


def test_faces_of_fewer_than_three_corners_are_left_out(tmp_path: Path) -> None:
    faces = BOX.faces.tolist()
    for name, content in {
        "a.ply": _short_ply(),
        "a.off": _off([[0, 1], *faces, [3]]),
        "a.obj": OBJ + "\nf 1 2\nf 3",
    }.items():
        assert _read(tmp_path / name, content).notes == (
            "2 faces of fewer than three corners are left out: points and edges bound no solid.",
        )
    one = _read(tmp_path / "b.obj", OBJ + "\nf 1 2").notes[0]
    assert one.startswith("1 face of fewer than three corners is left out")


def test_rows_after_the_faces_of_off_and_bytes_after_ply_are_left_out(tmp_path: Path) -> None:
    text = _off(BOX.faces.tolist()) + "\n3 0 1 2\n3 0 1 2"
    assert _read(tmp_path / "a.off", text).notes == ("2 rows after the 12 faces are left out.",)
    assert _read(tmp_path / "a.ply", write_ply(BOX) + b"abc").notes == (
        "3 bytes after its data are left out.",
    )


def test_triangle_strips_of_ply_turn_every_second_triangle(tmp_path: Path) -> None:
    """Two strips about the box and its two ends, parted by -1."""
    corners = [(x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    points = np.array([(x, y, z) for x, y in corners for z in (1, 0)], "<f4") * [1, 2, 3]
    around = [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    strips = np.array([*around, -1, 0, 2, 6, 4, -1, 1, 7, 3, 5], "<i4")
    header = (
        "ply\nformat binary_little_endian 1.0\nelement vertex 8\nproperty float x\n"
        "property float y\nproperty float z\nelement tristrips 1\n"
        "property list int int vertex_indices\nend_header\n"
    )
    body = points.astype("<f4").tobytes() + struct.pack("<i", len(strips)) + strips.tobytes()
    _read(tmp_path / "a.ply", header.encode() + body)


def test_load_warns_of_what_read_notes(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_bytes(STL + b"ab")
    with pytest.warns(InputWarning, match="2 bytes after its triangles are left out"):
        load(tmp_path / "a.stl")
