"""Copies of parts: mirrored from side to side, or repeated around the y axis."""

from collections.abc import Sequence

from manifold3d import Manifold


def with_mirror_images(parts: Sequence[Manifold]) -> list[Manifold]:
    """The parts, then their mirror images about x = 0.

    >>> right = Manifold.cube((1, 1, 1)).translate((2, 0, 0))
    >>> [part.bounding_box()[0] for part in with_mirror_images([right])]
    [2.0, -3.0]
    """
    return [*parts, *(part.mirror((1, 0, 0)) for part in parts)]


def copies_around(part: Manifold, count: int, start: float = 0.0) -> list[Manifold]:
    """Copies of a part at equal angles about the y axis, the first turned by `start` degrees.

    >>> len(copies_around(Manifold.cube((1, 1, 1)).translate((2, 0, 0)), 5))
    5
    """
    return [part.rotate((0, start + 360.0 * i / count, 0)) for i in range(count)]
