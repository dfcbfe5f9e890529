import numpy as np
import pytest
import torch

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.analytic import Box
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.flood import FloodedSolid
from acutance.solid.freespace import FreeSpace

T = 0.01
BOX = Box(half=(0.5, 0.4, 0.3))
SHEET = TriangleMesh(
    np.array([[-0.5, -0.5, 0.0], [0.5, -0.5, 0.0], [0.5, 0.5, 0.0], [-0.5, 0.5, 0.0]]),
    np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32),
)


def flood(mesh: TriangleMesh) -> FloodedSolid:
    return FloodedSolid(SurfaceDistance(mesh), thickness=T, rng=np.random.default_rng(0), cell=0.02)


def merged(*meshes: TriangleMesh) -> TriangleMesh:
    counts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + count for mesh, count in zip(meshes, counts, strict=False)]
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    return TriangleMesh(vertices, np.concatenate(faces).astype(np.int32))


def everywhere(count: int = 20_000) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.9, 0.9, (count, 3))


def test_a_box_becomes_a_box_with_a_skin():
    points = everywhere()
    truth = BOX.sdf(torch.from_numpy(points)).numpy() - T
    np.testing.assert_allclose(flood(BOX.mesh()).distance(points), truth, atol=1e-6)


def test_the_orientation_of_faces_does_not_matter():
    box = BOX.mesh()
    some = np.random.default_rng(0).random(12) < 0.5
    flipped = TriangleMesh(box.vertices, np.where(some[:, None], box.faces[:, ::-1], box.faces))
    points = everywhere()
    np.testing.assert_allclose(
        flood(flipped).distance(points), flood(box).distance(points), atol=1e-6
    )


def test_a_sheet_becomes_a_plate_of_twice_the_thickness():
    points = everywhere()
    truth = Box(half=(0.5, 0.5, 0.0)).sdf(torch.from_numpy(points)).numpy() - T
    np.testing.assert_allclose(flood(SHEET).distance(points), truth, atol=1e-6)
    within = np.array([[0.1, 0.2, 0.004], [0.1, 0.2, -0.004]])
    np.testing.assert_allclose(flood(SHEET).distance(within), 0.004 - T, atol=1e-6)


def test_what_is_hidden_inside_does_not_count():
    inner = TriangleMesh(0.3 * BOX.mesh().vertices, BOX.mesh().faces)
    points = everywhere()
    both = flood(merged(BOX.mesh(), inner))
    np.testing.assert_allclose(both.distance(points), flood(BOX.mesh()).distance(points), atol=1e-6)
    assert len(both.visible.mesh.faces) == 12


def test_a_hole_wider_than_the_ball_lets_outside_in():
    box = BOX.mesh()
    open_box = TriangleMesh(box.vertices, box.faces[2:])  # without one side
    centre = np.zeros((1, 3))
    assert flood(open_box).distance(centre)[0] == pytest.approx(0.3 - T, abs=1e-6)
    assert flood(box).distance(centre)[0] == pytest.approx(-0.3 - T, abs=1e-6)


def test_a_crack_narrower_than_the_ball_keeps_outside_out():
    box = BOX.mesh()
    half_open = TriangleMesh(box.vertices, box.faces[2:])
    lid = box.faces[:2]
    shifted = TriangleMesh(box.vertices - np.array([3.0 * T, 0, 0]), lid)
    assert flood(merged(half_open, shifted)).distance(np.zeros((1, 3)))[0] < 0


def test_samples_lie_on_the_skin_with_its_normals():
    solid = flood(merged(BOX.mesh(), SHEET))
    samples = solid.sample_surface(3000, np.random.default_rng(0))
    assert len(samples.points) == 3000
    np.testing.assert_allclose(solid.distance(samples.points), 0.0, atol=0.02 * T + 1e-6)
    step = 0.25 * T
    ahead = solid.distance(samples.points + step * samples.normals)
    straight = np.abs(ahead - step) < 0.05 * T
    assert straight.mean() > 0.99  # all but those where the sheet meets the box


def test_a_thin_corner_is_found_to_be_outside():
    wedge = np.array([[0.0, -0.5, 0.0], [0.5, -0.5, 0.0], [0.5, -0.5, 0.3]])
    vertices = np.concatenate([wedge, wedge + np.array([0.0, 1.0, 0.0])])
    faces = np.array([[0, 1, 4], [0, 4, 3], [0, 5, 2], [0, 3, 5]], dtype=np.int32)
    space = FreeSpace(SurfaceDistance(TriangleMesh(vertices, faces)), cell=0.01)
    inside_wedge = np.array([[0.03, 0.0, 0.009], [0.2, 0.0, 0.02]])
    region, _ = space.regions(inside_wedge)
    assert np.array_equal(region, [space.outside, space.outside])


def test_faces_of_no_area_are_no_surface():
    flat = TriangleMesh(SHEET.vertices, np.array([[0, 1, 1]], dtype=np.int32))
    with pytest.raises(InputError) as error:
        flood(flat)
    assert str(error.value) == ("A surface needs triangles of positive area; all of them are flat.")
