"""Faces that are there twice, thrice, front and back, wholly or in part, give the right solid."""

import numpy as np
import pytest
import trimesh

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Box
from acutance.solid.mend.repeats import distinct_faces
from acutance.solid.solid import Solid

BOX = Box(half=(0.5, 0.4, 0.3)).mesh()
VOLUME = 0.48


def ball() -> TriangleMesh:
    mesh = trimesh.creation.icosphere(3, radius=1.0)
    return TriangleMesh(np.asarray(mesh.vertices), mesh.faces.astype(np.int32))


def again(mesh: TriangleMesh, which: object, *, back: bool, times: int = 1) -> TriangleMesh:
    """Some of the faces again."""
    more = mesh.faces[which][:, ::-1] if back else mesh.faces[which]
    return TriangleMesh(mesh.vertices, np.concatenate([mesh.faces, *[more] * times]))


def other_diagonals(mesh: TriangleMesh, *, back: bool) -> TriangleMesh:
    """A box whose sides are cut along their other diagonals."""
    faces = []
    for first, second in mesh.faces.reshape(-1, 2, 3):
        alone = [v for v in first if v not in second] + [v for v in second if v not in first]
        shared = [v for v in first if v in second]
        before = first[(list(first).index(alone[0]) + 1) % 3]
        a, b = (before, next(v for v in shared if v != before))
        faces += [[alone[0], a, alone[1]], [alone[0], alone[1], b]]
    turned = np.array(faces, dtype=np.int32)
    return TriangleMesh(mesh.vertices, turned[:, ::-1] if back else turned)


def share(mesh: TriangleMesh, part: float) -> np.ndarray:
    return np.random.default_rng(0).random(len(mesh.faces)) < part


ALL = slice(None)
DOUBLED = {
    "all, front and back": again(BOX, ALL, back=True),
    "all, the same way": again(BOX, ALL, back=False),
    "all, three times": again(BOX, ALL, back=False, times=2),
    "all, once so and twice so": again(BOX, ALL, back=True, times=2),
    "all, twice so and twice so": again(again(BOX, ALL, back=False), ALL, back=True),
    "one face": again(BOX, slice(1), back=True),
    "half": again(BOX, slice(6), back=True),
    "cut otherwise, back": TriangleMesh(
        BOX.vertices, np.concatenate([BOX.faces, other_diagonals(BOX, back=True).faces])
    ),
    "cut otherwise, the same way": TriangleMesh(
        BOX.vertices, np.concatenate([BOX.faces, other_diagonals(BOX, back=False).faces])
    ),
}


@pytest.mark.parametrize("mesh", DOUBLED.values(), ids=DOUBLED)
def test_a_box_of_repeated_faces_is_the_box(mesh: TriangleMesh) -> None:
    solid = Solid.of(mesh)
    assert solid.rule == "exact"
    boundary = solid.transform.mesh_to_input(solid.inside.boundary)
    assert topology(boundary).closed
    assert boundary.volume == pytest.approx(VOLUME)


@pytest.mark.parametrize("part", [0.1, 0.5, 1.0])
def test_a_ball_with_repeated_faces_is_the_ball(part: float) -> None:
    mesh = ball()
    kept = distinct_faces(again(mesh, share(mesh, part), back=True))
    assert len(kept.faces) == len(mesh.faces)
    assert topology(kept).closed


def test_one_part_of_two_may_be_doubled() -> None:
    far = TriangleMesh(BOX.vertices + 2.0, BOX.faces + 8)
    doubled = again(BOX, ALL, back=True)
    both = TriangleMesh(
        np.concatenate([BOX.vertices, far.vertices]), np.concatenate([doubled.faces, far.faces])
    )
    assert len(distinct_faces(both).faces) == 24
    assert Solid.of(both).rule == "exact"


def test_a_doubled_surface_with_a_small_hole_is_closed_by_the_winding_number() -> None:
    mesh = ball()
    opened = TriangleMesh(mesh.vertices, mesh.faces[5:])
    assert Solid.of(again(opened, ALL, back=True)).rule == "winding"


def test_a_wall_within_a_doubled_body_is_dropped() -> None:
    wall = np.array([[0, 1, 7], [7, 1, 0], [0, 7, 6], [6, 7, 0]], dtype=np.int32)
    doubled = again(BOX, ALL, back=True)
    mesh = TriangleMesh(BOX.vertices, np.concatenate([doubled.faces, wall]))
    assert topology(distinct_faces(mesh)).manifold


def test_a_folded_sheet_front_and_back_is_a_thin_plate() -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1]])
    sheet = TriangleMesh(corners, np.array([[0, 1, 2], [1, 3, 2]], dtype=np.int32))
    doubled = again(sheet, ALL, back=True)
    solid = Solid.of(doubled)
    assert (solid.rule, solid.report.thickness) == ("flood", 1.5e-3)
    assert solid.report.reason == (
        "All faces cancel in pairs of opposite orientation: they bound nothing."
    )
    on_sheet = solid.transform.to_unit(np.array([[0.4, 0.4, 0.0]]))
    assert solid.distance(on_sheet)[0] == pytest.approx(-1.5e-3, abs=1e-5)
    for rule in ("exact", "winding"):
        with pytest.raises(InputError) as error:
            Solid.of(doubled, rule=rule)
        assert str(error.value) == (
            "All faces of the mesh cancel in pairs of opposite orientation, so that the rule "
            f"'{rule}' finds nothing inside; use 'flood' or 'auto'."
        )
