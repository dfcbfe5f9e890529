"""What is handed to native code is something it can read: nothing ends the process."""

import numpy as np
import pytest

from acutance.mesh.defects import close_holes, find_defects
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.polygons import triangulate
from acutance.mesh.topology import topology
from acutance.mesh.weld import weld
from acutance.shapes.analytic import Box
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.rays import escapes
from acutance.solid.mend.orient import turn_outward
from acutance.solid.mend.repeats import distinct_faces, panel_share
from acutance.solid.mend.seams import close_seams
from acutance.solid.mend.strays import set_strays_aside
from acutance.solid.winding import winding_number

NOTHING = TriangleMesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=np.int32))
POINTS = np.array([[0.1, 0.2, 0.1], [5.0, 0.0, 0.0]])


def test_a_mesh_without_faces_has_an_outside_only():
    assert winding_number(NOTHING, POINTS).tolist() == [0.0, 0.0]
    assert escapes(NOTHING, POINTS).tolist() == [True, True]
    assert len(intersecting_faces(NOTHING)) == 0


def test_no_points_have_no_answers():
    box = Box().mesh()
    assert len(winding_number(box, POINTS[:0])) == 0
    assert len(escapes(box, POINTS[:0])) == 0


@pytest.mark.parametrize("seed", range(8))
def test_random_faces_of_few_vertices_are_mended_or_left(seed):
    """Faces that repeat, meet in threes and more, are flat, or consist of one vertex."""
    rng = np.random.default_rng(seed)
    for _ in range(40):
        count = int(rng.integers(3, 12))
        vertices = rng.integers(0, 3, (count, 3)) * 10.0 ** rng.integers(-12, 12)
        faces = rng.integers(0, count, (rng.integers(1, 30), 3)).astype(np.int32)
        again = faces[rng.integers(0, len(faces), len(faces) // 2), :: rng.choice([1, -1])]
        mesh = weld(TriangleMesh(vertices, np.concatenate([faces, again])))
        triangulate(vertices, [rng.integers(0, count, (3, 6))])
        if not len(mesh.faces) or mesh.area == 0:
            continue
        kept, _ = close_seams(set_strays_aside(mesh)[0])
        assert kept.area == pytest.approx(mesh.area)
        assert topology(kept).odd_edges <= topology(mesh).odd_edges
        clean, _ = turn_outward(distinct_faces(kept))
        assert 0.0 <= panel_share(kept, clean) <= 1.0
        assert topology(clean).duplicate_faces == 0
        assert len(find_defects(close_holes(clean)).radii) == 0
