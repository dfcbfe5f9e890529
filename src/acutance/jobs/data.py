"""Where shapes come from: data sets on disk, Debian's packages, or the package itself."""

from dataclasses import dataclass
from pathlib import Path

from acutance.data.datasets.find import search
from acutance.data.datasets.open5.build import build_open5
from acutance.data.datasets.procedural import PROCEDURAL, procedural_shapes
from acutance.data.datasets.source import AnySource
from acutance.data.datasets.splits import assign_splits
from acutance.errors import InputError
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.progress import SILENT, Progress
from acutance.shapes.catalogue import make
from acutance.shapes.part import part

OPEN5 = "open5"
"""The word for the benchmark that is made from two Debian packages."""

MESHES = "meshes"
"""Folder in a store for meshes that were made on the way."""


@dataclass(frozen=True, kw_only=True)
class DataRequest:
    """Which shapes are wanted.

    Attributes:
        source: a folder or list; or the word `procedural`, or `open5`.
        split: DeepSDF's split files.
        test_share: share of the shapes kept aside where nothing says which.
        count: shapes a category of `procedural`.
        packages: Debian's packages of `open5`, where they cannot be fetched.
        seed: of the split, and the first of the procedural shapes.
    """

    source: Path
    split: tuple[Path, ...] = ()
    test_share: float = 0.0
    count: int = 8
    packages: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.test_share < 1:
            raise InputError(f"The test share must lie in [0, 1); got {self.test_share:g}.")
        if self.count < 1 or self.seed < 0:
            raise InputError("The count must be 1 or more, and the seed not negative.")


@dataclass(frozen=True, kw_only=True)
class Found:
    """Shapes to prepare, and what should be said of the search."""

    shapes: list[AnySource]
    notes: tuple[str, ...] = ()


def find_data(request: DataRequest, store: Path, progress: Progress = SILENT) -> Found:
    """The shapes of a request, with their splits.

    Raises:
        InputError: there are none, or they cannot be had.
    """
    if not request.source.exists() and str(request.source) == PROCEDURAL:
        if request.split:
            raise InputError(
                "Procedural shapes have no names that a split file could know; leave out --split, "
                "and give --test-share."
            )
        test = round(request.count * request.test_share / (1 - request.test_share))
        return Found(shapes=[*procedural_shapes(request.count, test=test, seed=request.seed)])
    source = request.source
    if not source.exists() and str(source) == OPEN5:
        progress.stage("fetching the packages of open5")
        source = store.with_name(f"{store.name}-{MESHES}")
        build_open5(source, packages=request.packages)
    progress.stage("looking for shapes")
    findings = search(source, split=request.split)
    shapes = findings.shapes
    if request.test_share and not any(shape.split for shape in shapes):
        shapes = assign_splits(shapes, request.test_share, request.seed)
    notes = []
    if findings.ignored:
        notes.append(f"Files of {source} that are no shapes, passed over: {findings.ignored}.")
    if findings.passed_over:
        notes.append(
            "Files with a shape that another file holds in a better format, passed over: "
            f"{len(findings.passed_over)} ({findings.passed_over[0]}, for one)."
        )
    return Found(shapes=shapes, notes=tuple(notes))


def procedural(kind: str, seed: int | None) -> TriangleMesh:
    """The part, or a shape of a category.

    Raises:
        InputError: there is no such kind, or the seed is negative.
    """
    return part(seed) if kind == "part" else make(kind, seed or 0)


def write_shapes(
    kind: str, folder: Path, count: int, seed: int, ending: str, progress: Progress = SILENT
) -> None:
    """Write shapes of a kind as ``folder/000000.ending`` and so on, numbered by their seeds.

    Raises:
        InputError: there is no such kind, or a file cannot be written.
    """
    if count < 1:
        raise InputError(f"The count must be 1 or more; got {count}.")
    progress.stage(f"making {kind}s")
    for done, number in enumerate(range(seed, seed + count), start=1):
        save_mesh(procedural(kind, number), folder / f"{number:06d}.{ending}")
        progress.advance(done / count, f"{done}/{count}")
