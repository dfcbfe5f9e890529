"""Which models of the two packages are shapes of open5, and of which category."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from acutance.data.datasets.debian.package import Package
from acutance.data.datasets.open5.ac3d import read_ac3d
from acutance.data.datasets.open5.sweethome import LARGEST_MODEL, Furniture, read_library
from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh

FURNITURE = Package(
    name="sweethome3d-furniture", folder="usr/share/sweethome3d/furniture", ending=".sh3f"
)
AIRCRAFT = Package(
    name="flightgear-data-ai", folder="usr/share/games/flightgear/AI/Aircraft", ending=".ac"
)

_WORDS = {
    "lamp": {"lamp", "lamps", "light", "lights", "lantern", "lamppost", "spotlight"},
    "sofa": {"sofa", "couch", "futon"},
    "chair": {"chair", "armchair", "stool", "bench", "seat"},
    "table": {"table", "desk"},
}
"""A title with one of these words is of that category; the first counts, as in "Desk lamp"."""

_OTHERS = {"fan", "bat", "abdominal"}
"""Words of what is none of them: a table fan, a table tennis bat, an abdominal bench."""

_NO_AIRCRAFT = {"light", "lights", "refueling", "balloon", "ferry"}
"""Folders of what is no aircraft, in small letters."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model that may become a shape.

    Attributes:
        category: chair, lamp, plane, sofa or table.
        source: the library that it comes from.
        title: what it is called there.
        path: where it lies in the library or package.
        creator, license: whom to name, and on what terms it may be used.
        read: reads its mesh, y up, in a unit of its own; raises ValueError for a damaged one.
    """

    category: str
    source: str
    title: str
    path: str
    creator: str
    license: str
    read: Callable[[], TriangleMesh]


def furniture(folder: Path) -> Iterator[Model]:
    """The chairs, lamps, sofas and tables in the libraries of a folder.

    Raises:
        InputError: there is no library, or one is damaged.
    """
    for library in _files(folder, FURNITURE):
        for entry in read_library(library):
            category = furniture_category(entry)
            if category:
                yield Model(
                    category=category,
                    source=library.stem,
                    title=entry.title,
                    path=entry.member,
                    creator=entry.creator,
                    license=entry.license,
                    read=entry.load,
                )


def furniture_category(entry: Furniture) -> str:
    """The category of a piece of furniture by the words of its title; "" for none of the four."""
    words = set(re.findall(r"[a-z]+", entry.title.lower()))
    if words & _OTHERS or entry.room == "Vehicles":  # a Seat is a car
        return ""
    return next((category for category, names in _WORDS.items() if words & names), "")


def aircraft(folder: Path) -> Iterator[Model]:
    """The aircraft in a folder, and those parts of them that fly as models of their own.

    Raises:
        InputError: there is none.
    """
    for file in _files(folder, AIRCRAFT):
        path = file.relative_to(folder)
        if not _NO_AIRCRAFT & {part.lower() for part in path.parts}:
            yield Model(
                category="plane",
                source="flightgear-ai",
                title=file.stem,
                path=path.as_posix(),
                creator="FlightGear",
                license="GPL-2.0-or-later",
                read=partial(_read_aircraft, file),
            )


def _files(folder: Path, package: Package) -> list[Path]:
    files = sorted(folder.rglob(f"*{package.ending}"))
    if not files:
        raise InputError(
            f"{folder} holds no file of the ending {package.ending}; install or fetch "
            f"{package.name} again."
        )
    return files


def _read_aircraft(file: Path) -> TriangleMesh:
    if file.stat().st_size > LARGEST_MODEL:
        raise ValueError(f"it has more than {LARGEST_MODEL} bytes")
    return read_ac3d(file.read_bytes())
