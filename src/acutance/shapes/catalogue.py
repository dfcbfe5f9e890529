"""Furniture and aircraft by category and number: any number of them, without a download."""

from collections.abc import Callable
from difflib import get_close_matches

import numpy as np

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.aircraft.plane import draw_plane, plane
from acutance.shapes.furniture.chair import ChairParameters, chair
from acutance.shapes.furniture.lamp import LampParameters, lamp
from acutance.shapes.furniture.sofa import SofaParameters, sofa
from acutance.shapes.furniture.table import TableParameters, table

_MAKERS: dict[str, Callable[[np.random.Generator], TriangleMesh]] = {
    "chair": lambda rng: chair(ChairParameters.draw(rng)),
    "lamp": lambda rng: lamp(LampParameters.draw(rng)),
    "plane": lambda rng: plane(draw_plane(rng)),
    "sofa": lambda rng: sofa(SofaParameters.draw(rng)),
    "table": lambda rng: table(TableParameters.draw(rng)),
}

CATEGORIES: tuple[str, ...] = tuple(_MAKERS)
"""The categories of `make`."""


def make(category: str, seed: int) -> TriangleMesh:
    """A shape of a category.

    Args:
        category: one of `CATEGORIES`.
        seed: number of the shape, from 0.

    Returns:
        A closed 2-manifold of one component without voids, in metres, +y up, standing on y = 0,
        its front or nose towards +z; the same arguments give the same mesh.

    Raises:
        InputError: for an unknown category or a negative seed.

    >>> CATEGORIES
    ('chair', 'lamp', 'plane', 'sofa', 'table')
    >>> table = make("table", 3)
    >>> float(table.bounds[0, 1]), table.volume > 0
    (0.0, True)
    >>> make("chairs", 0)
    Traceback (most recent call last):
        ...
    acutance.errors.InputError: Expected a category of shapes, got 'chairs'; did you mean chair?
    """
    if category not in _MAKERS:
        near = get_close_matches(category.lower(), CATEGORIES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose {', '.join(CATEGORIES)}."
        raise InputError(f"Expected a category of shapes, got {category!r}; {hint}")
    if seed < 0:
        raise InputError(f"Expected a seed of 0 or more, got {seed}.")
    return _MAKERS[category](np.random.default_rng(seed))
