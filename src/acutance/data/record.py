"""What a store says of a shape, and the index of these records: a line of JSON a shape.

A later line of the index wins over an earlier one of the same shape.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from acutance.data.datasets.safe_names import check_key
from acutance.errors import InputError
from acutance.machine.plain_files import parse_json
from acutance.mesh.normalize import UNIT_CUBE, Bounds, Similarity, box_of


@dataclass(frozen=True, kw_only=True)
class ShapeRecord:
    """What the index says of a shape.

    Attributes:
        category, name: together they are the shape's key, ``category/name``.
        split: `train`, `test`, or empty where nothing was said.
        family: near-duplicates have the same; empty for a shape of its own.
        source: the file that it was made from.
        stamp: size and time of that file, by which a change of it is noticed.
        rule: how inside and outside were told apart (see `Solid`); `given` for ready samples.
        agreement: share of test points on which an independent test of inside agrees, 0 to 1.
        transform: from the unit frame, where the samples are, to the source's coordinates.
        bounds: box around the shape, unit frame.
        samples: number of points with a signed distance.
        size, checksum: bytes of the file and their SHA-256.
        warnings: sentences about what was mended and what is doubtful.

    Raises:
        InputError: the key could lead out of the store.

    >>> ShapeRecord(category="chair", name="0001", split="test").key
    'chair/0001'
    """

    category: str
    name: str
    split: str = ""
    family: str = ""
    source: str = ""
    stamp: str = ""
    rule: str = "given"
    agreement: float = 1.0
    transform: Similarity = field(default_factory=Similarity)
    bounds: Bounds = UNIT_CUBE
    samples: int = 0
    size: int = 0
    checksum: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_key(self.key)

    @property
    def key(self) -> str:
        """The name that is unique in a store, and safe as a relative path."""
        return f"{self.category}/{self.name}"


def index_lines(records: Iterable[ShapeRecord]) -> str:
    """The lines of the index for some records.

    >>> record = ShapeRecord(category="chair", name="0001")
    >>> index_lines([record])[:40]
    '{"category": "chair", "name": "0001", "s'
    """
    return "".join(json.dumps(asdict(record)) + "\n" for record in records)


def read_index(path: Path) -> list[ShapeRecord]:
    """The records of an index; a last line that an interruption cut off is passed over.

    Raises:
        InputError: another line is damaged.
    """
    try:
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read; check its permissions.") from error
    records = dict[str, ShapeRecord]()
    for number, line in enumerate(lines, start=1):
        if number == len(lines) and _is_cut_off(line):
            break
        try:
            record = _record_from_json(parse_json(line))
        # Whatever a value of the wrong kind leads to.
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise InputError(
                f"Line {number} of {path} is damaged; remove that line and prepare again."
            ) from error
        records[record.key] = record
    return list(records.values())


def _is_cut_off(line: str) -> bool:
    """Whether a line is no whole value of JSON."""
    try:
        parse_json(line)
    except ValueError:
        return True
    return False


def _record_from_json(values: dict[str, Any]) -> ShapeRecord:
    """A record from what JSON makes of it: lists for tuples. Unknown fields are left out.

    Raises:
        InputError: a name could lead out of the store, or a value is out of its range.
        ValueError, TypeError, ...: a value is of the wrong kind, or missing.
    """
    known = {field.name for field in fields(ShapeRecord)}
    plain = {name: value for name, value in values.items() if name in known}
    frame = plain["transform"]
    x, y, z = frame["centre"]
    centre = (float(x), float(y), float(z))
    plain["transform"] = Similarity(centre=centre, scale=float(frame["scale"]))
    plain["bounds"] = box_of(plain["bounds"])
    plain["warnings"] = tuple(plain["warnings"])
    record = ShapeRecord(**plain)
    _check_kinds(record)
    return record


def _check_kinds(record: ShapeRecord) -> None:
    """See that every value is of its kind.

    Raises:
        InputError: one is not.
    """
    names = (record.category, record.name)
    said = (record.split, record.family, record.source, record.stamp, record.rule)
    words = (*names, *said, record.checksum)
    counts = (record.samples, record.size)
    if (
        not all(isinstance(word, str) for word in (*words, *record.warnings))
        or not all(type(count) is int and count >= 0 for count in counts)
        or type(record.agreement) not in (int, float)
        or not 0 <= record.agreement <= 1
        or "\0" in record.source
    ):
        raise InputError(f"What is said of {record.key} is of the wrong kind.")
