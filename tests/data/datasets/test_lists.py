"""A list names shapes by path, or as a table."""

import re
from pathlib import Path

import pytest

from acutance.data.datasets.find import find_shapes
from acutance.errors import InputError


def listed(folder: Path, text: str, name: str = "list.txt") -> list[tuple[str, str, str]]:
    """Keys, splits and files of what a list names."""
    (folder / name).write_text(text, encoding="utf-8")
    shapes = find_shapes(folder / name)
    return [(shape.key, shape.split, shape.path.name) for shape in shapes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a few files to name."""
    for name in ("a.obj", "b.txt", "mug/train/c.ply", "mug/d, e.stl", "f.blend"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).touch()
    return tmp_path / "data"


def test_a_list_without_a_header_is_a_path_a_line(folder: Path) -> None:
    text = "\ufeff# shapes\n\na.obj\r\nb.txt\nmug/train/c.ply\nmug/d, e.stl\n"
    expected = [
        ("data/a", "", "a.obj"),
        ("data/b", "", "b.txt"),
        ("mug/c", "train", "c.ply"),
        ("mug/d, e", "", "d, e.stl"),
    ]
    assert listed(folder, text) == expected
    assert listed(folder, text, "list.csv") == expected


def test_columns_say_more_than_the_path(folder: Path) -> None:
    text = 'split,path,name,category\ntest,a.obj,one,cup\n,"mug/d, e.stl",,\n'
    assert listed(folder, text, "list.csv") == [
        ("cup/one", "test", "a.obj"),
        ("mug/d, e", "", "d, e.stl"),
    ]


def test_a_column_names_families_of_near_duplicates(folder: Path) -> None:
    (folder / "list.csv").write_text("path,family\na.obj,round\n")
    assert [shape.family for shape in find_shapes(folder / "list.csv")] == ["round"]


def test_a_path_that_leads_elsewhere_is_named_by_its_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cups").mkdir()
    (tmp_path / "cups" / "g.obj").touch()
    assert listed(folder, "../cups/g.obj") == [("cups/g", "", "g.obj")]
    assert listed(folder, str(tmp_path / "cups" / "g.obj")) == [("cups/g", "", "g.obj")]


def test_a_shape_that_is_listed_twice_is_one_shape(folder: Path) -> None:
    assert listed(folder, "a.obj\na.obj\n") == [("data/a", "", "a.obj")]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "a.obj\n\nno.obj\n",
            "{list}, line 3, names {folder}/no.obj, which is no file; mend the line or remove it.",
        ),
        (
            "f.blend\n",
            "{list}, line 1, names {folder}/f.blend with the ending '.blend'; expected one of .ply "
            ".obj .off .3mf .glb .gltf .stl .step .stp .npz .xyz .xyzn .xyzrgb .pts .asc .las .laz "
            ".e57 .txt .csv.",
        ),
        (
            "path,split\na.obj,val\n",
            "{list}, line 2, has the split 'val'; expected train or test or nothing.",
        ),
        (
            "path,split\na.obj\n",
            "{list}, line 2, has 1 cells; expected 2: path, split.",
        ),
        (
            "path,class\na.obj,x\n",
            "{list} has a column 'class'; expected each of category, name, split, family, path "
            "at most once.",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_named(folder: Path, text: str, error: str) -> None:
    message = error.format(list=folder / "list.csv", folder=folder)
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        listed(folder, text, "list.csv")


@pytest.mark.parametrize("line", ["a\0b.obj", "x" * 300_000 + ".obj", "x/" * 3000 + "a.obj"])
def test_what_can_be_no_path_is_no_file(folder: Path, line: str) -> None:
    with pytest.raises(InputError, match="which is no file"):
        listed(folder, line)


def test_a_list_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "list.txt").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(InputError, match=r"list\.txt is no text in UTF-8; save it as such\.$"):
        find_shapes(folder / "list.txt")
