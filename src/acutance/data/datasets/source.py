"""A shape that a data set holds: what it is called, which split it belongs to, how to read it."""

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from acutance.data.datasets.safe_names import safe_name
from acutance.errors import InputError
from acutance.mesh.io.load import load
from acutance.mesh.io.points import read_array
from acutance.mesh.mesh import TriangleMesh
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
        family: near-duplicates have the same; "" for a shape of its own.
        path: the file to read; the empty path for a shape that is in no file.

    Raises:
        InputError: a name is not safe, or the split is unknown.
    """

    category: str
    name: str
    split: str = ""
    family: str = ""
    path: Path = Path()

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
        return "" if self.path == Path() else str(self.path.absolute())

    @property
    def stamp(self) -> str:
        """What changes where the shape does: size and time of the file.

        Raises:
            InputError: the file is gone.
        """
        try:
            status = self.path.stat()
        except OSError as error:
            raise InputError(f"{self.path} cannot be read; was it moved?") from error
        return f"{status.st_size}-{status.st_mtime_ns}"


@dataclass(frozen=True, kw_only=True)
class ShapeSource(Source):
    """A mesh or a point cloud: in a file, or from wherever a class of your own takes it.

    Such a class has a `load` of its own. Where `path` names no file, the shape that `load` gives
    tells by a checksum whether it is still that of the store; where loading is slow, give the class
    a `stamp` that changes with the shape.

    Example:
        >>> source = ShapeSource(category="chair", name="0001", path=Path("chairs/0001.obj"))
        >>> source.key, source.split
        ('chair/0001', '')
        >>> from acutance.shapes.analytic import Box
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Plate(ShapeSource):
        ...     height: float
        ...
        ...     def load(self):
        ...         return Box(half=(0.5, 0.4, self.height / 2)).mesh()
        >>> plates = [Plate(category="plate", name="thin", height=0.1)]
        >>> plates[0].load().faces.shape
        (12, 3)
    """

    def load(self) -> Shape:
        """The mesh or point cloud, in the coordinates and units of its file.

        Raises:
            InputError: the file cannot be read, or holds nothing that can bound a solid.
        """
        return load(self.path)

    @property
    def stamp(self) -> str:
        """Size and time of the file; without one, a checksum of the shape."""
        if type(self).load is ShapeSource.load or self.path.is_file():
            return super().stamp
        shape, digest = self.load(), hashlib.sha256()
        arrays = (
            (shape.vertices, shape.faces)
            if isinstance(shape, TriangleMesh)
            else (shape.points, shape.normals)
        )
        for array in arrays:
            digest.update(b"" if array is None else array.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class SampleSource(Source):
    """Samples with their signed distance, as DeepSDF prepares them.

    Attributes:
        normalization: the file that says how the shape was centred and scaled, if there is one.

    Example:
        >>> rows = np.array([[0.5, 0.0, 0.0, 0.1]])  # x, y, z and the signed distance there
        >>> np.savez("samples.npz", pos=rows, neg=-rows)
        >>> points, sdf = SampleSource(category="a", name="b", path=Path("samples.npz")).load()
        >>> points.shape
        (2, 3)
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


MOST_BYTES = 1 << 29
"""What the samples of one shape may unpack to; DeepSDF's have some ten megabytes."""


def _array(archive: zipfile.ZipFile, name: str) -> Float[np.ndarray, "..."]:
    """One array of an NPZ archive, if its header tells the truth about its size.

    Raises:
        ValueError: it does not, or the array holds anything but numbers.
    """
    size = archive.getinfo(f"{name}.npy").file_size  # no more than that is ever unpacked
    if size > MOST_BYTES:
        raise ValueError(f"'{name}' has {size:,} bytes, which is no one shape's samples")
    array = read_array(archive.read(f"{name}.npy"))
    return array.astype(np.float64) if array.dtype.kind != "f" else array


def _arrays(path: Path, names: Sequence[str]) -> list[Float[np.ndarray, "..."]]:
    """The arrays of numbers with these names; pickled objects are never opened."""
    try:
        if path.exists() and not path.is_file():
            raise OSError("it is no file")
        with zipfile.ZipFile(path) as archive:
            held = [file.removesuffix(".npy") for file in archive.namelist()]
            if missing := [name for name in names if name not in held]:
                found = ", ".join(held)[:60] or "nothing"
                raise ValueError(f"an array named '{missing[0]}' was expected; it holds {found}")
            return [_array(archive, name) for name in names]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path} cannot be read: {reason}; check the path.") from error
    except MemoryError as error:
        raise InputError(f"{path} needs more memory to read than there is.") from error
    except zipfile.BadZipFile as error:
        raise InputError(
            f"{path} cannot be read: it is no NPZ archive. Prepare the shape again."
        ) from error
    except Exception as error:
        reason = str(error) if type(error) is ValueError else "its contents are damaged"
        raise InputError(f"{path} cannot be read: {reason}. Prepare the shape again.") from error
