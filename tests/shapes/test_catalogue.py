"""The package's furniture and aircraft are sound solids, each different from the others."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache

import numpy as np
import pytest
from manifold3d import Manifold

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.shapes.aircraft.plane import draw_plane
from acutance.shapes.aircraft.undercarriage import tail_dragger
from acutance.shapes.catalogue import CATEGORIES, make
from acutance.shapes.furniture.chair import ChairParameters
from acutance.shapes.furniture.lamp import LampParameters
from acutance.shapes.furniture.sofa import SofaParameters
from acutance.shapes.furniture.table import TableParameters
from acutance.shapes.modelling import curves, outlines, panels, skins
from acutance.shapes.modelling.assembly import assembled
from acutance.shapes.modelling.repair import mended

SEEDS = range(10)
DRAWS: dict[str, Callable[[np.random.Generator], object]] = {
    "chair": ChairParameters.draw,
    "lamp": LampParameters.draw,
    "plane": draw_plane,
    "sofa": SofaParameters.draw,
    "table": TableParameters.draw,
}

made = cache(make)
each_category = pytest.mark.parametrize("category", CATEGORIES)
each_shape = pytest.mark.parametrize(
    ("category", "seed"), [(category, seed) for category in CATEGORIES for seed in SEEDS]
)


def numbers(parameters: object) -> int:
    """How many parameters there are, those of nested parameters included."""
    if not is_dataclass(parameters):
        return 1
    return sum(numbers(getattr(parameters, field.name)) for field in fields(parameters))


def radius(mesh: TriangleMesh) -> float:
    """Half of the bounding box's diagonal."""
    return float(np.linalg.norm(mesh.bounds[1] - mesh.bounds[0])) / 2


@each_shape
def test_a_shape_is_one_closed_manifold(category: str, seed: int) -> None:
    counts = topology(made(category, seed))
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
    again = make(category, 3)
    np.testing.assert_array_equal(again.vertices, made(category, 3).vertices)
    np.testing.assert_array_equal(again.faces, made(category, 3).faces)


@each_category
def test_different_seeds_give_different_shapes(category: str) -> None:
    assert len({made(category, seed).volume for seed in SEEDS}) == len(SEEDS)


@each_category
def test_the_number_of_holes_varies(category: str) -> None:
    # Engines, wheels and wings are solid: an aircraft has holes only between its struts.
    least = 2 if category == "plane" else 3
    assert len({topology(made(category, seed)).euler for seed in SEEDS}) >= least


@each_category
def test_a_shape_is_drawn_from_many_parameters(category: str) -> None:
    assert numbers(DRAWS[category](np.random.default_rng(0))) >= 12


@pytest.mark.parametrize("category", ["chair", "sofa"])
def test_a_back_is_behind(category: str) -> None:
    for seed in SEEDS:
        vertices = made(category, seed).vertices
        high = vertices[:, 1] > 0.95 * vertices[:, 1].max()
        assert vertices[high, 2].mean() < vertices[:, 2].mean()


def test_the_rear_of_an_aircraft_that_stands_level_is_higher_than_its_nose() -> None:
    for seed in SEEDS:
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


def test_parts_that_do_not_touch_are_refused() -> None:
    cube = Manifold.cube((1, 1, 1))
    with pytest.raises(RuntimeError, match="fall into 2 bodies"):
        assembled([cube, cube.translate((3, 0, 0))])


def test_a_void_is_filled() -> None:
    shell = Manifold.cube((1, 1, 1), center=True) - Manifold.cube((0.5, 0.5, 0.5), center=True)
    assert assembled([shell]).volume == pytest.approx(1.0)


def test_a_corner_is_rounded_by_an_arc_of_the_radius() -> None:
    corners = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    arc = curves.rounded(corners, 0.25)[1:-1]
    np.testing.assert_allclose(np.linalg.norm(arc - 0.25, axis=1), 0.25, atol=1e-12)


def test_a_tube_has_the_volume_of_its_section_times_its_length() -> None:
    square = outlines.rectangle(0.1, 0.2)
    bent = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 3.0]])
    assert skins.sweep(bent, square).volume() == pytest.approx(0.1 * 0.2 * 3)


def test_a_slab_with_a_square_edge_is_a_prism() -> None:
    slab = panels.slab(outlines.rectangle(2.0, 1.0), 0.5, 0.75)
    assert slab.volume() == pytest.approx(0.5)


def tetrahedron_with(extra: list[list[float]], faces: list[list[int]]) -> TriangleMesh:
    """A tetrahedron with more vertices on or near its edge from 0 to 1."""
    corners = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    return TriangleMesh(np.array(corners + extra), np.array(faces, np.int32))


def test_a_face_without_area_is_flipped_away() -> None:
    # Vertex 4 lies on the edge from 0 to 1: the face (0, 1, 4) is a line.
    faces = [[0, 2, 1], [0, 1, 4], [0, 4, 3], [4, 1, 3], [0, 3, 2], [1, 2, 3]]
    broken = tetrahedron_with([[0.4, 0.0, 0.0]], faces)
    assert topology(broken).degenerate_faces == 1
    counts = topology(mended(broken, 1e-6))
    assert counts.manifold
    assert counts.degenerate_faces == 0
    assert mended(broken, 1e-6).volume == pytest.approx(1 / 6)


def test_an_edge_that_is_too_short_becomes_a_point() -> None:
    faces = [[0, 2, 4], [4, 2, 1], [0, 4, 3], [4, 1, 3], [0, 3, 2], [1, 2, 3]]
    mesh = mended(tetrahedron_with([[1e-9, 0.0, 0.0]], faces), 1e-6)
    assert topology(mesh).manifold
    assert len(mesh.vertices) == 4


def test_bodies_that_touch_in_a_point_are_parted() -> None:
    cone = tetrahedron_with([], [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    other = -cone.vertices
    both = TriangleMesh(
        np.concatenate([cone.vertices, other]),
        np.concatenate([cone.faces, cone.faces[:, ::-1] + 4]).astype(np.int32),
    )
    mesh = mended(both, 1e-3)
    gap = np.linalg.norm(mesh.vertices[0] - mesh.vertices[4])
    assert gap == pytest.approx(4e-4)
