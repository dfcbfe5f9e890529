"""A split is what a file says, or a hash of the name."""

import json
import re
from pathlib import Path

import pytest

from acutance.data.datasets.source import ShapeSource
from acutance.data.datasets.splits import assign_splits, split_by_files
from acutance.errors import InputError


def shapes(*keys: str, split: str = "") -> list[ShapeSource]:
    """Sources of these keys."""
    pairs = (key.split("/") for key in keys)
    return [ShapeSource(category=c, name=n, split=split, path=Path("a.obj")) for c, n in pairs]


MANY = shapes(*(f"chair/{number}" for number in range(500)))


def test_a_shape_stays_in_its_split_whatever_others_there_are() -> None:
    splits = {shape.key: shape.split for shape in assign_splits(MANY, 0.2, seed=1)}
    for shape in assign_splits(MANY[::-7], 0.2, seed=1):
        assert shape.split == splits[shape.key]


def test_the_share_is_met_on_average_and_the_ends_exactly() -> None:
    count = sum(shape.split == "test" for shape in assign_splits(MANY, 0.2, seed=1))
    assert count == pytest.approx(100, abs=25)
    assert {shape.split for shape in assign_splits(MANY, 0.0)} == {"train"}
    assert {shape.split for shape in assign_splits(MANY, 1.0)} == {"test"}


def test_another_seed_is_another_split() -> None:
    assert assign_splits(MANY, 0.2, seed=1) != assign_splits(MANY, 0.2, seed=2)


def test_a_larger_share_keeps_what_was_for_testing() -> None:
    few = {shape.key for shape in assign_splits(MANY, 0.1) if shape.split == "test"}
    more = {shape.key for shape in assign_splits(MANY, 0.3) if shape.split == "test"}
    assert few < more


def test_what_the_data_set_says_stays() -> None:
    said = shapes("a/b", split="train")
    assert assign_splits(said, 1.0) == said


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(share: float) -> None:
    message = f"The share for testing is {share}; expected a number from 0 to 1."
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        assign_splits(MANY, share)


def write(path: Path, content: object) -> Path:
    """A split file."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_names_of_a_split_are_numbers_or_words(tmp_path: Path) -> None:
    file = write(tmp_path / "mix_test.json", {"x": {"03001627": ["a"], "lamp": ["b"]}})
    taken = split_by_files(shapes("chair/a", "lamp/b", "lamp/c"), [file], tmp_path)
    assert [(shape.key, shape.split) for shape in taken] == [
        ("chair/a", "test"),
        ("lamp/b", "test"),
    ]


def test_missing_shapes_are_one_error_with_what_comes_near(tmp_path: Path) -> None:
    file = write(tmp_path / "a_train.json", {"x": {"03001627": ["aab", "zzz", "q", "r", "known"]}})
    there = shapes("chair/aaa", "chair/zzy", "chair/known", "lamp/q")
    message = (
        f"{tmp_path} lacks 4 of the shapes that a_train.json names: chair/aab (nearest: "
        "chair/aaa), chair/zzz (nearest: chair/zzy), chair/q (nearest: "
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}") as caught:
        split_by_files(there, [file], tmp_path)
    assert str(caught.value).endswith(
        ", …. Complete the data set, or take those shapes out of the split."
    )


def test_a_shape_is_not_in_both_splits(tmp_path: Path) -> None:
    files = [write(tmp_path / f"a_{s}.json", {"x": {"c": ["a"]}}) for s in ("train", "test")]
    message = (
        f"{files[1]} names c/a for test, but another split file names it for train; remove it "
        "from one of them."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        split_by_files(shapes("c/a"), files, tmp_path)


@pytest.mark.parametrize("name", ["chairs.json", "training.json", "train_test.json"])
def test_the_name_of_a_split_file_says_which_split_it_is(tmp_path: Path, name: str) -> None:
    file = write(tmp_path / name, {"x": {"c": ["a"]}})
    message = (
        f"{file} does not say which split it is; expected a name with either train or test, as "
        "sv2_chairs_train.json."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        split_by_files(shapes("c/a"), [file], tmp_path)


@pytest.mark.parametrize(
    "content", ["{", "[1]", '"a"', {"x": ["a"]}, {"x": {"c": "a"}}, {"x": {"c": [1]}}, "[" * 9999]
)
def test_what_is_no_split_file_is_refused(tmp_path: Path, content: object) -> None:
    file = write(tmp_path / "a_train.json", content)
    message = (
        f"{file} is no split file; expected JSON as "
        '{"ShapeNetV2": {"03001627": ["1006be65", "1016f4de"]}}.'
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        split_by_files(shapes("c/a"), [file], tmp_path)


def test_a_missing_split_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a_train\.json cannot be read: no such file"):
        split_by_files(shapes("c/a"), [tmp_path / "a_train.json"], tmp_path)
