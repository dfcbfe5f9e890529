"""The results of one split, kept in a folder, so that those of another one can join them later."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acutance.errors import InputError
from acutance.machine.files import write_file, write_json
from acutance.machine.plain_files import read_json
from acutance.metrics.table import Table
from acutance.model.configuration import from_plain, to_plain
from acutance.model.storage import CONFIG, WEIGHTS
from acutance.report.pictures import Picture

FOLDER = "evaluation"
"""Where they are kept, below what the user reads."""


@dataclass(frozen=True, kw_only=True)
class SplitResults:
    """What was found of the shapes of a split.

    Attributes:
        split: its name.
        model: checksum of the model that was measured.
        whole: whether all shapes of the split were measured.
        protocol: how they were measured, in words.
        rows: plain values, a shape each.
        table: their summary.
        pictures: the best, the median and the worst shape.
    """

    split: str
    model: str
    whole: bool
    protocol: str
    rows: Sequence[Mapping[str, Any]]
    table: Table
    pictures: Sequence[Picture]

    def write(self, folder: Path) -> None:
        """Write into a folder of results.

        Raises:
            InputError: a file cannot be written.
        """
        plain = {
            "model": self.model,
            "whole": self.whole,
            "protocol": self.protocol,
            "rows": self.rows,
            "table": to_plain(self.table),
            "captions": [picture.caption for picture in self.pictures],
        }
        write_json(folder / FOLDER / f"{self.split}.json", plain)
        for number, picture in enumerate(self.pictures):
            write_file(_picture(folder, self.split, number), picture.png)


def read_results(folder: Path, split: str) -> SplitResults | None:
    """What `SplitResults.write` wrote; None where nothing is there, or it is damaged."""
    try:
        plain = read_json(folder / FOLDER / f"{split}.json")
        json.dumps(plain, ensure_ascii=False).encode()  # or a page of it could not be written
        captions = enumerate(plain["captions"])
        return SplitResults(
            split=split,
            model=str(plain["model"]),
            whole=plain["whole"] is True,
            protocol=str(plain["protocol"]),
            rows=[dict(row) for row in plain["rows"]],
            table=from_plain(Table, plain["table"]),
            pictures=[
                Picture(caption=str(caption), png=_picture(folder, split, number).read_bytes())
                for number, caption in captions
            ],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError):
        return None


def check_kept(earlier: SplitResults | None, folder: Path, *, whole: bool) -> None:
    """Refuse to put the results of some shapes in the place of those of all.

    Raises:
        InputError: they would take it.
    """
    if earlier is not None and earlier.whole and not whole:
        raise InputError(
            f"{folder} holds the results of all {len(earlier.rows)} shapes of the split "
            f"{earlier.split!r}, which those of a part of them would replace: leave out --limit, "
            "or give another folder by --output."
        )


def model_checksum(folder: Path) -> str:
    """SHA-256 of a model's files.

    Raises:
        OSError: one cannot be read.
    """
    digest = hashlib.sha256()
    for name in (CONFIG, WEIGHTS):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _picture(folder: Path, split: str, number: int) -> Path:
    return folder / FOLDER / f"{split}-{number}.png"
