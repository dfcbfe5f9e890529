"""The furniture and aircraft of the catalogue are sound solids, each different from the others."""

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from functools import cache

import numpy as np
import pytest

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import Topology, topology
from acutance.shapes.aircraft.plane import draw_plane
from acutance.shapes.aircraft.undercarriage import tail_dragger
from acutance.shapes.catalogue import CATEGORIES, make
from acutance.shapes.furniture.chair import ChairParameters
from acutance.shapes.furniture.lamp import LampParameters
from acutance.shapes.furniture.sofa import SofaParameters
from acutance.shapes.furniture.table import TableParameters

SEEDS = {
    "chair": (1, 2, 7, 10, 12, 25, 30, 34, 49, 69),
    "lamp": (2, 17, 34, 39, 40, 41, 42, 59),
    "plane": (0, 5, 11, 13, 17, 24, 25, 29, 54),
    "sofa": (3, 16, 21, 23, 35, 62, 65),
    "table": (6, 10, 12, 25, 30, 32, 35, 62, 66, 68, 69),
}
"""Few shapes that together show every choice; a test holds them to it."""

DRAWS: dict[str, Callable[[np.random.Generator], object]] = {
    "chair": ChairParameters.draw,
    "lamp": LampParameters.draw,
    "plane": draw_plane,
    "sofa": SofaParameters.draw,
    "table": TableParameters.draw,
}

made = cache(make)


@cache
def counts_of(category: str, seed: int) -> Topology:
    """What the topology of a shape is."""
    return topology(made(category, seed))


each_category = pytest.mark.parametrize("category", CATEGORIES)
each_shape = pytest.mark.parametrize(
    ("category", "seed"), [(category, seed) for category in CATEGORIES for seed in SEEDS[category]]
)


def numbers(parameters: object) -> int:
    """How many parameters there are, those of nested parameters included."""
    if not is_dataclass(parameters):
        return 1
    return sum(numbers(getattr(parameters, field.name)) for field in fields(parameters))


def choices(parameters: object, name: str = "") -> set[str]:
    """Kinds of parts, numbers of parts, and whether what may be left out is there."""
    found = set[str]()
    if callable(parameters):
        found = {getattr(parameters, "__qualname__", type(parameters).__name__)}
    elif isinstance(parameters, int):
        found = {f"{name} = {parameters}"}
    elif isinstance(parameters, float):
        found = {f"{name} = 0" if parameters == 0 else name}
    if is_dataclass(parameters):
        inner = (choices(getattr(parameters, f.name), f.name) for f in fields(parameters))
        found = found.union(*inner)
    return found


def radius(mesh: TriangleMesh) -> float:
    """Half of the bounding box's diagonal."""
    return float(np.linalg.norm(mesh.bounds[1] - mesh.bounds[0])) / 2


@each_shape
def test_a_shape_is_one_closed_manifold(category: str, seed: int) -> None:
    counts = counts_of(category, seed)
    assert counts.manifold
    assert counts.bodies == 1
    assert counts.degenerate_faces == 0
    assert 400 <= counts.faces <= 31_000


@each_shape
def test_no_two_vertices_are_at_one_place_in_single_precision(category: str, seed: int) -> None:
    vertices = made(category, seed).vertices.astype(np.float32)
    assert len(np.unique(vertices, axis=0)) == len(vertices)


@each_shape
def test_a_shape_is_oriented_outwards_and_stands_on_the_ground(category: str, seed: int) -> None:
    mesh = made(category, seed)
    assert mesh.volume > 0
    assert mesh.bounds[0, 1] == 0.0


@each_shape
def test_a_shape_is_as_large_as_the_real_thing(category: str, seed: int) -> None:
    low, high = {"plane": (3.0, 45.0)}.get(category, (0.2, 2.0))
    assert low < radius(made(category, seed)) < high


@each_category
def test_the_same_seed_gives_the_same_shape(category: str) -> None:
    seed = min(SEEDS[category], key=lambda seed: len(made(category, seed).faces))
    again, first = make(category, seed), made(category, seed)
    np.testing.assert_array_equal(again.vertices, first.vertices)
    np.testing.assert_array_equal(again.faces, first.faces)


@each_category
def test_different_seeds_give_different_shapes(category: str) -> None:
    seeds = SEEDS[category]
    assert len({made(category, seed).volume for seed in seeds}) == len(seeds)


@each_category
def test_the_number_of_holes_varies(category: str) -> None:
    # Engines, wheels and wings are solid: an aircraft has holes only between its struts.
    least = 2 if category == "plane" else 3
    assert len({counts_of(category, seed).euler for seed in SEEDS[category]}) >= least


@each_category
def test_the_tested_shapes_show_every_choice(category: str) -> None:
    def drawn(seeds: Iterable[int]) -> set[str]:
        return set().union(*(choices(DRAWS[category](np.random.default_rng(s))) for s in seeds))

    assert drawn(SEEDS[category]) == drawn(range(100))


@each_category
def test_a_shape_is_drawn_from_many_parameters(category: str) -> None:
    assert numbers(DRAWS[category](np.random.default_rng(0))) >= 12


@pytest.mark.parametrize("category", ["chair", "sofa"])
def test_a_back_is_behind(category: str) -> None:
    for seed in SEEDS[category]:
        vertices = made(category, seed).vertices
        high = vertices[:, 1] > 0.95 * vertices[:, 1].max()
        assert vertices[high, 2].mean() < vertices[:, 2].mean()


def test_the_rear_of_an_aircraft_that_stands_level_is_higher_than_its_nose() -> None:
    for seed in SEEDS["plane"]:
        if draw_plane(np.random.default_rng(seed)).gear is tail_dragger:
            continue
        vertices = made("plane", seed).vertices
        rear = vertices[:, 2] < vertices[:, 2].min() + 0.1 * np.ptp(vertices[:, 2])
        front = vertices[:, 2] > vertices[:, 2].max() - 0.1 * np.ptp(vertices[:, 2])
        assert vertices[rear, 1].max() > vertices[front, 1].max()


@pytest.mark.parametrize(
    ("category", "text"),
    [
        ("chairs", "Expected a category of shapes, got 'chairs'; did you mean chair?"),
        ("Sofa", "Expected a category of shapes, got 'Sofa'; did you mean sofa?"),
        (
            "xyz",
            "Expected a category of shapes, got 'xyz'; choose chair, lamp, plane, sofa, table.",
        ),
    ],
)
def test_an_unknown_category_is_refused_with_a_suggestion(category: str, text: str) -> None:
    with pytest.raises(InputError) as refused:
        make(category, 0)
    assert str(refused.value) == text


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        make("lamp", -1)
    assert str(refused.value) == "Expected a seed of 0 or more, got -1."
