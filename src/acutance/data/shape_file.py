"""The file with the samples of one shape: written whole, read without copying, checked."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import torch
from safetensors.torch import save

from acutance.data.pool import Pool
from acutance.data.record import ShapeRecord
from acutance.errors import InputError
from acutance.machine.files import write_file
from acutance.machine.plain_files import read_tensors

SHAPES_FOLDER = "shapes"

ARRAYS = ("points", "sdf", "surface_points", "surface_normals")
"""Tensors of a shape's file, named as in `Pool`."""


def shape_path(store: Path, record: ShapeRecord) -> Path:
    """Where the folder of a store keeps a shape's samples.

    >>> shape_path(Path("store"), ShapeRecord(category="chair", name="0001")).as_posix()
    'store/shapes/chair/0001.safetensors'
    """
    return store / SHAPES_FOLDER / record.category / f"{record.name}.safetensors"


def write_shape(store: Path, record: ShapeRecord, pool: Pool) -> ShapeRecord:
    """Write the samples of a shape into a store's folder; `SampleStore.enter` makes them count.

    Returns:
        the record with the number of samples, size and checksum filled in.

    Raises:
        InputError: the file cannot be written.

    >>> import torch
    >>> from tempfile import TemporaryDirectory
    >>> points = torch.rand(10, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    >>> pool = Pool(points, points.norm(dim=1) - 0.5, torch.empty(0, 3), torch.empty(0, 3))
    >>> with TemporaryDirectory() as folder:
    ...     record = write_shape(Path(folder), ShapeRecord(category="ball", name="a"), pool)
    ...     again = read_shape(Path(folder), record)
    >>> record.samples, torch.equal(again.sdf, pool.sdf)
    (10, True)
    """
    content = save({name: getattr(pool, name).contiguous().cpu() for name in ARRAYS})
    write_file(shape_path(store, record), content)
    checksum = hashlib.sha256(content).hexdigest()
    return replace(record, samples=len(pool), size=len(content), checksum=checksum)


def read_shape(store: Path, record: ShapeRecord) -> Pool:
    """The samples of a shape on the CPU, memory-mapped: only what is touched is read.

    Raises:
        InputError: the file is missing or damaged.
    """
    path = shape_path(store, record)
    try:
        if path.stat().st_size != record.size:
            raise ValueError("it has another size than the index says")
        tensors, _ = read_tensors(path)
        arrays = [tensors[name] for name in ARRAYS]
        _check_shapes(arrays, record.samples)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(damaged_message(path)) from error
    return Pool(*arrays)


def _check_shapes(arrays: Sequence[torch.Tensor], samples: int) -> None:
    """See that a file holds as many samples as the index says, and holds them as it should."""
    surface = len(arrays[2]) if arrays[2].ndim else 0
    wanted = ((samples, 3), (samples,), (surface, 3), (surface, 3))
    for name, tensor, shape in zip(ARRAYS, arrays, wanted, strict=True):
        if tensor.shape != shape or tensor.dtype != torch.float32:
            raise ValueError(f"{name} is {tensor.dtype} of shape {tuple(tensor.shape)}")
    if not samples:
        raise ValueError("it holds no samples")


def is_intact(store: Path, record: ShapeRecord) -> bool:
    """Whether a shape's file is there and what was written, by its checksum."""
    path = shape_path(store, record)
    try:
        if path.stat().st_size != record.size:
            return False
        with path.open("rb") as file:
            return _sha256(file) == record.checksum
    except OSError:
        return False


def damaged_message(path: Path, count: int = 1) -> str:
    """What to tell the user of damaged files, of which the first is named."""
    more = f" (and {count - 1} more)" if count > 1 else ""
    return (
        f"{path}{more} is missing or damaged; run the same `acutance prepare` again, "
        "which makes only what is not intact."
    )


def _sha256(file: IO[bytes]) -> str:
    """Checksum of an open file, a megabyte at a time."""
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
