"""Names are safe on every system, and DeepSDF's samples come as it means them."""

import re
from pathlib import Path

import numpy as np
import pytest

from acutance.data.datasets.find import find_shapes
from acutance.data.datasets.safe_names import safe_name
from acutance.data.datasets.source import SampleSource, ShapeSource
from acutance.errors import InputError

HOSTILE = [
    "..",
    ".",
    "",
    "../../etc/passwd",
    "/root",
    "C:\\x",
    "a/b",
    'a<b>:"|?*',
    "nul",
    "COM1.obj",
    "tab\there",
    "end. ",
    " . ",
    "x" * 5000,
    "é" * 150 + ".",
    "half\udce9",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_becomes_one_safe_part(text: str) -> None:
    part = safe_name(text)
    assert part == safe_name(part)
    assert part not in ("", ".", "..")
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', part)
    assert not part.endswith((".", " "))
    assert len(part.encode()) <= 201
    assert part.split(".")[0].lower() not in ("nul", "com1")


def test_an_ordinary_name_stays() -> None:
    assert safe_name("Stuhl Nr. 4 (grün)") == "Stuhl Nr. 4 (grün)"


def test_long_names_stay_apart() -> None:
    assert safe_name("x" * 5000) != safe_name("x" * 5001)


def test_files_of_forbidden_names_are_found_under_safe_ones(tmp_path: Path) -> None:
    try:
        (tmp_path / "a:b?.obj").touch()
    except OSError:
        pytest.skip("this system forbids such names")
    shape = find_shapes(tmp_path)[0]
    assert shape.name == "a_b_"
    assert shape.path == tmp_path / "a:b?.obj"


@pytest.mark.parametrize(("category", "name"), [("..", "a"), ("a", "../b"), ("nul", "b")])
def test_a_source_with_an_unsafe_name_cannot_be_made(category: str, name: str) -> None:
    with pytest.raises(InputError, match="cannot be part of a shape's name"):
        ShapeSource(category=category, name=name, path=Path("a.obj"))


def test_the_error_of_an_unsafe_name_suggests_a_safe_one() -> None:
    message = (
        "'a/b' cannot be part of a shape's name; expected what every system allows as the name of "
        "a folder, as 'a_b'."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        ShapeSource(category="c", name="a/b", path=Path("a.obj"))


def test_a_split_is_train_or_test() -> None:
    with pytest.raises(InputError, match=r"^The split of c/a is 'val'; expected train or test\.$"):
        ShapeSource(category="c", name="a", split="val", path=Path("a.obj"))


def samples(path: Path, **arrays: np.ndarray) -> SampleSource:
    """A source of samples that are written for it."""
    np.savez(path, **arrays)
    return SampleSource(category="c", name="a", path=path)


def test_samples_are_points_and_distances_without_what_is_not_finite(tmp_path: Path) -> None:
    positive = np.array([[1, 2, 3, 0.5], [0, 0, 0, np.nan]])
    negative = np.array([[4, 5, 6, -0.25], [np.inf, 0, 0, -1], [1e300, 0, 0, -1]])
    points, sdf = samples(tmp_path / "a.npz", pos=positive, neg=negative).load()
    assert points.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert sdf.tolist() == [0.5, -0.25]


def test_the_normalization_leads_back_to_the_input(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    offset, scale = np.array([1.0, -2.0, 3.0]), np.array([0.25])
    np.savez(tmp_path / "n.npz", offset=offset, scale=scale)
    source = SampleSource(
        category="c", name="a", path=tmp_path / "a.npz", normalization=tmp_path / "n.npz"
    )
    points = rng.standard_normal((10, 3))
    back = source.similarity().to_input((points + offset) * scale)
    np.testing.assert_allclose(back, points, atol=1e-12)


def test_without_a_normalization_the_frame_is_the_input() -> None:
    source = SampleSource(category="c", name="a", path=Path("a.npz"))
    assert source.similarity().scale == 1.0


@pytest.mark.parametrize(
    ("arrays", "error"),
    [
        (
            {"pos": np.ones((2, 4))},
            "cannot be read: an array named 'neg' was expected; it holds pos. Prepare the shape "
            "again.",
        ),
        (
            {"pos": np.ones((2, 4)), "neg": np.ones((2, 3))},
            "holds an array of shape (2, 3); expected rows of x, y, z and signed distance. "
            "Prepare the shape again.",
        ),
        (
            {"pos": np.full((2, 4), np.nan), "neg": np.empty((0, 4))},
            "holds no samples; prepare the shape again.",
        ),
        (
            {"pos": np.array([["a"] * 4]), "neg": np.empty((0, 4))},
            "cannot be read: it holds arrays that are no numbers. Prepare the shape again.",
        ),
    ],
)
def test_samples_that_are_none_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], error: str
) -> None:
    path = tmp_path / "a.npz"
    with pytest.raises(InputError, match=f"^{re.escape(f'{path} {error}')}$"):
        samples(path, **arrays).load()


def test_pickled_objects_are_never_opened(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises(InputError, match="cannot be read: it holds arrays that are no numbers"):
        samples(tmp_path / "a.npz", pos=objects, neg=objects).load()


def test_damaged_and_missing_samples_are_told_apart(tmp_path: Path) -> None:
    source = SampleSource(category="c", name="a", path=tmp_path / "a.npz")
    with pytest.raises(InputError, match="cannot be read: no such file or directory"):
        source.load()
    source.path.write_bytes(b"PK no")
    with pytest.raises(InputError, match="cannot be read: it is no NPZ archive"):
        source.load()


def test_a_damaged_normalization_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "n.npz"
    np.savez(path, offset=np.ones(3), scale=np.zeros(1))
    source = SampleSource(category="c", name="a", path=path, normalization=path)
    message = (
        f"{path} holds an offset of 3 numbers and a scale of 1; expected 3 numbers and a positive "
        "one. Prepare the shape again."
    )
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        source.similarity()
