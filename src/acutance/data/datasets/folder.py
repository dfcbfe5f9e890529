"""Shapes in a folder of meshes: by category, as in ModelNet, or all in one."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePath

from acutance.data.datasets.safe_names import safe_name
from acutance.data.datasets.shapenet import readable_category
from acutance.data.datasets.source import SPLITS, ShapeSource

ENDINGS = (
    *(".ply", ".obj", ".off", ".3mf", ".glb", ".gltf", ".stl", ".step", ".stp"),
    *(".npz", ".xyz", ".xyzn", ".xyzrgb", ".pts", ".asc", ".las", ".laz", ".e57"),
)
"""What is taken for a shape, best first: formats with full coordinates and shared vertices, then
surfaces without these, then points. Files of .txt, .csv and .npy may hold points too, but beside
meshes they are notes, tables and labels."""


def shapes_in_folder(folder: Path) -> tuple[list[ShapeSource], int, list[Path]]:
    """The shapes in a folder, how many files are no shapes, and which were passed over.

    The first folder below gives the category and the rest of the path the name, joined by ``-``;
    a file that lies directly in the folder has the folder's own name as its category. A folder
    named train or test anywhere in between is the split and no part of the name. Of files that
    differ only in their ending, the first of `ENDINGS` is taken.
    """
    groups = defaultdict[Path, list[Path]](list)
    others = 0
    for file in _files(folder):
        # What is no file, as a named pipe, may have nothing to read for ever.
        known = file.suffix.lower() in ENDINGS and not file.name.startswith(".")
        if not known or not file.is_file():
            others += 1
        else:
            groups[file.with_suffix("")].append(file)
    shapes, passed = [], list[Path]()
    for files in groups.values():
        best, *rest = sorted(files, key=lambda file: ENDINGS.index(file.suffix.lower()))
        passed += rest
        category, name, split = labels_from_path(best.relative_to(folder), folder.resolve().name)
        shapes.append(ShapeSource(category=category, name=name, split=split, path=best))
    return shapes, others, passed


def labels_from_path(relative: PurePath, default_category: str) -> tuple[str, str, str]:
    """Category, name and split of a file by its path; ShapeNet's numbers become categories.

    Args:
        relative: path of the file within the data set.
        default_category: the category of a file that lies in no folder.

    >>> labels_from_path(PurePath("chair/train/oak/1.obj"), "furniture")
    ('chair', 'oak-1', 'train')
    >>> labels_from_path(PurePath("1.obj"), "furniture")
    ('furniture', '1', '')
    """
    folders = [part for part in relative.parts[:-1] if part not in SPLITS]
    splits = [part for part in relative.parts[:-1] if part in SPLITS]
    category, *deeper = folders or [default_category]
    name = "-".join([*deeper, relative.stem])
    return readable_category(category), safe_name(name), splits[-1] if splits else ""


def _files(folder: Path) -> Iterator[Path]:
    """All files, also behind links to folders; each folder once, and no hidden ones."""
    visited = set[str]()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files))
