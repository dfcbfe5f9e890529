"""Shapes in a folder of meshes: by category, as in ModelNet, or all in one."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePath

from acutance.data.datasets.shapenet import category_of
from acutance.data.datasets.source import SPLITS, ShapeSource, safe

ENDINGS = (".ply", ".obj", ".off", ".3mf", ".glb", ".gltf", ".stl", ".npz", ".xyz")
"""What is taken for a shape, best first: full coordinates and shared vertices, then surfaces
without, then points. No .txt and no .npy, although they may hold points: beside meshes they are
notes and labels."""


def in_folder(folder: Path) -> tuple[list[ShapeSource], int, list[Path]]:
    """The shapes in a folder, how many files are no shapes, and which were passed over.

    The first folder below gives the category and the rest of the path the name, joined by ``-``;
    a file that lies directly in the folder has the folder's own name as its category. A folder
    named train or test anywhere in between is the split and no part of the name. Of files that
    differ only in their ending, the first of `ENDINGS` is taken.
    """
    groups = defaultdict[Path, list[Path]](list)
    others = 0
    for file in _files(folder):
        if file.name.startswith(".") or file.suffix.lower() not in ENDINGS:
            others += 1
        else:
            groups[file.with_suffix("")].append(file)
    shapes, passed = [], list[Path]()
    for files in groups.values():
        best, *rest = sorted(files, key=lambda file: ENDINGS.index(file.suffix.lower()))
        passed += rest
        category, name, split = named(best.relative_to(folder), folder.resolve().name)
        shapes.append(ShapeSource(category=category, name=name, split=split, path=best))
    return shapes, others, passed


def named(relative: PurePath, own: str) -> tuple[str, str, str]:
    """Category, name and split of a file by its path; ShapeNet's numbers become categories.

    Args:
        relative: path of the file within the data set.
        own: the category of a file that lies in no folder.
    """
    folders = [part for part in relative.parts[:-1] if part not in SPLITS]
    splits = [part for part in relative.parts[:-1] if part in SPLITS]
    category, *deeper = folders or [own]
    name = "-".join([*deeper, relative.stem])
    return category_of(category), safe(name), splits[-1] if splits else ""


def _files(folder: Path) -> Iterator[Path]:
    """All files, in links to folders, too, but not around in circles nor in hidden folders."""
    seen = set[str]()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files))
