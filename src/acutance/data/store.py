"""A store: the samples of many shapes on disk, written shape by shape.

    store/
      store.json                        format and settings, the same for every shape
      index.jsonl                       a line a shape: what it is and what was done with it
      shapes/<category>/<name>.safetensors

A shape's file is in its place before its line is in the index, so that an interrupted preparation
can go on: a shape counts when its line and its file agree.
"""

import json
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from acutance.data.pool import Pool
from acutance.data.record import ShapeRecord, index_lines, read_index
from acutance.data.shape_file import (
    SHAPES_FOLDER,
    damaged_message,
    is_intact,
    read_shape,
    shape_path,
)
from acutance.errors import InputError
from acutance.machine.cores import cores
from acutance.machine.files import explaining, write_file, write_json
from acutance.machine.plain_files import read_json

STORE_FORMAT = 1
"""Version of the layout; raised when an older reader could not understand it."""

STORE_FILE, INDEX_FILE = "store.json", "index.jsonl"


class SampleStore:
    """A folder of samples.

    Attributes:
        folder: where it is.
        settings: what every shape in it was made with.

    >>> import torch
    >>> from tempfile import TemporaryDirectory
    >>> from acutance.data.shape_file import write_shape
    >>> points = torch.rand(10, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    >>> pool = Pool(points, points.norm(dim=1) - 0.5, torch.empty(0, 3), torch.empty(0, 3))
    >>> with TemporaryDirectory() as folder:
    ...     store = SampleStore.create(Path(folder, "store"), {"seed": 0})
    ...     record = ShapeRecord(category="ball", name="a", split="test")
    ...     store.enter(write_shape(store.folder, record, pool))
    ...     again = SampleStore.open(store.folder)
    ...     again.check()
    ...     sdf = again.pool("ball/a").sdf
    >>> again.split("train"), again.split("test"), again.settings
    ([], ['ball/a'], {'seed': 0})
    >>> torch.equal(sdf, pool.sdf)
    True
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], records: list[ShapeRecord]):
        """Only keep the arguments; use `open` or `create`."""
        self.folder = folder
        self.settings = dict(settings)
        self._records = {record.key: record for record in records}
        self._sorted, self._lock = False, threading.Lock()

    @property
    def records(self) -> dict[str, ShapeRecord]:
        """The shapes, by key, in the order of their keys."""
        with self._lock:
            if not self._sorted:
                self._records, self._sorted = dict(sorted(self._records.items())), True
            return self._records

    @staticmethod
    def is_store(folder: Path) -> bool:
        """Whether a folder is a store, of whatever version."""
        return (folder / STORE_FILE).is_file()

    @classmethod
    def open(cls, folder: str | Path) -> "SampleStore":
        """The store in a folder, with the shapes that are in its index.

        Raises:
            InputError: the folder is no store, holds nothing, or is of another version.
        """
        store = cls._read(Path(folder))
        if not store.records:
            raise InputError(
                f"The store {folder} is empty: no shape was prepared. "
                "Run `acutance prepare` on a folder of meshes."
            )
        return store

    @classmethod
    def create(cls, folder: str | Path, settings: Mapping[str, Any]) -> "SampleStore":
        """The store in a folder, made where there is none yet.

        Args:
            folder: where; what an earlier, interrupted run wrote there is kept.
            settings: plain values; those of a store that is there must be the same.

        Raises:
            InputError: there is a store of other settings, or the folder cannot be written.
        """
        folder = Path(folder)
        if (folder / STORE_FILE).exists():
            store = cls._read(folder)
            if store.settings != json.loads(json.dumps(dict(settings))):
                differing = ", ".join(_differences(store.settings, dict(settings)))
                raise InputError(
                    f"{folder} holds samples made with other settings ({differing}); choose "
                    "another folder, or remove this one."
                )
            store._compact()
            return store
        cls.check_place(folder)
        write_json(folder / STORE_FILE, {"format": STORE_FORMAT, "settings": dict(settings)})
        return cls(folder, settings, [])

    @classmethod
    def check_place(cls, folder: Path) -> None:
        """See that a folder is a store, or can become one.

        Raises:
            InputError: it holds something else.
        """
        if cls.is_store(folder) or not folder.is_dir():
            return
        if any(path.name[0] != "." for path in folder.iterdir()):
            raise InputError(f"{folder} is not empty and no store; choose another folder.")

    @classmethod
    def _read(cls, folder: Path) -> "SampleStore":
        """The store in a folder, which may be empty."""
        path = folder / STORE_FILE
        try:
            content = read_json(path)
            found, settings = content["format"], dict(content["settings"])
        except FileNotFoundError as error:
            raise InputError(
                f"{folder} is not a store of samples: it has no {STORE_FILE}. "
                "`acutance prepare` makes one."
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} cannot be read; prepare the store again.") from error
        if found != STORE_FORMAT:
            raise InputError(
                f"{folder} is a store of format {found}, and this version of Acutance reads "
                f"format {STORE_FORMAT}; prepare it again."
            )
        return cls(folder, settings, read_index(folder / INDEX_FILE))

    def path(self, record: ShapeRecord) -> Path:
        """The shape's file."""
        return shape_path(self.folder, record)

    def enter(self, *records: ShapeRecord) -> None:
        """Write the records of shapes whose files are written into the index; safe from any thread.

        Raises:
            InputError: the index cannot be written.
        """
        lines = index_lines(records)
        if not self.is_store(self.folder):
            raise InputError(f"{self.folder} is no store any more; was it moved or removed?")
        with self._lock, explaining(self.folder / INDEX_FILE):
            with (self.folder / INDEX_FILE).open("a", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            self._sorted &= all(record.key in self._records for record in records)
            self._records |= {record.key: record for record in records}

    def _compact(self) -> None:
        """Write the index anew: a line a shape, without what an interruption cut off.

        What processes that were killed had begun to write is removed.
        """
        for path in (self.folder / SHAPES_FOLDER).glob("*/.*-????????.safetensors"):
            path.unlink(missing_ok=True)
        write_file(self.folder / INDEX_FILE, index_lines(self.records.values()))

    def pool(self, key: str) -> Pool:
        """A shape's samples, memory-mapped: only what is touched is read.

        Raises:
            InputError: there is no such shape, or its file is missing or damaged.
        """
        return read_shape(self.folder, self.record(key))

    def record(self, key: str) -> ShapeRecord:
        """What the index says of a shape.

        Raises:
            InputError: there is no such shape; the message names the nearest.
        """
        if key not in self.records:
            near = get_close_matches(key, self.records, n=1, cutoff=0)
            hint = f"the nearest is {near[0]!r}" if near else "it is empty"
            raise InputError(f"There is no shape {key!r} in {self.folder}; {hint}.")
        return self.records[key]

    def split(self, name: str) -> list[str]:
        """Keys of the shapes of a split; those without one count as `train`."""
        return [key for key, record in self.records.items() if (record.split or "train") == name]

    def damaged(self) -> list[str]:
        """Keys of the shapes whose files are missing or not what was written, by checksum."""
        with ThreadPoolExecutor(cores()) as threads:
            intact = threads.map(partial(is_intact, self.folder), self.records.values())
            return [key for key, good in zip(self.records, intact, strict=True) if not good]

    def check(self) -> None:
        """Read every file once.

        Raises:
            InputError: a file is missing or damaged.
        """
        if damaged := self.damaged():
            raise InputError(damaged_message(self.path(self.records[damaged[0]]), len(damaged)))


def _differences(present: Any, wanted: Any, name: str = "") -> list[str]:
    """The settings that differ, with both values."""
    if isinstance(present, Mapping) and isinstance(wanted, Mapping):
        names = dict.fromkeys([*present, *wanted])
        return [d for n in names for d in _differences(present.get(n), wanted.get(n), n)]
    same = json.dumps(present) == json.dumps(wanted)
    return [] if same else [f"{name} {present}, not {wanted}"]
