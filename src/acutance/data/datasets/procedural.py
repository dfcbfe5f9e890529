"""The package's own shapes as a data set: nothing to download."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from acutance.data.datasets.source import ShapeSource
from acutance.mesh.io.load import read
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Shape
from acutance.shapes.catalogue import CATEGORIES, make

PROCEDURAL = "procedural"
"""First part of the paths of shapes that are in no file."""


@dataclass(frozen=True, kw_only=True)
class ProceduralSource(ShapeSource):
    """A shape that is made when it is asked for.

    Attributes:
        seed: number of the shape in its category.
    """

    seed: int

    @property
    def origin(self) -> str:
        """Category and seed, as `load_recorded_source` reads them."""
        return str(self.path)

    @property
    def stamp(self) -> str:
        """None: a category and a seed always give the same shape."""
        return ""

    def load(self) -> TriangleMesh:
        """The exact closed mesh, in metres."""
        return make(self.category, self.seed)


def procedural_shapes(
    count: int, *, test: int = 0, categories: Sequence[str] = CATEGORIES, seed: int = 0
) -> list[ShapeSource]:
    """Shapes of every category.

    Args:
        count: training shapes a category.
        test: test shapes a category, none of them among the others.
        categories: some of `CATEGORIES`.
        seed: number of the first shape of each category.

    >>> [shape.key for shape in procedural_shapes(1, test=1, categories=["chair", "lamp"])]
    ['chair/000000', 'chair/000001', 'lamp/000000', 'lamp/000001']
    """
    return [
        ProceduralSource(
            category=category,
            name=f"{number:06d}",
            split="train" if number - seed < count else "test",
            path=Path(PROCEDURAL, category, f"{number:06d}"),
            seed=number,
        )
        for category in categories
        for number in range(seed, seed + count + test)
    ]


def load_recorded_source(path: str) -> Shape:
    """The shape that a store's record names as its source: from a file, or made again.

    Raises:
        InputError: the file cannot be read.

    >>> load_recorded_source("procedural/table/000003").faces.shape[1]
    3
    """
    if _is_procedural(path):
        _, category, number = Path(path).parts
        return make(category, int(number))
    return read(Path(path)).shape  # what is to be said of it is in the record


def recorded_source_exists(path: str) -> bool:
    """Whether the source that a store's record names exists: as a file, or without one."""
    return _is_procedural(path) or Path(path).is_file()


def _is_procedural(path: str) -> bool:
    """Whether a source is one of the package's own shapes."""
    root, *parts = Path(path).parts or ("",)
    return root == PROCEDURAL and len(parts) == 2 and parts[1].isdecimal()
