"""Which columns of a table are positions and which are normals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from acutance.mesh.io.columns import TextTable

LOOKED_AT = 10_000
"""Rows that are looked at to tell what a column without a name is."""

UNIT = 0.02
"""How far from 1 the length of a normal may be: it is written with two decimals at least."""

REMEDY = "add a first line that names the columns, such as '{}'"

_POSITION = [
    rf"(p|pos|position|coord|coordinate|point|points|vertex|local|global|cartesian)?{axis}"
    rf"(coord|coordinate|pos|position|m|mm|cm|km|ft|in)?|points?{number}|{other}"
    for axis, number, other in zip(
        "xyz", "012", ("eastings?", "northings?", "elevation"), strict=True
    )
]
_SURVEYED = [
    r"eastings?|rechtswert|ostwert|x",
    r"northings?|hochwert|nordwert|y",
    r"heights?|altitude|höhe|hoehe",
]
"""Positions where no column is named as above."""

_NORMAL = [
    rf"n(orm|ormal|ormals)?{axis}|{axis}n(orm|ormal)?|normals?{number}"
    for axis, number in zip("xyz", "012", strict=True)
]


@dataclass(frozen=True)
class Roles:
    """What the columns are.

    Attributes:
        points: indices of the columns x, y, z.
        normals: indices of the normals' columns, or None.
        notes: sentences about what was decided.
    """

    points: tuple[int, ...]
    normals: tuple[int, ...] | None
    notes: tuple[str, ...]


def find_roles(table: TextTable) -> Roles:
    """The roles of the columns: by the line that names them, or else by what they hold.

    Raises:
        ValueError: it can't be told; the message says what to add to the file.
    """
    count = table.values.shape[1]
    if count < 3:
        raise ValueError(f"rows of at least 3 numbers were expected, not of {count}")
    for title in reversed(table.titles):
        names = _names(title, count, table.separator)
        points = _find(names, _POSITION) or _find(names, _SURVEYED)
        if points is not None:
            return _by_names(names, points, table)
    _refuse_other_names(table, count)
    return _by_pattern(table.values[:: max(1, len(table.values) // LOOKED_AT)])


def _names(title: str, count: int, separator: str | None) -> list[str]:
    """The names in a line, in lower case, without signs and units."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", title.lstrip("#/ \t").replace('"', ""))
    fields = plain.rstrip(",; \t").split(separator or None)
    if len(fields) != count:
        fields = [field for field in re.split(r"[\s,;|]+", plain) if field]
    return [re.sub(r"[\W_]", "", field.lower()) for field in fields]


def _find(names: Sequence[str], patterns: Sequence[str]) -> tuple[int, ...] | None:
    """Where the three names are; None where one is missing."""
    found = [
        next((i for i, name in enumerate(names) if re.fullmatch(pattern, name)), None)
        for pattern in patterns
    ]
    places = tuple(place for place in found if place is not None)
    return places if len(places) == 3 else None


def _by_names(names: Sequence[str], points: tuple[int, ...], table: TextTable) -> Roles:
    count = table.values.shape[1]
    if len(names) != count and points != (0, 1, 2):
        raise ValueError(
            f"it names {len(names)} columns ({', '.join(names)[:60]}), but its rows have {count}; "
            "name all of them"
        )
    if len(names) != count:  # the positions come first, whatever the other names mean
        return _by_pattern(table.values[:: max(1, len(table.values) // LOOKED_AT)])
    normals = _find(names, _NORMAL)
    used = {*points, *(normals or ())}
    rest = [name or str(i + 1) for i, name in enumerate(names[:count]) if i not in used]
    if not rest and normals is None:
        return Roles(points, None, ())
    what = "positions" if normals is None else "positions and normals"
    passed = f"; passed over: {', '.join(rest)[:80]}" if rest else ""
    return Roles(points, normals, (f"Read by the names of the columns: {what}{passed}.",))


def _refuse_other_names(table: TextTable, count: int) -> None:
    """A line that names as many columns as there are, but no positions, must not be ignored.

    A comment may be any three words, and three columns are positions.
    """
    for title in table.titles:
        if count == 3 and title.startswith(("#", "//")):
            continue
        names = _names(title, count, table.separator)
        words = [name for name in names if any(map(str.isalpha, name))]
        if len(names) == count and len(words) == count and count <= len(set(words)):
            raise ValueError(
                f"its columns are named {', '.join(names)[:60]}, and x, y and z are not all "
                "among them; rename those that are the positions"
            )


def _by_pattern(rows: Float[np.ndarray, "rows columns"]) -> Roles:
    """The roles of columns without names."""
    rows = rows[~np.isnan(rows[:, :3]).any(axis=1)]
    count = rows.shape[1]
    if len(rows) == 0 or count == 3:
        return Roles((0, 1, 2), None, ())
    start = 1 if count in (4, 7) and _is_numbering(rows[:, 0]) else 0
    triples = range(start, count - 2)
    unit = [i for i in triples if i >= start + 3 and _is_unit(rows[:, i : i + 3])]
    colour = [i for i in triples if _is_colour(rows[:, i : i + 3])]
    _refuse_reversed(rows[:, start:], bool(unit), bool(colour) and max(colour) >= start + 3)
    normals = None
    if unit:
        normals = (unit[0], unit[0] + 1, unit[0] + 2)
    elif count == start + 6 and not colour and np.nanmin(rows[:, start + 3 :]) < 0:
        normals = (start + 3, start + 4, start + 5)
    points = (start, start + 1, start + 2)
    return Roles(points, normals, _found(count, points, normals, colour))


def _found(
    count: int, points: tuple[int, ...], normals: tuple[int, ...] | None, colour: Sequence[int]
) -> tuple[str, ...]:
    """What was decided, where another reading would be possible."""
    if normals is not None and count == 6:
        return ()
    parts = [f"columns {points[0] + 1} to {points[2] + 1} as positions"]
    if normals is not None:
        parts.append(f"{normals[0] + 1} to {normals[2] + 1} as normals, since their length is 1")
    used = {*points, *(normals or ())}
    rest = [i for i in range(count) if i not in used]
    passed = f"{', '.join(str(i + 1) for i in rest)} passed over"
    if any(set(range(i, i + 3)) <= set(rest) for i in colour):
        passed += " (colours)"
    return (f"No line names the columns: {', '.join([*parts, passed])}.",)


def _refuse_reversed(rows: Float[np.ndarray, "rows columns"], unit: bool, colour: bool) -> None:
    """Rows that seem to begin with normals or colours."""
    if rows.shape[1] < 6 or unit or colour:
        return
    if _is_unit(rows[:, :3]):
        raise ValueError(
            "the first three columns have length 1 as normals have, and no others do; "
            + REMEDY.format("nx ny nz x y z")
        )
    if _is_colour(rows[:, :3], whole=True) and _varied(rows[:, 3:6]):
        raise ValueError(
            "the first three columns look like colours (whole numbers up to 255); "
            + REMEDY.format("r g b x y z")
        )


def _is_unit(columns: Float[np.ndarray, "rows 3"]) -> bool:
    lengths = np.linalg.norm(columns, axis=1)
    known = lengths[lengths > 0]
    return len(known) > 0 and float(np.mean(_near(known, 1.0))) > 0.98 and not _whole(columns).all()


def _near(values: Float[np.ndarray, " rows"], goal: float) -> Bool[np.ndarray, " rows"]:
    return np.abs(values - goal) < UNIT


def _is_colour(columns: Float[np.ndarray, "rows 3"], *, whole: bool = False) -> bool:
    """Whole numbers from 0 to 255, or any from 0 to 1."""
    if columns.min() < 0 or np.isnan(columns).any():
        return False
    eight_bit = bool(_whole(columns).all() and columns.max() <= 255)
    return eight_bit or (not whole and bool(columns.max() <= 1.0))


def _whole(columns: Float[np.ndarray, "rows columns"]) -> Bool[np.ndarray, "rows columns"]:
    return columns == np.round(columns)


def _varied(columns: Float[np.ndarray, "rows columns"]) -> bool:
    return not _whole(columns).all()


def _is_numbering(column: Float[np.ndarray, " rows"]) -> bool:
    """Whether the column counts the rows."""
    steps = np.diff(column)
    return bool(len(steps) and steps[0] >= 1 and (steps == steps[0]).all())
