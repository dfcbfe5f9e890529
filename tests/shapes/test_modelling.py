"""The modelling tools make closed solids of known volume, and repair what rounding leaves."""

from pathlib import Path

import numpy as np
import pytest
from manifold3d import Manifold

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.shapes import modelling
from acutance.shapes.modelling import curves, outlines, panels, skins
from acutance.shapes.modelling.assembly import assembled
from acutance.shapes.modelling.repair import mended


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


def test_furniture_and_aircraft_share_only_the_modelling_tools() -> None:
    folder = Path(modelling.__path__[0]).parent
    forbidden = {
        "modelling": ("furniture", "aircraft"),
        "furniture": ("aircraft",),
        "aircraft": ("furniture",),
    }
    for room, others in forbidden.items():
        for file in (folder / room).glob("*.py"):
            text = file.read_text(encoding="utf-8")
            assert not [other for other in others if f"acutance.shapes.{other}" in text], file
