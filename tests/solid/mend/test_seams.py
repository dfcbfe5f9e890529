"""Seams that are open by rounding alone are closed; nothing else changes."""

import numpy as np
import pytest

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.mesh.weld import weld
from acutance.shapes.analytic import Box
from acutance.solid.mend.seams import close_seams
from acutance.solid.solid import Solid

SIDES = (
    ((0, 0, 0), (0, 1, 0), (1, 0, 0)),
    ((0, 0, 1), (1, 0, 0), (0, 1, 0)),
    ((0, 0, 0), (1, 0, 0), (0, 0, 1)),
    ((0, 1, 0), (0, 0, 1), (1, 0, 0)),
    ((0, 0, 0), (0, 0, 1), (0, 1, 0)),
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
)
"""Origin and axes of the sides of a unit cube."""

CUTS = ((1, 10), (7, 2), (3, 1), (1, 4), (5, 5), (1, 1))
ODD_CUTS = ((13, 17), (7, 11), (3, 29), (19, 5), (23, 2), (1, 31))


def tiled(size: tuple[float, float, float], cuts: tuple[tuple[int, int], ...]) -> TriangleMesh:
    """A box whose sides are cut into rectangles of their own: T-junctions all along its edges."""
    vertices, faces, count = [], [], 0
    for (origin, across, up), (n, m) in zip(SIDES, cuts, strict=True):
        i, j = (x.ravel() for x in np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij"))
        vertices.append(
            np.array(origin) + np.outer(i / n, across) + np.outer(j / m, up)  # on the unit cube
        )
        a = (np.arange(n)[:, None] * (m + 1) + np.arange(m)).ravel() + count
        b = a + m + 1
        faces += [np.stack([a, b, b + 1], axis=1), np.stack([a, b + 1, a + 1], axis=1)]
        count += len(i)
    return TriangleMesh(np.concatenate(vertices) * size, np.concatenate(faces).astype(np.int32))


def turned(mesh: TriangleMesh, shift: float = 0.0) -> TriangleMesh:
    frame, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    frame *= np.sign(np.linalg.det(frame))
    return TriangleMesh(mesh.vertices @ frame.T + shift, mesh.faces)


def short(mesh: TriangleMesh) -> TriangleMesh:
    """As files hold it."""
    return TriangleMesh(mesh.vertices.astype(np.float32).astype(float), mesh.faces)


def shaken(mesh: TriangleMesh, distance: float) -> TriangleMesh:
    """Every corner of every face a little elsewhere."""
    corners = mesh.triangles.reshape(-1, 3)
    corners = corners + np.random.default_rng(0).uniform(-distance, distance, corners.shape)
    return TriangleMesh(corners, np.arange(len(corners), dtype=np.int32).reshape(-1, 3))


SEAMED = {
    "at all edges": (tiled((10, 1, 1), CUTS), 10.0),
    "odd cuts": (tiled((2, 3, 4), ODD_CUTS), 24.0),
    "turned": (turned(tiled((2, 3, 4), ODD_CUTS)), 24.0),
    "in 32 bits": (short(turned(tiled((10, 1, 1), CUTS))), 10.0),
    "in 32 bits, far away": (short(turned(tiled((10, 1, 1), CUTS), 3000.0)), 10.0),
    "loose, with six digits": (shaken(tiled((2, 3, 4), CUTS), 1e-6), 24.0),
    "no T-junction": (shaken(Box(half=(1, 2, 3)).mesh(), 1e-6), 48.0),
}


@pytest.mark.parametrize(("mesh", "volume"), SEAMED.values(), ids=SEAMED)
def test_seams_are_closed_and_nothing_moves(mesh: TriangleMesh, volume: float) -> None:
    seamed = weld(mesh)
    assert topology(seamed).boundary_edges
    closed, notes = close_seams(seamed)
    found = topology(closed)
    assert found.closed and found.oriented and found.bodies == 1
    assert closed.volume == pytest.approx(volume, rel=1e-3 if "far" in str(notes) else 2e-4)
    assert closed.area == pytest.approx(seamed.area, rel=1e-4)
    assert any("T-junctions" in note or "joined" in note for note in notes)


def test_a_box_with_t_junctions_is_exact_and_that_is_said() -> None:
    report = Solid.of(tiled((10, 1, 1), CUTS)).report
    assert report.rule == "exact"
    assert report.warnings == (
        "76 open edges met at vertices between their ends (T-junctions) and were closed.",
    )


def test_a_good_mesh_is_returned_as_it_is() -> None:
    mesh = Box().mesh()
    assert close_seams(mesh) == (mesh, ())


def test_real_gaps_and_real_holes_stay() -> None:
    box = Box().mesh()
    opened = box.with_faces(box.faces[2:])
    assert close_seams(opened) == (opened, ())
    gaping = shaken(box, 1e-3)
    assert close_seams(gaping) == (gaping, ())


def test_sheets_that_end_on_other_sheets_are_not_cut() -> None:
    """The rim of one sheet touches the rim of another, but no piece of it is an edge of that."""
    corners = np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [2, 0, 0], [2, 0, 3], [3, -1, 3]])
    mesh = TriangleMesh(corners, np.array([[0, 1, 2], [3, 4, 5]], dtype=np.int32))
    assert close_seams(mesh) == (mesh, ())
