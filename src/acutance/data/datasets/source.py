"""A shape that a data set holds: what it is called, which split it belongs to, how to read it."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from jaxtyping import Float, Float32
from numpy.lib.npyio import NpzFile

from acutance.data.datasets.safe_names import safe_name
from acutance.errors import InputError
from acutance.mesh.io.load import load
from acutance.mesh.normalize import Similarity
from acutance.mesh.reading import Shape

SPLITS = ("train", "test")
"""What a shape may be for: training, or testing what was trained."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """What all sources have in common.

    Attributes:
        category: kind of shape, as "chair"; one folder name that every system allows.
        name: name within its category; likewise.
        split: "train", "test", or "" where the data set does not say.
        path: the file to read.

    Raises:
        InputError: a name is not safe, or the split is unknown.
    """

    category: str
    name: str
    split: str = ""
    path: Path

    def __post_init__(self) -> None:
        for part in (self.category, self.name):
            if part != safe_name(part):
                raise InputError(
                    f"{part!r} cannot be part of a shape's name; expected what every system "
                    f"allows as the name of a folder, as {safe_name(part)!r}."
                )
        if self.split not in ("", *SPLITS):
            raise InputError(f"The split of {self.key} is {self.split!r}; expected train or test.")

    @property
    def key(self) -> str:
        """Category and name, which together are unique and safe as a relative path."""
        return f"{self.category}/{self.name}"

    @property
    def origin(self) -> str:
        """What a store's record names as the source: the file, wherever one is when it asks."""
        return str(self.path.absolute())


@dataclass(frozen=True, kw_only=True)
class ShapeSource(Source):
    """A mesh or a point cloud in a file.

    >>> source = ShapeSource(category="chair", name="0001", path=Path("chairs/0001.obj"))
    >>> source.key, source.split
    ('chair/0001', '')
    """

    def load(self) -> Shape:
        """The mesh or point cloud, in the coordinates and units of its file.

        Raises:
            InputError: the file cannot be read, or holds nothing that can bound a solid.
        """
        return load(self.path)


@dataclass(frozen=True, kw_only=True)
class SampleSource(Source):
    """Samples with their signed distance, as DeepSDF prepares them.

    Attributes:
        normalization: the file that says how the shape was centred and scaled, if there is one.
    """

    normalization: Path | None = None

    def load(self) -> tuple[Float32[np.ndarray, "points 3"], Float32[np.ndarray, " points"]]:
        """Points in DeepSDF's unit frame, and the signed distance there, negative inside.

        Rows that are not finite are left out, as in DeepSDF's own reader.

        Raises:
            InputError: the file cannot be read, or holds no samples.
        """
        arrays = _arrays(self.path, ("pos", "neg"))
        for array in arrays:
            if array.ndim != 2 or array.shape[1] != 4:
                raise InputError(
                    f"{self.path} holds an array of shape {array.shape}; expected rows of x, y, z "
                    "and signed distance. Prepare the shape again."
                )
        with np.errstate(over="ignore"):  # what 32 bits cannot hold becomes infinite, and goes
            rows = np.concatenate(arrays).astype(np.float32)
        rows = rows[np.isfinite(rows).all(axis=1)]
        if not len(rows):
            raise InputError(f"{self.path} holds no samples; prepare the shape again.")
        return rows[:, :3].copy(), rows[:, 3].copy()

    def similarity(self) -> Similarity:
        """From DeepSDF's unit frame to the input; the identity where nothing is known of it.

        DeepSDF's frame is ``(x_input + offset) * scale``.

        Raises:
            InputError: the file of the normalization cannot be read, or is damaged.
        """
        if self.normalization is None:
            return Similarity()
        offset, scale = _arrays(self.normalization, ("offset", "scale"))
        finite = bool(np.isfinite(offset).all() and np.isfinite(scale).all())
        if offset.size != 3 or scale.size != 1 or not finite or scale.ravel()[0] <= 0:
            raise InputError(
                f"{self.normalization} holds an offset of {offset.size} numbers and a scale of "
                f"{scale.size}; expected 3 numbers and a positive one. Prepare the shape again."
            )
        x, y, z = (-float(value) for value in offset.ravel())
        return Similarity(centre=(x, y, z), scale=1.0 / float(scale.ravel()[0]))


AnySource = ShapeSource | SampleSource
"""A shape to prepare: a mesh or a point cloud that is sampled, or samples that are ready."""


def _archive(file: IO[bytes]) -> NpzFile:
    """An archive of NumPy; a file with one bare array is refused."""
    if not zipfile.is_zipfile(file):
        raise ValueError("it is no NPZ archive")
    return np.load(file, allow_pickle=False)


def _arrays(path: Path, names: Sequence[str]) -> list[Float[np.ndarray, "..."]]:
    """The arrays of numbers with these names; pickled objects are never opened."""
    try:
        with path.open("rb") as file, _archive(file) as archive:
            missing = [name for name in names if name not in archive.files]
            if missing:
                held = ", ".join(archive.files)[:60] or "nothing"
                raise ValueError(f"an array named '{missing[0]}' was expected; it holds {held}")
            arrays = [archive[name] for name in names]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path} cannot be read: {reason}; check the path.") from error
    except MemoryError as error:
        raise InputError(f"{path} needs more memory to read than there is.") from error
    except Exception as error:
        reason = str(error) if type(error) is ValueError else "its contents are damaged"
        raise InputError(f"{path} cannot be read: {reason}. Prepare the shape again.") from error
    if any(array.dtype.kind not in "fiu" for array in arrays):
        raise InputError(f"{path} holds arrays that are no numbers. Prepare the shape again.")
    return [array.astype(np.float64) if array.dtype.kind != "f" else array for array in arrays]
