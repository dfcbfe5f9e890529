"""No name in a file leads out of the folder that shapes are written into."""

import json

import pytest
import torch
from balls import SMOOTH, ball_store

from acutance.contouring.contour import Contouring
from acutance.data.datasets.listing import shapes_in_list
from acutance.data.datasets.safe_names import check_key, safe_name
from acutance.data.datasets.splits import split_by_files
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.open import write_known_shapes
from acutance.mesh.normalize import Similarity
from acutance.model.space.shape_space import ShapeSpace, SpaceEntry

OUTSIDE = (
    "../x", "/etc/x", "..", ".", "", "C:x", "C:\\x", "a\\b", "a/b", "nul", "COM1.txt", "com¹",
    "a\0b", "a\nb", "a\x85b", "x" * 300, " a", "a.", "\ud800", "CONIN$",
)  # fmt: skip
"""Parts of keys that are none."""


@pytest.mark.parametrize("part", OUTSIDE)
def test_what_some_system_forbids_is_no_part_of_a_key(part):
    for key in (f"{part}/x", f"x/{part}"):
        with pytest.raises(InputError, match="cannot be the name of a shape"):
            check_key(key)
    safe = safe_name(part)
    assert check_key(f"{safe}/{safe}") == f"{safe}/{safe}"


@pytest.mark.parametrize("key", [None, 3, ["a", "b"], "alone", "a/b/c"])
def test_a_key_is_a_text_of_two_parts(key):
    with pytest.raises(InputError, match="expected category/name"):
        check_key(key)


@pytest.mark.parametrize("key", ["../../x/y", "/tmp/y", "a/../../y", "a/nul", "C:/y"])
def test_a_space_with_a_key_that_leads_outside_is_not_opened(tmp_path, key):
    entries = (SpaceEntry(key="ball/a", transform=Similarity()),)
    space = ShapeSpace(SMOOTH.build(torch.Generator()), torch.zeros(1, 4), entries)
    space.save(tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(path.read_text().replace("ball/a", key.replace("\\", "\\\\")))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"config\.json cannot be used: .* cannot be the name"):
        write_known_shapes(
            ShapeSpace.load(tmp_path / "model"), tmp_path / "out", Contouring(resolution=8), "ply"
        )
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("field", ["category", "name"])
@pytest.mark.parametrize("value", ["../..", "/tmp", "a/b", 3, None])
def test_a_store_with_a_name_that_leads_outside_is_not_opened(tmp_path, field, value):
    store = ball_store(tmp_path / "store", [0.3, 0.4], surface=10)
    index = store.folder / "index.jsonl"
    lines = index.read_text().splitlines()
    for place in (0, 1):  # the last line is no exception
        changed = [*lines]
        changed[place] = json.dumps({**json.loads(lines[place]), field: value})
        index.write_text("\n".join(changed) + "\n")
        for opening in (SampleStore.open, lambda folder: SampleStore.create(folder, {})):
            with pytest.raises(InputError):
                opening(store.folder)


def test_names_of_lists_and_split_files_are_made_safe(tmp_path):
    (tmp_path / "a.obj").touch()
    table = tmp_path / "list.csv"
    table.write_text("path,category,name\na.obj,../../x,/etc/y\n")
    (shape,) = shapes_in_list(table)
    assert check_key(shape.key) == "_.._x/_etc_y"
    split = tmp_path / "train.json"
    split.write_text('{"d": {"../../x": ["/etc/y"]}}')
    (kept,) = split_by_files([shape], [split], tmp_path)
    assert kept.split == "train"
