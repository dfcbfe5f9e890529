"""The benchmark parts: electronic parts as KiCad shows them, exact surfaces from CAD.

They come from a package of Debian and Ubuntu. Families of near-duplicates are named, parts with the
points of another are left out, and some categories are for testing alone.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from acutance.data.datasets.debian.copyright import Copyright
from acutance.data.datasets.debian.package import Package, find_package, terms, unpack
from acutance.data.datasets.parts.categories import UNSEEN
from acutance.data.datasets.parts.choice import Part, choose, parts_among
from acutance.data.datasets.source import ShapeSource
from acutance.errors import InputError
from acutance.machine.files import atomically_folder

KICAD = Package(name="kicad-packages3d", folder="usr/share/kicad/3dmodels", ending=".step")

COPYRIGHT, MANIFEST = "parts-copyright.txt", "parts.csv"

_POINT = re.compile(rb"CARTESIAN_POINT\s*\([^,]*,\s*\(([^)]*)\)")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts that are taken.

    Attributes:
        sources: the parts, by key; those of categories for testing alone are in that split.
        same: for every part that was left out, the key of the one whose points it has.
        others: how many files are in no category.
        licenses: how many parts are under which licence.
        comment: what the makers say of the licence.
        notices: texts that belong to the parts wherever they go, by the names of their files.
    """

    sources: list[ShapeSource]
    same: dict[str, str]
    others: int
    licenses: Counter[str]
    comment: str
    notices: dict[str, str]


def find_parts(output: Path, *, count: int, packages: Path | None = None) -> Parts:
    """The parts of the package, at most so many of each category.

    Args:
        output: the folder for the files of these parts, where the package has to be unpacked; what
            lies there under other names stays.
        count: parts a category, 1 or more.
        packages: a folder with the .deb file, or into which it was unpacked; None to take what is
            installed, or else to fetch it with apt (380 MB).

    Raises:
        InputError: the package can't be had, is damaged or holds no part, or the folder cannot be
            written.
    """

    listed = list[PurePosixPath]()

    def needed(paths: list[PurePosixPath]) -> set[PurePosixPath]:
        listed.extend(paths)
        return {part.path for part in choose(parts_among(paths), count)}

    with TemporaryDirectory() as temporary:
        root = find_package(KICAD, packages, Path(temporary))
        if root.is_file():
            with atomically_folder(output) as folder:
                unpack(root, KICAD, folder, needed)
            root = output
        else:
            listed += _files(root / KICAD.folder)
    folder = root / KICAD.folder
    known = parts_among(listed)
    if not known:
        raise InputError(
            f"{folder} holds no part that is known; install or fetch {KICAD.name} again."
        )
    parts, same = _distinct(choose(known, count), folder)
    return _described(parts, same, len(listed) - len(known), root)


def _files(folder: Path) -> list[PurePosixPath]:
    """The files in a folder that may be parts, relative to it."""
    files = (file for file in folder.rglob(f"*{KICAD.ending}") if file.is_file())
    return [PurePosixPath(file.relative_to(folder).as_posix()) for file in files]


def _distinct(parts: Sequence[Part], folder: Path) -> tuple[list[Part], dict[str, str]]:
    """The parts by key, of those with the same points the first, and the others' keys and its."""
    first, same = dict[bytes, Part](), dict[str, str]()
    for part in parts:
        twin = first.setdefault(_digest(folder / part.path), part)
        if twin is not part:
            same[part.key] = twin.key
    return sorted(first.values(), key=lambda part: part.key), same


def _digest(file: Path) -> bytes:
    """A hash of the points of a STEP file, whatever their order; names and colours do not count.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{file} cannot be read: {reason}; check its permissions.") from error
    points = sorted(_POINT.findall(data)) or [data]
    return sha1(b"\n".join(points), usedforsecurity=False).digest()


def _described(parts: Sequence[Part], same: dict[str, str], others: int, root: Path) -> Parts:
    """The parts with what is to be said of them."""
    text = terms(KICAD, root)
    said = Copyright(text)
    licenses, table = Counter[str](), io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["category", "name", "family", "file", "creator", "license"])
    for part in parts:
        of = said.terms(part.path.as_posix())
        licenses[of.license or "no licence that is named"] += 1
        rows.writerow([part.category, part.name, part.family, part.path, of.holder, of.license])
    return Parts(
        sources=[
            ShapeSource(
                category=part.category,
                name=part.name,
                family=part.family,
                split="test" if part.category in UNSEEN else "",
                path=root / KICAD.folder / part.path,
            )
            for part in parts
        ],
        same=same,
        others=others,
        licenses=licenses,
        comment=said.comment,
        notices={COPYRIGHT: text, MANIFEST: table.getvalue()},
    )
