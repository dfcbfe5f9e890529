"""Parts that are inside out are turned, and cavities stay, however parts lie in each other."""

import numpy as np
import pytest

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.analytic import Box
from acutance.solid.mend.orient import turn_outward
from acutance.solid.solid import Solid

Corner = tuple[float, float, float]


def block(lower: Corner, upper: Corner, *, inverted: bool = False) -> TriangleMesh:
    box = Box(half=(0.5, 0.5, 0.5)).mesh()
    vertices = np.array(lower) + (box.vertices + 0.5) * (np.array(upper) - np.array(lower))
    return TriangleMesh(vertices, box.faces[:, ::-1] if inverted else box.faces)


def together(*parts: TriangleMesh) -> TriangleMesh:
    counts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = [part.faces + count for part, count in zip(parts, counts, strict=False)]
    vertices = np.concatenate([part.vertices for part in parts])
    return TriangleMesh(vertices, np.concatenate(faces).astype(np.int32))


def shell(edge: float, *, inverted: bool) -> TriangleMesh:
    """A cube around the middle of the block."""
    low, high = 5.0 - edge / 2, 5.0 + edge / 2
    return block((low, low, low), (high, high, high), inverted=inverted)


def inside_out(mesh: TriangleMesh) -> TriangleMesh:
    return TriangleMesh(mesh.vertices, mesh.faces[:, ::-1])


WHOLE = block((0, 0, 0), (10, 10, 10))
PEG = block((4, 4, 4), (6, 6, 12), inverted=True)
VOID = shell(4, inverted=True)
ALL = "The whole shape was inside out and was turned."

PARTS = {
    "a peg stuck in": (together(WHOLE, PEG), 1008, 1),
    "the block instead": (together(inside_out(WHOLE), inside_out(PEG)), 1008, 1),
    "all": (together(inside_out(WHOLE), PEG), 1008, ALL),
    "pegs that overlap": (
        together(WHOLE, PEG, block((5, 4, 4), (7, 6, 13), inverted=True)),
        1000 + 8 + 12 - 4,
        2,
    ),
    "a void": (together(WHOLE, VOID), 936, 0),
    "a void, all inside out": (inside_out(together(WHOLE, VOID)), 936, ALL),
    "a void beside a peg": (
        together(WHOLE, block((1, 1, 1), (3, 3, 3), inverted=True), PEG),
        1000,
        1,
    ),
    "a body in a void": (
        together(WHOLE, shell(8, inverted=True), shell(6, inverted=False)),
        704,
        0,
    ),
    "a body in a void, inside out": (
        together(WHOLE, shell(8, inverted=True), shell(6, inverted=True)),
        704,
        1,
    ),
    "a void in that body": (
        together(
            WHOLE,
            shell(8, inverted=True),
            shell(6, inverted=False),
            shell(4, inverted=True),
        ),
        640,
        0,
    ),
    "one of two, with its void": (
        together(inside_out(together(WHOLE, VOID)), block((20, 0, 0), (30, 10, 10))),
        1936,
        2,
    ),
    "a neighbour that touches": (
        together(WHOLE, block((10, 0, 0), (20, 10, 10), inverted=True)),
        2000,
        None,
    ),
    "a smaller one that touches": (
        together(WHOLE, block((10, 2, 2), (15, 7, 7), inverted=True)),
        1125,
        1,
    ),
}


@pytest.mark.parametrize(("mesh", "volume", "turned"), PARTS.values(), ids=PARTS)
def test_parts_bound_their_union_without_the_cavities(
    mesh: TriangleMesh, volume: float, turned: int | str | None
) -> None:
    solid = Solid.of(mesh)
    assert solid.rule in ("exact", "winding")
    if turned is not None:
        of_many = f"{turned} of {len(mesh.faces) // 12} parts were inside out and were turned."
        note = turned if isinstance(turned, str) else of_many
        assert solid.report.warnings == ((note,) if turned else ())
    lower, upper = mesh.bounds
    points = np.random.default_rng(0).uniform(lower, upper, (60_000, 3))
    inside = solid.distance(solid.transform.to_unit(points)) < 0
    assert inside.mean() * np.prod(upper - lower) == pytest.approx(volume, rel=0.02)


def test_parts_with_turned_faces_are_mended_before_they_are_turned() -> None:
    rng = np.random.default_rng(0)
    mesh = together(
        *(block((3 * n, 0, 0), (3 * n + 2, 2, 2), inverted=n % 2 == 0) for n in range(20))
    )
    some = rng.random(len(mesh.faces)) < 0.05
    mixed = TriangleMesh(mesh.vertices, np.where(some[:, None], mesh.faces[:, ::-1], mesh.faces))
    result, _ = turn_outward(mixed)
    assert result.volume == pytest.approx(20 * 8)


def test_a_mesh_without_faces_is_returned_as_it_is() -> None:
    empty = TriangleMesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=np.int32))
    assert turn_outward(empty) == (empty, ())


TWO_SIDED = {
    "a void": (together(WHOLE, VOID), 936, 1),
    "a void that looks outwards": (together(WHOLE, shell(4, inverted=False)), 936, 1),
    "a body in a void": (together(WHOLE, shell(8, inverted=False), VOID), 552, 1),
    "voids": (together(WHOLE, block((1, 1, 1), (3, 3, 3)), shell(2, inverted=True)), 984, 2),
    "a peg stuck in": (together(WHOLE, PEG), 1008, 0),
    "a block beside it": (together(WHOLE, block((20, 0, 0), (22, 2, 2))), 1008, 0),
}


@pytest.mark.parametrize("name", TWO_SIDED)
def test_what_lies_within_is_a_void_where_all_faces_came_front_and_back(name: str) -> None:
    """The order of the faces tells nothing; every other shell around a point is a void."""
    mesh, volume, voids = TWO_SIDED[name]
    both = np.concatenate([mesh.faces, mesh.faces[:, ::-1]])
    solid = Solid.of(mesh.with_faces(np.random.default_rng(1).permutation(both)))
    points = np.random.default_rng(0).uniform(-1, 23, size=(60_000, 3))
    inside = solid.distance(solid.transform.to_unit(points)) < 0
    assert inside.mean() * 24**3 == pytest.approx(volume, abs=60)
    said = [words for words in solid.report.warnings if "void" in words]
    assert len(said) == min(voids, 1)
    assert not said or f"{voids} part" in said[0]
