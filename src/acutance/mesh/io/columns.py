"""Tables of numbers in text, however they are separated, and the names above them."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from jaxtyping import Float

from acutance.mesh.io.rows import decode

SAMPLE = 1000
"""Lines that are looked at to tell how the numbers are written."""

MOST_LINES_BEFORE = 100
"""Lines before the first row of numbers: comments, names of columns, a count."""

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.I)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")
_QUOTED_COMMA = re.compile(r'"\s*[-+]?\d+,\d+\s*"')
_COMMENT = re.compile(r"(#|//).*")


@dataclass(frozen=True)
class TextTable:
    """Rows of numbers, and what stood above them.

    Attributes:
        values: float64 (rows, columns); columns that are no numbers are NaN.
        titles: the lines before the first row.
        separator: what separates columns: a sign, or None for blanks and tabs.
        notes: sentences about how the numbers were read.
    """

    values: Float[np.ndarray, "rows columns"]
    titles: tuple[str, ...]
    separator: str | None
    notes: tuple[str, ...]


def read_table(data: bytes) -> TextTable:
    """The table in a text file.

    Blanks, tabs, commas and semicolons separate columns; ``#`` and ``//`` begin comments. Lines
    that repeat one above the first row, and empty ones, are passed over. Numbers with decimal
    commas are read where no other reading is possible.

    Raises:
        ValueError: it is no text, holds no row of three numbers, a row is damaged, or it can't be
            told whether commas separate columns or decimals.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16").encode()
    decode(data[: 1 << 16])  # refuses what is no text
    titles, sample = _beginning(data)
    if not sample:
        raise ValueError("it holds no row of at least three numbers")
    decimal = _has_decimal_commas(sample)
    separator = None if decimal and not any(";" in line for line in sample) else _separator(sample)
    rows = _Rows(data, titles, decimal, separator)
    notes = ("The numbers are written with decimal commas, and were read so.",) if decimal else ()
    values = _parsed(rows, [rows.prepared(line) for line in sample])
    return TextTable(values, tuple(map(_as_written, titles)), separator, notes)


def _beginning(data: bytes) -> tuple[list[str], list[str]]:
    """The lines before the first row of numbers, and the first rows."""
    lines = (line.strip() for line in _lines(data))
    titles, sample = list[str](), list[str]()
    for line in islice((line for line in lines if line), MOST_LINES_BEFORE):
        if _is_row(line):
            sample.append(line)
            break
        titles.append(line)
    sample.extend(islice((line for line in lines if line and _is_row(line)), SAMPLE - 1))
    return titles, sample


def _lines(data: bytes) -> Iterator[str]:
    """The lines of the file; a byte-order mark and odd encodings of names do no harm."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    stream = io.BytesIO(data)
    stream.seek(start)
    return io.TextIOWrapper(stream, encoding="latin-1", newline=None)


def _as_written(title: str) -> str:
    """A line that was read byte by byte, in the encoding that it seems to have."""
    data = title.encode("latin-1")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _is_row(line: str) -> bool:
    """Whether the line begins with three numbers, or has three among its fields."""
    if line.startswith(("#", "//")):
        return False
    fields = [field.strip('" ') for field in re.split(r"[\s,;]+", line) if field.strip('" ')]
    numbers = sum(_NUMBER.fullmatch(field) is not None for field in fields)
    return numbers >= 3 and 2 * numbers > len(fields)


def _has_decimal_commas(sample: Sequence[str]) -> bool:
    """Whether commas stand before decimals.

    Raises:
        ValueError: they might.
    """
    if any(_QUOTED_COMMA.search(line) for line in sample):
        _refuse("commas stand within its quotes")
    sample = [_COMMENT.sub("", line).replace('"', "") for line in sample]
    fields = [[f for f in re.split(r"[\s;]+", line) if f] for line in sample]
    flat = [field for row in fields for field in row]
    if not any(_DECIMAL_COMMA.fullmatch(field) for field in flat):
        return _refuse_dotted(flat) or _refuse_separated(sample)
    if min(map(len, fields)) < 3 or any("." in field for field in flat):
        _refuse("both points and commas, or too few columns, stand in its rows")
    whole = [field for field in flat if "," in field]
    if not all(_DECIMAL_COMMA.fullmatch(field) for field in whole):
        _refuse("some of its numbers have several commas")
    if all(re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", field) for field in whole):
        _refuse("its commas might also separate thousands")
    return True


def _refuse_dotted(fields: Sequence[str]) -> bool:
    """Numbers such as 1.234,5 are refused."""
    if any(re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+,\d+", field) for field in fields):
        _refuse("points separate its thousands")
    return False


def _refuse_separated(sample: Sequence[str]) -> bool:
    """Rows such as 1,05,2,5,3,25, where commas would both separate columns and decimals."""
    rows = [line.replace(" ", "").strip(",").split(",") for line in sample]
    count = len(rows[0])
    if (
        count < 6
        or count % 2
        or not all(re.fullmatch(r"[-+]?\d+", field) for row in rows for field in row)
    ):
        return False
    decimals = [row[i] for row in rows for i in range(1, len(row), 2)]
    if any(len(field) > 1 and field.startswith("0") for field in decimals):
        _refuse("commas both separate its columns and stand before decimals")
    return False


def _refuse(reason: str) -> None:
    raise ValueError(
        f"it seems to be written with decimal commas, and {reason}; write numbers with decimal "
        "points"
    )


def _separator(sample: Sequence[str]) -> str | None:
    """The sign between columns; None for blanks and tabs."""
    for sign in (";", ","):
        if all(line.count(sign) >= 2 for line in sample):
            return sign
    return "\t" if all("\t\t" in line for line in sample) else None


class _Rows:
    """The rows of a file, one after another, each ready to be split; knows the last one given."""

    def __init__(
        self, data: bytes, titles: Sequence[str], decimal: bool, separator: str | None
    ) -> None:
        self.last = ""
        self.separator = separator
        self._data = data
        self._titles = set(titles)
        self._decimal = decimal
        self._comments = b"#" in data or b"//" in data
        self._quotes = b'"' in data
        # Where blanks separate columns, stray commas and semicolons count as blanks.
        strays = {None: ",;", ";": "", ",": ";"}.get(separator, ",;")
        self._strays = "" if decimal else "".join(s for s in strays if s.encode() in data)

    def __iter__(self) -> Iterator[str]:
        for line in _lines(self._data):
            row = self.prepared(line)
            if row and not (self._titles and line.strip() in self._titles):
                self.last = row
                yield row

    def prepared(self, line: str) -> str:
        """The line without its comment and trailing separators, empty fields as NaN."""
        if self._comments and ("#" in line or "//" in line):
            line = _COMMENT.sub("", line)
        if self._quotes:
            line = line.replace('"', "")
        if self._decimal:
            line = line.replace(",", ".")
        for stray in self._strays:
            line = line.replace(stray, " ")
        line = line.strip()
        sign = self.separator
        if sign is None:
            return line
        line = line.rstrip(sign + " \t")
        while sign + sign in line:
            line = line.replace(sign + sign, f"{sign}nan{sign}")
        return f"nan{line}" if line.startswith(sign) else line


def _parsed(rows: _Rows, sample: Sequence[str]) -> Float[np.ndarray, "rows columns"]:
    """The rows as numbers."""
    first = [field.strip() for field in sample[0].split(rows.separator)]
    used = [i for i, field in enumerate(first) if _NUMBER.fullmatch(field)]
    everything = len(used) == len(first)
    try:
        values = np.loadtxt(
            iter(rows),
            delimiter=rows.separator,
            comments=None,
            ndmin=2,
            usecols=None if everything else used,
        )
    except ValueError:
        raise ValueError(
            f"a row of {len(first)} numbers was expected, not '{rows.last[:60]}'"
        ) from None
    if everything:
        return values
    table = np.full((len(values), len(first)), np.nan)
    table[:, used] = values
    return table
