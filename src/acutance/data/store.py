"""The samples of many shapes on disk: written shape by shape, read without copying.

    store/
      store.json                        format and settings, the same for every shape
      index.jsonl                       a line a shape: what it is and what was done with it
      shapes/<category>/<name>.safetensors

A shape's file is in its place before its line is in the index, so that whatever is interrupted can
go on: a shape counts when its line and its file agree. Later lines of the index win.
"""

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from acutance.data.pool import Pool
from acutance.errors import InputError
from acutance.machine.cores import cores
from acutance.machine.files import explaining, write_file, write_json
from acutance.mesh.normalize import UNIT_CUBE, Box, Similarity

FORMAT = 1
"""Version of the layout; raised when an older reader could not understand it."""

SETTINGS, INDEX, SHAPES = "store.json", "index.jsonl", "shapes"

ARRAYS = ("points", "sdf", "surface_points", "surface_normals")
"""Tensors of a shape's file, named as in `Pool`."""


@dataclass(frozen=True, kw_only=True)
class ShapeRecord:
    """What the index says of a shape.

    Attributes:
        category, name: together they are the shape's key, ``category/name``.
        split: `train`, `test`, or empty where nothing was said.
        source: the file that it was made from.
        stamp: size and time of that file, by which a change of it is noticed.
        rule: how inside and outside were told apart (see `Solid`); `given` for ready samples.
        agreement: share of test points on which an independent test of inside agrees, 0 to 1.
        transform: from the unit frame, where the samples are, to the source's coordinates.
        bounds: box around the shape, unit frame.
        samples: number of points with a signed distance.
        size, checksum: bytes of the file and their SHA-256.
        warnings: sentences about what was mended and what is doubtful.
    """

    category: str
    name: str
    split: str = ""
    source: str = ""
    stamp: str = ""
    rule: str = "given"
    agreement: float = 1.0
    transform: Similarity = field(default_factory=Similarity)
    bounds: Box = UNIT_CUBE
    samples: int = 0
    size: int = 0
    checksum: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name that is unique in a store."""
        return f"{self.category}/{self.name}"


class SampleStore:
    """A folder of samples.

    Attributes:
        folder: where it is.
        settings: what every shape in it was made with.
        records: the shapes, by key, in the order of their keys.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], records: list[ShapeRecord]):
        """Join the parts; use `open` or `create`."""
        self.folder = folder
        self.settings = dict(settings)
        self.records = {record.key: record for record in sorted(records, key=lambda r: r.key)}
        self._lock = threading.Lock()

    @staticmethod
    def is_store(folder: Path) -> bool:
        """Whether a folder is a store, of whatever version."""
        return (folder / SETTINGS).is_file()

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
        if (folder / SETTINGS).exists():
            store = cls._read(folder)
            if store.settings != json.loads(json.dumps(dict(settings))):
                differing = ", ".join(_differences(store.settings, dict(settings)))
                raise InputError(
                    f"{folder} holds samples made with other settings ({differing}); choose "
                    "another folder, or remove this one."
                )
            store._compact()
            return store
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty and no store; choose another folder.")
        write_json(folder / SETTINGS, {"format": FORMAT, "settings": dict(settings)})
        return cls(folder, settings, [])

    @classmethod
    def _read(cls, folder: Path) -> "SampleStore":
        path = folder / SETTINGS
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            found, settings = content["format"], content["settings"]
        except FileNotFoundError as error:
            raise InputError(
                f"{folder} is not a store of samples: it has no {SETTINGS}. "
                "`acutance prepare` makes one."
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path} cannot be read; prepare the store again.") from error
        if found != FORMAT:
            raise InputError(
                f"{folder} is a store of format {found}, and this version of Acutance reads "
                f"format {FORMAT}; prepare it again."
            )
        return cls(folder, settings, _read_index(folder / INDEX))

    def path(self, record: ShapeRecord) -> Path:
        """The shape's file."""
        return shape_path(self.folder, record)

    def enter(self, record: ShapeRecord) -> None:
        """Put a line into the index for a shape whose file is written; safe from several threads.

        Raises:
            InputError: the index cannot be written.
        """
        line = json.dumps(asdict(record)) + "\n"
        with self._lock, explaining(self.folder / INDEX):
            with (self.folder / INDEX).open("a", encoding="utf-8") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            self.records = dict(sorted({**self.records, record.key: record}.items()))

    def _compact(self) -> None:
        """Write the index anew: a line a shape, without what an interruption cut off."""
        lines = [json.dumps(asdict(record)) + "\n" for record in self.records.values()]
        write_file(self.folder / INDEX, "".join(lines))

    def pool(self, key: str) -> Pool:
        """A shape's samples, memory-mapped: only what is touched is read.

        Raises:
            InputError: there is no such shape, or its file is missing or damaged.
        """
        record = self.record(key)
        path = self.path(record)
        try:
            if path.stat().st_size != record.size:
                raise OSError
            with safe_open(path, "pt") as file:
                tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in ARRAYS}
        except (OSError, SafetensorError) as error:
            raise InputError(_damaged(path)) from error
        return Pool(**tensors)

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
            intact = threads.map(self._intact, self.records.values())
            return [key for key, good in zip(self.records, intact, strict=True) if not good]

    def check(self) -> None:
        """Read every file once.

        Raises:
            InputError: a file is missing or damaged.
        """
        if damaged := self.damaged():
            raise InputError(_damaged(self.path(self.records[damaged[0]]), len(damaged)))

    def _intact(self, record: ShapeRecord) -> bool:
        path = self.path(record)
        try:
            if path.stat().st_size != record.size:
                return False
            with path.open("rb") as file:
                return _sha256(file) == record.checksum
        except OSError:
            return False


def _differences(there: Any, wanted: Any, name: str = "") -> list[str]:
    """The settings that differ, with both values."""
    if isinstance(there, Mapping) and isinstance(wanted, Mapping):
        names = dict.fromkeys([*there, *wanted])
        return [d for n in names for d in _differences(there.get(n), wanted.get(n), n)]
    same = json.dumps(there) == json.dumps(wanted)
    return [] if same else [f"{name} {there}, not {wanted}"]


def shape_path(folder: Path, record: ShapeRecord) -> Path:
    """Where a store keeps a shape's samples."""
    return folder / SHAPES / record.category / f"{record.name}.safetensors"


def write_shape(folder: Path, record: ShapeRecord, pool: Pool) -> ShapeRecord:
    """Write the samples of a shape into a store's folder; `SampleStore.enter` makes them count.

    Returns:
        the record with the number of samples, size and checksum filled in.

    Raises:
        InputError: the file cannot be written.
    """
    content = save({name: getattr(pool, name).contiguous().cpu() for name in ARRAYS})
    write_file(shape_path(folder, record), content)
    checksum = hashlib.sha256(content).hexdigest()
    return replace(record, samples=len(pool), size=len(content), checksum=checksum)


def _sha256(file: Any) -> str:
    """Checksum of an open file, a megabyte at a time."""
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def _damaged(path: Path, count: int = 1) -> str:
    more = f" (and {count - 1} more)" if count > 1 else ""
    return (
        f"{path}{more} is missing or damaged; run the same `acutance prepare` again, "
        "which makes only what is not intact."
    )


def _read_index(path: Path) -> list[ShapeRecord]:
    """The records; a last line that was cut off by an interruption is passed over."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    records = dict[str, ShapeRecord]()
    for number, line in enumerate(lines, start=1):
        try:
            record = _parse(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if number == len(lines):
                break
            raise InputError(
                f"Line {number} of {path} is damaged; remove that line and prepare again."
            ) from error
        records[record.key] = record
    return list(records.values())


def _parse(values: dict[str, Any]) -> ShapeRecord:
    """A record from what JSON makes of it: lists for tuples."""
    known = {field.name for field in fields(ShapeRecord)}
    plain = {name: value for name, value in values.items() if name in known}
    frame = plain["transform"]
    plain["transform"] = Similarity(centre=tuple(frame["centre"]), scale=float(frame["scale"]))
    low, high = plain["bounds"]
    plain["bounds"] = (tuple(low), tuple(high))
    plain["warnings"] = tuple(plain["warnings"])
    return ShapeRecord(**plain)
