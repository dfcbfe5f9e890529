"""Shapes that a list names: a path a line, or a table with a header."""

import csv
from collections.abc import Iterator
from pathlib import Path

from acutance.data.datasets.folder import ENDINGS, labels_from_path
from acutance.data.datasets.safe_names import safe_name
from acutance.data.datasets.source import SPLITS, ShapeSource
from acutance.errors import InputError

LIST_COLUMNS = ("category", "name", "split", "family", "path")
POINTS_ENDINGS = (".txt", ".csv")
"""Endings that are ignored in a folder, but that hold points where a list names them."""


def shapes_in_list(file: Path) -> list[ShapeSource]:
    """The shapes that a .txt or .csv file names, relative to its folder.

    A line of a list without a header is a path; a header names columns of `LIST_COLUMNS`, of which
    only the path is needed. What no column says is read from the path as for a folder. Blank
    lines and lines that begin with ``#`` are passed over.

    Raises:
        InputError: the list cannot be read, or one of its lines names no file that can be.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     (Path(folder) / "a.obj").touch()
    ...     table = Path(folder) / "list.csv"
    ...     _ = table.write_text("path,category,split\\na.obj,mug,test\\n")
    ...     shapes = shapes_in_list(table)
    >>> [(shape.key, shape.split) for shape in shapes]
    [('mug/a', 'test')]
    """
    return [_shape(file, line, cells) for line, cells in _rows(file)]


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The number and the cells of every line that names a shape."""
    header = list[str]()
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = _cells(line)
        if not header:
            header = cells if "path" in cells else ["path"]
            _check_header(file, header)
            if header is cells:
                continue
        if header == ["path"]:
            cells = [line.strip().strip('"')]  # a comma there is a part of the path
        if len(cells) != len(header):
            raise InputError(
                f"{file}, line {number}, has {len(cells)} cells; expected {len(header)}: "
                f"{', '.join(header)}."
            )
        yield number, dict(zip(header, cells, strict=True))


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]))]
    except csv.Error:  # an absurd length
        return [line]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no text in UTF-8; save it as such.") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{file} cannot be read: {reason}; check its permissions.") from error


def _check_header(file: Path, header: list[str]) -> None:
    unknown = [name for name in header if name not in LIST_COLUMNS or header.count(name) > 1]
    if unknown:
        raise InputError(
            f"{file} has a column {unknown[0]!r}; expected each of {', '.join(LIST_COLUMNS)} "
            "at most once."
        )


def _shape(file: Path, line: int, cells: dict[str, str]) -> ShapeSource:
    path = file.parent / cells["path"]
    where = f"{file}, line {line}"
    if not _is_file(path):
        raise InputError(f"{where}, names {path}, which is no file; mend the line or remove it.")
    if path.suffix.lower() not in (*ENDINGS, *POINTS_ENDINGS):
        raise InputError(
            f"{where}, names {path} with the ending '{path.suffix}'; expected one of "
            f"{' '.join((*ENDINGS, *POINTS_ENDINGS))}."
        )
    # Of a path that leads out of the data set, only the last folder says what the shape is.
    inside = Path(cells["path"])
    if inside.is_absolute() or ".." in inside.parts:
        inside = Path(path.resolve().parent.name, path.name)
    category, name, split = labels_from_path(inside, file.resolve().parent.name)
    split = cells.get("split") or split
    if split not in ("", *SPLITS):
        raise InputError(f"{where}, has the split {split!r}; expected train or test or nothing.")
    return ShapeSource(
        category=safe_name(cells["category"]) if cells.get("category") else category,
        name=safe_name(cells["name"]) if cells.get("name") else name,
        split=split,
        family=cells.get("family", ""),
        path=path,
    )


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a text that cannot be a path is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
