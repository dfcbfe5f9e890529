"""What is next to nothing and far away does not set the scale of a shape, and is named."""

import numpy as np
import pytest

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading
from acutance.shapes.analytic import Box
from acutance.solid.mend.strays import set_strays_aside
from acutance.solid.solid import Solid

CUBE = Box(half=(0.5, 0.5, 0.5)).mesh()


def together(*parts: TriangleMesh) -> TriangleMesh:
    counts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = [part.faces + count for part, count in zip(parts, counts, strict=False)]
    vertices = np.concatenate([part.vertices for part in parts])
    return TriangleMesh(vertices, np.concatenate(faces).astype(np.int32))


def triangle(size: float, place: tuple[float, float, float]) -> TriangleMesh:
    corners = size * np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]) + np.array(place)
    return TriangleMesh(corners, np.array([[0, 1, 2]], dtype=np.int32))


def cube(size: float, place: tuple[float, float, float]) -> TriangleMesh:
    return TriangleMesh(size * CUBE.vertices + np.array(place), CUBE.faces)


def line(start: float, end: float) -> TriangleMesh:
    """A triangle of no area."""
    corners = np.array([[start, 0, 0], [0.5 * (start + end), 0, 0], [end, 0, 0]])
    return TriangleMesh(corners, np.array([[0, 1, 2]], dtype=np.int32))


STRAYS = {
    "one": [triangle(0.001, (1000, 0, 0))],
    "very far": [triangle(0.001, (0, 1e7, 0))],
    "larger, and farther": [triangle(0.05, (1e5, 0, 0))],
    "several": [triangle(0.001 * n, (0, 10.0 ** (n % 5 + 1), 5.0 * n)) for n in range(1, 9)],
    "a cube": [cube(0.002, (300, 300, 0))],
    "a line": [line(5, 1000)],
    "a line from within": [line(0, 1000)],
    "two beside each other": [triangle(0.001, (50, 0, 0)), triangle(0.001, (50.01, 0, 0))],
}


@pytest.mark.parametrize("strays", STRAYS.values(), ids=STRAYS)
def test_strays_are_set_aside_and_counted(strays: list[TriangleMesh]) -> None:
    mesh, notes = set_strays_aside(together(CUBE, *strays))
    np.testing.assert_array_equal(mesh.vertices, CUBE.vertices)
    np.testing.assert_array_equal(mesh.faces, CUBE.faces)
    assert len(notes) == 1
    assert notes[0].startswith(f"{len(strays)} part")


def test_a_stray_is_named_with_its_size_and_place() -> None:
    report = Solid.of(together(CUBE, triangle(0.001, (1000, 0, 0)))).report
    assert report.rule == "exact"
    assert report.warnings == (
        "1 part of a size of up to 0.00141, near (1000, 0, 0), was set aside: far from the rest "
        "and next to nothing beside it, it would have set the scale.",
    )


def test_a_stray_is_named_with_the_unit_of_the_input() -> None:
    whole = together(CUBE, triangle(0.001, (1000, 0, 0)))
    report = Solid.of(Reading(shape=whole, unit="in")).report
    assert report.warnings[0].startswith("1 part of a size of up to 0.00141 in, near (1000, 0, 0)")


def test_a_thickness_that_follows_the_box_does_not_follow_strays() -> None:
    sheet = CUBE.with_faces(CUBE.faces[CUBE.face_normals[:, 2] > 0.5])
    alone, both = (
        Solid.of(mesh, thickness=lambda longest: 0.01 * longest)
        for mesh in (sheet, together(sheet, triangle(0.001, (1000, 0, 0))))
    )
    assert alone.report.thickness == both.report.thickness == pytest.approx(0.01 * 2**0.5 / 1.03)


@pytest.mark.parametrize(
    "parts",
    [
        [cube(1.0, (1000, 0, 0))],
        [cube(0.1, (1000, 0, 0))],
        [cube(0.02, (1.1, 0, 0))],
        [cube(1.0, (10, 0, 0)), triangle(0.001, (5, 0, 0))],
        [triangle(1.0, (50, 0, 0))],
        [cube(0.005, (n, 0, 0)) for n in range(1, 30)],
    ],
    ids=["as large", "a tenth", "near", "between", "a sheet", "a chain"],
)
def test_what_may_be_meant_stays(parts: list[TriangleMesh]) -> None:
    whole = together(CUBE, *parts)
    assert set_strays_aside(whole) == (whole, ())


def test_a_soup_of_loose_triangles_stays_whole_but_for_one_far_away() -> None:
    rng = np.random.default_rng(0)
    soup = [triangle(size, tuple(rng.random(3))) for size in rng.uniform(1e-4, 0.1, 300)]
    assert set_strays_aside(together(*soup))[1] == ()
    mesh, notes = set_strays_aside(together(*soup, triangle(1e-3, (1e4, 0, 0))))
    assert len(mesh.faces) == 300
    assert len(notes) == 1
