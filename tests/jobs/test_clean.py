"""A messy mesh becomes a clean one: in Python and from the command line."""

import numpy as np
import pytest
import trimesh
from manifold3d import Error, Manifold, Mesh64

from acutance.contouring.contour import Contouring
from acutance.errors import InputError
from acutance.jobs.shape.clean import CleanConfig, clean
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Box
from acutance.shapes.part import part

COARSE = CleanConfig(contouring=Contouring(resolution=48, simplify=0.002))
CENTRE, SIZE = np.array([100.0, -50.0, 7.0]), 40.0


def moved(mesh: TriangleMesh) -> TriangleMesh:
    """Far from the origin, in large units."""
    return TriangleMesh(CENTRE + SIZE * mesh.vertices, mesh.faces)


def soup() -> TriangleMesh:
    """A table of single sheets: a top, and two crossed boards under it, without any volume."""
    quads = [
        [[-1, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]],
        [[-0.8, 0, 0], [0.8, 0, 0], [0.8, 0, 1], [-0.8, 0, 1]],
        [[0, -0.8, 0], [0, 0.8, 0], [0, 0.8, 1], [0, -0.8, 1]],
    ]
    vertices = np.array(quads, dtype=np.float64).reshape(-1, 3)
    faces = [[i, i + 1, i + 2] for i in (0, 4, 8)] + [[i, i + 2, i + 3] for i in (0, 4, 8)]
    return TriangleMesh(vertices, np.array(faces, np.int32))


def with_pins(*, depth: float) -> TriangleMesh:
    """A block of so much depth through which sixteen pins pass, each a third of a cell thick."""
    box, at = Box(half=(0.5, 0.5, 0.5)).mesh(), np.linspace(-0.9, 0.9, 16)
    block = box.vertices * [2.0, 1.0, depth]
    pins = [box.vertices * [0.02, 1.4, 0.02] + [x, 0.0, 0.1] for x in at]
    faces = [box.faces + len(box.vertices) * i for i in range(17)]
    return TriangleMesh(np.concatenate([block, *pins]), np.concatenate(faces))


@pytest.mark.parametrize(
    ("depth", "said"), [(0.3, "The volume may be off by up to"), (1.0, "Details smaller than")]
)
def test_what_is_thinner_than_a_cell_is_told_of(depth: float, said: str):
    """Whether the volume changes noticeably or only the surface does."""
    coarse = CleanConfig(contouring=Contouring(resolution=32))
    assert any(
        message.startswith(said) for message in clean(with_pins(depth=depth), coarse).messages
    )


def test_a_closed_part_keeps_its_surface_creases_and_coordinates():
    source = moved(part())
    result = clean(source, CleanConfig(contouring=Contouring(resolution=96)))
    assert result.solid.rule == "exact"
    assert topology(result.mesh).manifold
    assert max(result.to_solid.mean, result.from_solid.mean) < 1e-4
    np.testing.assert_allclose(result.mesh.bounds, source.bounds, atol=0.01 * SIZE)
    assert result.mesh.volume == pytest.approx(source.volume, rel=1e-3)


def test_sheets_become_plates_thinner_than_a_cell():
    result = clean(soup(), COARSE)
    cell = result.extraction.spacing
    assert result.solid.rule == "flood"
    shape = topology(result.mesh)
    assert (shape.manifold, shape.bodies) == (True, 1)
    sheets = 4.0 + 2 * 1.6  # the boards meet in a line
    thickness = result.mesh.volume / sheets
    assert thickness < 0.2 * cell
    assert thickness == pytest.approx(2 * 1.5e-3 * result.solid.transform.scale, rel=0.05)


def test_points_with_normals_become_a_mesh(rng: np.random.Generator):
    normals = rng.normal(size=(5000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    result = clean(PointCloud(CENTRE + SIZE * normals, normals), COARSE)
    assert topology(result.mesh).manifold
    assert result.mesh.volume == pytest.approx(4 / 3 * np.pi * SIZE**3, rel=0.02)


@pytest.mark.parametrize("ending", ["glb", "obj", "ply", "stl", "off", "3mf"])
def test_other_libraries_find_what_was_written_closed(ending: str, tmp_path):
    path = tmp_path / f"clean.{ending}"
    save_mesh(clean(moved(soup()), COARSE).mesh, path)
    other = trimesh.load_mesh(path, process=ending == "stl")
    assert other.is_watertight
    assert other.is_winding_consistent
    again = load(path)
    assert isinstance(again, TriangleMesh)
    assert Manifold(Mesh64(again.vertices, again.faces.astype(np.uint64))).status() == Error.NoError
    np.testing.assert_allclose(again.bounds, moved(soup()).bounds, atol=0.01 * SIZE)


def test_faces_that_cut_others_are_named():
    result = clean(Box().mesh(), COARSE)
    assert len(result.intersecting) == 0
    with_cuts = type(result)(**{**vars(result), "intersecting": np.array([0, 1])})
    assert "2 faces cut others, near (" in with_cuts.messages[-1]


@pytest.mark.parametrize(("gap", "closed"), [(0.01, True), (0.3, False)])
def test_gaps_that_the_cells_close_are_said(gap: float, closed: bool):
    box = Box(half=(0.5, 0.5, 0.3)).mesh()
    above = np.array([1.0, 1.0, 0.8]) * box.vertices + np.array([0.0, 0.0, 0.54 + gap])
    both = TriangleMesh(
        np.concatenate([box.vertices, above]), np.concatenate([box.faces, box.faces + 8])
    )
    result = clean(both, COARSE)
    assert topology(result.mesh).bodies == (1 if closed else 2)
    assert any("gaps between parts" in message for message in result.messages) == closed


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="must not be negative"):
        CleanConfig(seed=-1)


def test_raw_chairs_come_out_closed(open5):
    for path in sorted((open5 / "raw" / "chair").glob("*.ply"))[:3]:
        result = clean(load(path), CleanConfig(contouring=Contouring(resolution=64)))
        assert topology(result.mesh).manifold
        cell = result.extraction.spacing / result.solid.transform.scale
        assert max(result.to_solid.mean, result.from_solid.mean) < 0.25 * cell
