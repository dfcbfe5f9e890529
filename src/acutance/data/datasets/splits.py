"""Which shapes are for training and which for testing: by a file, or by a hash of the name."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Literal

from acutance.data.datasets.safe_names import safe_name
from acutance.data.datasets.shapenet import readable_category
from acutance.data.datasets.source import SPLITS, AnySource
from acutance.errors import InputError

SplitBy = Literal["family", "name"]
"""What stays whole: near-duplicates, or each shape alone."""

_SHOWN = 3
"""How many of the missing shapes an error names."""


def assign_splits(
    shapes: Sequence[AnySource], test_share: float, seed: int = 0, by: SplitBy = "family"
) -> list[AnySource]:
    """The shapes, each in a split; what the data set says itself stays as it is.

    A shape is for testing where a hash of its family (of its key, where it has none) and the seed
    falls below the share. It stays in its split whatever other shapes there are, and in whatever
    order.

    Args:
        shapes: the shapes.
        test_share: share of the shapes that is for testing, from 0 to 1; met on average.
        seed: another seed, another split.
        by: `name` splits families, too.

    Raises:
        InputError: the share is not within 0 and 1.

    >>> from acutance.data.datasets.source import ShapeSource
    >>> names = ["one", "two", "three"]
    >>> shapes = [ShapeSource(category="mug", name=name, path=Path(name)) for name in names]
    >>> [(shape.key, shape.split) for shape in assign_splits(shapes, test_share=0.5)]
    [('mug/one', 'train'), ('mug/two', 'test'), ('mug/three', 'train')]
    """
    if not 0 <= test_share <= 1:
        raise InputError(f"The share for testing is {test_share}; expected a number from 0 to 1.")
    splits = list[AnySource]()
    for shape in shapes:
        text = shape.family if by == "family" and shape.family else shape.key
        said = shape.split or _split_by_hash(text, test_share, seed)
        splits.append(replace(shape, split=said))
    return splits


def _split_by_hash(text: str, test_share: float, seed: int) -> str:
    digest = sha256(f"{seed}:{text}".encode()).digest()
    return "test" if int.from_bytes(digest[:8], "big") < test_share * 2**64 else "train"


def split_by_files(
    shapes: Sequence[AnySource], files: Sequence[Path], source: Path
) -> list[AnySource]:
    """The shapes that DeepSDF's split files name, each in the split that its file is named after.

    Args:
        shapes: all shapes of the data set.
        files: JSON files as ``{"ShapeNetV2": {"03001627": ["1006be65…", …]}}``, with train or
            test in their names.
        source: the data set, for errors.

    Raises:
        InputError: a file is none such, two files contradict each other, or shapes are missing.
    """
    splits = dict[str, str]()
    for file in files:
        split = _split_of(file)
        for key in _keys(file):
            if splits.setdefault(key, split) != split:
                raise InputError(
                    f"{file} names {key} for {split}, but another split file names it for "
                    f"{splits[key]}; remove it from one of them."
                )
    known = {shape.key: shape for shape in shapes}
    missing = [key for key in splits if key not in known]
    if missing:
        raise InputError(_missing(missing, list(known), source, files))
    return [replace(shape, split=splits[key]) for key, shape in known.items() if key in splits]


def _split_of(file: Path) -> str:
    """The split that the name of a file says."""
    words = set(re.split(r"[^a-z]+", file.stem.lower())) & set(SPLITS)
    if len(words) != 1:
        raise InputError(
            f"{file} does not say which split it is; expected a name with either train or test, "
            "as sv2_chairs_train.json."
        )
    return words.pop()


def _keys(file: Path) -> list[str]:
    """The keys of the shapes that a split file names."""
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        return [
            f"{readable_category(category)}/{safe_name(name)}"
            for categories in content.values()
            for category, names in categories.items()
            for name in _texts(names)
        ]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{file} cannot be read: {reason}; check the path.") from error
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise InputError(
            f"{file} is no split file; expected JSON as "
            '{"ShapeNetV2": {"03001627": ["1006be65", "1016f4de"]}}.'
        ) from error


def _texts(names: object) -> list[str]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError
    return names


def _missing(missing: list[str], known: list[str], source: Path, files: Sequence[Path]) -> str:
    """How many shapes are missing, the first of them, and the nearest names."""
    first = []
    for key in missing[:_SHOWN]:
        category = key.split("/")[0]
        near = [other for other in known if other.startswith(f"{category}/")] or known
        match = get_close_matches(key, near, n=1, cutoff=0)
        first.append(f"{key} (nearest: {match[0]})" if match else key)
    more = ", …" if len(missing) > _SHOWN else ""
    return (
        f"{source} lacks {len(missing)} of the shapes that {', '.join(f.name for f in files)} "
        f"{'names' if len(files) == 1 else 'name'}: {', '.join(first)}{more}. Complete the data "
        "set, or take those shapes out of the split."
    )
