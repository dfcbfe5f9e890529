"""The package's own shapes as a data set: nothing to download."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from acutance.data.datasets.source import ShapeSource
from acutance.mesh.io.load import Shape, load
from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.catalogue import CATEGORIES, make

PROCEDURAL = "procedural"
"""First part of the paths of shapes that are in no file."""


@dataclass(frozen=True, kw_only=True)
class ProceduralSource(ShapeSource):
    """A shape that is made when it is asked for.

    Attributes:
        seed: which of its category.
    """

    seed: int

    @property
    def origin(self) -> str:
        """Category and seed, as `load_source` reads them."""
        return str(self.path)

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
        categories: which, of `CATEGORIES`.
        seed: another seed makes other shapes.
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


def load_source(path: str) -> Shape:
    """What a store's record names as its source: a file, or one of the package's own shapes.

    Raises:
        InputError: the file cannot be read.
    """
    if _is_made(path):
        _, category, number = Path(path).parts
        return make(category, int(number))
    return load(Path(path))


def is_there(path: str) -> bool:
    """Whether a source that a store's record names is a file that exists, or needs none."""
    return _is_made(path) or Path(path).exists()


def _is_made(path: str) -> bool:
    """Whether a source is one of the package's own shapes."""
    root, *parts = Path(path).parts
    return root == PROCEDURAL and len(parts) == 2 and parts[1].isdecimal()
