"""Where shapes come from: data sets on disk, Debian's packages, or the package itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from acutance.data.datasets.find import search
from acutance.data.datasets.open5.build import build_open5
from acutance.data.datasets.parts.categories import UNSEEN
from acutance.data.datasets.parts.find import COPYRIGHT, MANIFEST, Parts, find_parts
from acutance.data.datasets.procedural import PROCEDURAL, procedural_shapes
from acutance.data.datasets.source import AnySource
from acutance.data.datasets.splits import SplitBy, assign_splits, split_by_files
from acutance.errors import InputError
from acutance.mesh.io.save import save_mesh
from acutance.mesh.io.scenes.step import check_step_reader
from acutance.mesh.mesh import TriangleMesh
from acutance.progress import SILENT, Progress
from acutance.shapes.catalogue import make
from acutance.shapes.part import part

OPEN5 = "open5"
"""The word for the benchmark that is made from two Debian packages."""

PARTS = "parts"
"""The word for the benchmark of electronic parts from one Debian package."""

MESHES = "meshes"
"""What the folder beside a store is called that holds meshes which came on the way."""

PROCEDURAL_COUNT, PARTS_COUNT = 8, 1000
"""Shapes a category, where nothing else is said."""

PARTS_TEST_SHARE = 0.2
"""Share of the parts that is kept aside, where nothing else is said; of other shapes it is none."""


@dataclass(frozen=True, kw_only=True)
class DataRequest:
    """Which shapes are wanted.

    Attributes:
        source: a folder or list; or the word `procedural`, `open5` or `parts`.
        split: DeepSDF's split files.
        test_share: share of the shapes kept aside where nothing says which; by default
            `PARTS_TEST_SHARE` for `parts`, and none for others.
        split_by: whether families of near-duplicates stay whole.
        count: shapes a category of `procedural`, and the most a category of `parts`; by default
            `PROCEDURAL_COUNT` and `PARTS_COUNT`.
        packages: Debian's packages of `open5` and `parts`, where they cannot be fetched.
        seed: of the split, and the first of the procedural shapes.
    """

    source: Path
    split: tuple[Path, ...] = ()
    test_share: float | None = None
    split_by: SplitBy = "family"
    count: int | None = None
    packages: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.test_share is not None and not 0 <= self.test_share < 1:
            raise InputError(f"The test share must lie in [0, 1); got {self.test_share:g}.")
        if (self.count is not None and self.count < 1) or self.seed < 0:
            raise InputError("The count must be 1 or more, and the seed not negative.")


@dataclass(frozen=True, kw_only=True)
class Found:
    """Shapes to prepare, and what should be said of the search.

    Attributes:
        shapes: what was found.
        notes: sentences for the user.
        notices: texts that belong to the shapes, as a licence, by the names of their files.
    """

    shapes: list[AnySource]
    notes: tuple[str, ...] = ()
    notices: Mapping[str, str] = field(default_factory=dict)


def find_data(request: DataRequest, store: Path, progress: Progress = SILENT) -> Found:
    """The shapes of a request, with their splits.

    Raises:
        InputError: there are none, or they cannot be had.
    """
    word = "" if request.source.exists() else str(request.source)
    if word == PROCEDURAL:
        return _procedural(request)
    meshes = store.with_name(f"{store.name}-{MESHES}")
    if word == PARTS:
        check_step_reader("Parts are STEP files")
        progress.stage("fetching the package of parts")
        count = request.count or PARTS_COUNT
        return _parts(find_parts(meshes, count=count, packages=request.packages), request, store)
    source = request.source
    if word == OPEN5:
        progress.stage("fetching the packages of open5")
        source = meshes
        build_open5(source, packages=request.packages)
    progress.stage("looking for shapes")
    findings = search(source, split=request.split)
    shapes = findings.shapes
    if request.test_share and not any(shape.split for shape in shapes):
        shapes = assign_splits(shapes, request.test_share, request.seed, request.split_by)
    notes = []
    if findings.ignored:
        notes.append(f"Files of {source} that are no shapes, passed over: {findings.ignored}.")
    if findings.passed_over:
        notes.append(
            "Files with a shape that another file holds in a better format, passed over: "
            f"{len(findings.passed_over)} ({findings.passed_over[0]}, for one)."
        )
    return Found(shapes=shapes, notes=tuple(notes))


def _procedural(request: DataRequest) -> Found:
    """Shapes that the package makes."""
    if request.split:
        raise InputError(
            "Procedural shapes have no names that a split file could know; leave out --split, "
            "and give --test-share."
        )
    count, share = request.count or PROCEDURAL_COUNT, request.test_share or 0.0
    test = round(count * share / (1 - share))
    return Found(shapes=[*procedural_shapes(count, test=test, seed=request.seed)])


def _parts(parts: Parts, request: DataRequest, store: Path) -> Found:
    """The parts with their splits, and what is to be said of them."""
    share = PARTS_TEST_SHARE if request.test_share is None else request.test_share
    shapes: list[AnySource] = [*parts.sources]
    if request.split:
        shapes = split_by_files(shapes, request.split, request.source)
    shapes = assign_splits(shapes, share, request.seed, request.split_by)
    licenses = ", ".join(f"{count:,} under {name}" for name, count in parts.licenses.most_common())
    alone = sorted(UNSEEN & {shape.category for shape in shapes})
    notes = [
        f"Parts of KiCad's libraries: {licenses}. {store / COPYRIGHT} has the terms and names, "
        f"{store / MANIFEST} the maker and licence of each.",
    ]
    if parts.comment:
        notes.append(f"What the package says of its terms: {parts.comment}")
    if alone:
        notes.append(f"Categories for testing alone, which no training sees: {', '.join(alone)}.")
    if parts.same:
        part, twin = next(iter(parts.same.items()))
        notes.append(
            f"Parts with the same points as another, left out: {len(parts.same):,} ({part} is "
            f"{twin}, for one)."
        )
    if parts.others:
        notes.append(f"Files that are in no category, passed over: {parts.others:,}.")
    return Found(shapes=shapes, notes=tuple(notes), notices=parts.notices)


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
