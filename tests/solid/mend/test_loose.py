"""Loose faces beside a closed surface bound nothing: they are left out, and named."""

import numpy as np
import pytest

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading
from acutance.shapes.analytic import Box
from acutance.solid.solid import Solid

CUBE = Box(half=(0.5, 0.5, 0.5)).mesh()


def together(*parts: TriangleMesh) -> TriangleMesh:
    counts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = [part.faces + count for part, count in zip(parts, counts, strict=False)]
    vertices = np.concatenate([part.vertices for part in parts])
    return TriangleMesh(vertices, np.concatenate(faces).astype(np.int32))


def sheet(size: float, place: tuple[float, float, float], cuts: int = 1) -> TriangleMesh:
    """A square of 2 · cuts² faces."""
    i, j = (x.ravel() for x in np.indices((cuts + 1, cuts + 1)))
    corners = np.stack([i, j, 0 * i], axis=1) * size / cuts + np.array(place)
    a = (np.arange(cuts)[:, None] * (cuts + 1) + np.arange(cuts)).ravel()
    b, c, d = a + 1, a + cuts + 1, a + cuts + 2
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    return TriangleMesh(corners, faces.astype(np.int32))


def triangle(size: float, place: tuple[float, float, float]) -> TriangleMesh:
    square = sheet(size, place)
    return square.with_faces(square.faces[:1])


LOOSE = {
    "one beside it": [triangle(0.01, (0.7, 0, 0))],
    "one within": [triangle(0.01, (0.1, 0, 0))],
    "one through its side": [triangle(0.05, (0.48, 0.1, 0.2))],
    "several": [triangle(0.01, (0.7, 0.1 * n, 0)) for n in range(5)],
    "sheets": [sheet(0.1, (0.7, 0, 0), cuts=4), sheet(0.05, (-0.8, 0, 0), cuts=2)],
}


@pytest.mark.parametrize("loose", LOOSE.values(), ids=LOOSE)
def test_a_closed_mesh_stays_closed_beside_loose_faces(loose: list[TriangleMesh]) -> None:
    solid = Solid.of(together(CUBE, *loose))
    assert (solid.rule, solid.report.alternative) == ("exact", None)
    count = sum(len(part.faces) for part in loose)
    assert len(solid.report.warnings) == 1
    assert solid.report.warnings[0].startswith(f"{count} loose face")
    assert len(solid.inside.boundary.faces) == 12


def test_loose_faces_are_named_with_size_place_and_remedy() -> None:
    whole = together(CUBE, triangle(0.01, (0.7, 0, 0)), sheet(0.02, (0, 0, 0.7)))
    assert Solid.of(Reading(shape=whole, unit="mm")).report.warnings == (
        "3 loose faces of a size of up to 0.0283 mm, near (0.7, 0, 0) and elsewhere, bound nothing "
        "and were left out; the rule flood keeps them as plates.",
    )


def test_the_rule_flood_keeps_loose_faces_and_does_not_say_otherwise() -> None:
    whole = together(CUBE, triangle(0.1, (0.7, 0, 0)))
    solid = Solid.of(whole, rule="flood")
    assert solid.report.warnings == ()
    assert solid.distance(solid.transform.to_unit(np.array([[0.72, 0.02, 0.0]])))[0] < 0


@pytest.mark.parametrize(
    "mesh",
    [
        together(CUBE, sheet(1.0, (0.8, 0, 0))),
        CUBE.with_faces(CUBE.faces[1:]),
        together(CUBE.with_faces(CUBE.faces[1:]), triangle(0.01, (0.7, 0, 0))),
        together(CUBE, Box(half=(0.01,) * 3).mesh().with_faces(CUBE.faces[2:])),
    ],
    ids=["a large sheet", "an open box", "a loose face beside an open box", "a small open box"],
)
def test_what_may_be_meant_is_not_taken_for_loose(mesh: TriangleMesh) -> None:
    assert not any("loose" in said for said in Solid.of(mesh).report.warnings)
