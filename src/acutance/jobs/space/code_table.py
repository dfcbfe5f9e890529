"""The codes of a run as data: keys, categories, splits and numbers."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.evaluate import EvaluateConfig, selected_keys
from acutance.jobs.space.open import open_space
from acutance.jobs.space.run_folder import read_settings
from acutance.machine.files import atomically, write_file
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress
from acutance.training.space.infer import infer_code
from acutance.training.space.observation import Observation

CODE_ENDINGS = (".npz", ".csv", ".parquet")
"""Endings of the files that codes are written into."""


@dataclass(frozen=True, kw_only=True)
class CodeTable:
    """Codes and whose they are, a shape a row.

    Attributes:
        keys: names of the shapes, ``category/name``.
        splits: `train` for what was learned, `test` for unseen shapes.
        codes: their codes, float32.

    Example:
        >>> ones = np.ones((1, 2), np.float32)
        >>> table = CodeTable(keys=("ball/a",), splits=("train",), codes=ones)
        >>> table.categories
        ('ball',)
        >>> print(table.to_csv(), end="")
        key,category,split,c0,c1
        ball/a,ball,train,1.0,1.0
    """

    keys: tuple[str, ...]
    splits: tuple[str, ...]
    codes: Float[np.ndarray, "shapes code"]

    @property
    def categories(self) -> tuple[str, ...]:
        """The first parts of the names."""
        return tuple(key.split("/")[0] for key in self.keys)

    def save(self, path: Path) -> None:
        """Write a file, by its ending: `.npz`, `.csv`, or `.parquet` (with the extra `parquet`).

        A NumPy file has the arrays `keys`, `categories`, `splits` and `codes`; a Parquet file the
        columns `key`, `category`, `split` and `code` (a list of numbers); CSV has one for each
        number.

        Raises:
            InputError: the ending is another one, pyarrow is not installed, or the file cannot be
                written.
        """
        check_code_file(path)
        if path.suffix == ".csv":
            write_file(path, self.to_csv())
            return
        write = self._write_npz if path.suffix == ".npz" else self._write_parquet
        with atomically(path) as temporary:
            write(temporary)

    def to_csv(self) -> str:
        """A line a shape."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(
            ["key", "category", "split", *(f"c{i}" for i in range(self.codes.shape[1]))]
        )
        for key, category, split, code in self._rows():
            writer.writerow([key, category, split, *code])
        return text.getvalue()

    def _rows(self) -> Iterable[tuple[str, str, str, list[float]]]:
        return zip(self.keys, self.categories, self.splits, self.codes.tolist(), strict=True)

    def _write_npz(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez(
                file,
                keys=np.array(self.keys),
                categories=np.array(self.categories),
                splits=np.array(self.splits),
                codes=self.codes,
            )

    def _write_parquet(self, path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        columns = {"key": self.keys, "category": self.categories, "split": self.splits}
        numbers = pyarrow.array(list(self.codes), pyarrow.list_(pyarrow.float32()))
        parquet.write_table(pyarrow.table({**columns, "code": numbers}), path)


def check_code_file(path: Path) -> None:
    """See that codes can be written under a name, before the work.

    Raises:
        InputError: its ending is another one, or pyarrow is not installed.
    """
    if path.suffix not in CODE_ENDINGS:
        raise InputError(
            f"Codes are written as one of {' '.join(CODE_ENDINGS)}; got {path.name!r}."
        )
    if path.suffix == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise InputError(
                'Parquet files need pyarrow: pip install "acutance[parquet]"; or write .npz or '
                ".csv."
            ) from error


def codes(
    run: Path,
    splits: Sequence[str] = ("train",),
    store: Path | None = None,
    device: str = "auto",
    progress: Progress = SILENT,
) -> CodeTable:
    """The codes of a run: those that it learned, and those that are found for unseen shapes.

    Args:
        run: what `train` wrote.
        splits: `train`, `test`, or both; finding the code of an unseen shape takes a second or
            more.
        store: the store, where it is not where it was at the training; needed for `test` alone.
        device: where to compute.
        progress: receives the stage and how it goes on.

    Raises:
        InputError: the run cannot be read, or its store has no shapes of the split.

    Example:
        >>> codes(Path("run")).splits  # what `train` wrote: a space of balls
        ('train', 'train', 'train')
    """
    space, parts = open_space(run, device), list[CodeTable]()
    for split in splits:
        if split == "train":
            keys, numbers = space.keys, space.codes.cpu().numpy()
        else:
            samples = SampleStore.open(store or Path(str(read_settings(run).get("store", ""))))
            keys = tuple(selected_keys(space, samples, EvaluateConfig(split=split)))
            numbers = _unseen_codes(space, samples, keys, progress)
        parts.append(CodeTable(keys=keys, splits=(split,) * len(keys), codes=numbers))
    return CodeTable(
        keys=tuple(key for part in parts for key in part.keys),
        splits=tuple(split for part in parts for split in part.splits),
        codes=np.concatenate([part.codes for part in parts]),
    )


def _unseen_codes(
    space: ShapeSpace, store: SampleStore, unseen: tuple[str, ...], progress: Progress
) -> Float[np.ndarray, "shapes code"]:
    """The codes of shapes that the space does not know, one after the other."""
    found = list[Float[np.ndarray, " code"]]()
    progress.stage("finding codes")
    for key in unseen:
        inferred = infer_code(space, Observation.complete(store.pool(key)))
        found.append(inferred.code.cpu().numpy())
        progress.advance(len(found) / len(unseen), f"{len(found)}/{len(unseen)}  {key}")
    return np.stack(found)
