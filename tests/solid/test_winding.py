import igl
import numpy as np
import pytest
import torch
import trimesh

from acutance.errors import InputError
from acutance.mesh.defects import close_holes, find_defects
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.shapes.analytic import Box
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.mend.repeats import distinct_faces
from acutance.solid.winding import WindingSign, winding_number
from acutance.solid.winding_solid import WindingSolid

CUBE = Box(half=(0.5, 0.5, 0.5)).mesh()


def ball(radius: float = 0.7) -> TriangleMesh:
    mesh = trimesh.creation.icosphere(4, radius=radius)
    return TriangleMesh(np.asarray(mesh.vertices), mesh.faces.astype(np.int32))


def with_hole() -> TriangleMesh:
    whole = ball()
    centres = whole.triangles.mean(axis=1)
    return TriangleMesh(whole.vertices, whole.faces[centres[:, 2] < 0.68])


def two_cubes(shift: tuple[float, float, float], size: float = 1.0) -> TriangleMesh:
    moved = CUBE.vertices * size + np.array(shift)
    vertices = np.concatenate([CUBE.vertices, moved])
    return TriangleMesh(0.6 * vertices, np.concatenate([CUBE.faces, CUBE.faces + 8]))


def everywhere(count: int = 20_000) -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.95, 0.95, (count, 3))


@pytest.mark.parametrize(
    "make", [ball, lambda: close_holes(with_hole()), lambda: two_cubes((0.4, 0.3, 0.2))]
)
def test_regions_give_the_signs_of_evaluating_everywhere(make):
    mesh = make()
    rng = np.random.default_rng(1)
    near = mesh.triangles[rng.integers(len(mesh.faces), size=20_000)].mean(axis=1)
    points = np.concatenate([near + rng.normal(scale=0.01, size=near.shape), everywhere()])
    inside = WindingSign(SurfaceDistance(mesh)).inside(points)
    assert np.array_equal(inside, winding_number(mesh, points) > 0.5)


def test_the_fast_winding_number_is_near_the_exact_one():
    mesh, points = with_hole(), everywhere(2000)
    exact = igl.winding_number(mesh.vertices, mesh.faces.astype(np.int64), points)
    np.testing.assert_allclose(winding_number(mesh, points), exact, atol=0.01)


def test_faces_repeated_with_the_same_orientation_count_once():
    doubled = TriangleMesh(CUBE.vertices, np.concatenate([CUBE.faces, CUBE.faces[:, [1, 2, 0]]]))
    assert np.array_equal(distinct_faces(doubled).faces, CUBE.faces)


def test_faces_repeated_with_opposite_orientation_cancel():
    panel = np.array([[0, 1, 7], [7, 1, 0]], dtype=np.int32)
    mesh = TriangleMesh(CUBE.vertices, np.concatenate([CUBE.faces, panel]))
    assert np.array_equal(distinct_faces(mesh).faces, CUBE.faces)


def test_the_defects_of_a_closed_mesh_are_none():
    assert len(find_defects(CUBE).radii) == 0


def test_the_opening_of_a_hole_has_the_radius_of_its_disc():
    rim = np.sqrt(0.7**2 - 0.68**2)
    defects = find_defects(with_hole())
    assert len(defects.openings) == 1
    assert defects.openings[0] == pytest.approx(rim, rel=0.1)
    assert defects.radii[0] >= defects.openings[0]


def test_overlapping_cubes_have_the_distance_of_their_union():
    mesh = two_cubes((0.5, 0.0, 0.0))  # half of each lies in the other
    solid = WindingSolid(SurfaceDistance(mesh), np.random.default_rng(0))
    points = everywhere()
    union = Box(half=(0.45, 0.3, 0.3))
    truth = union.sdf(torch.from_numpy(points - np.array([0.15, 0.0, 0.0]))).numpy()
    outside = truth > 0
    distance = solid.distance(points)
    assert np.array_equal(distance < 0, truth < 0)
    np.testing.assert_allclose(distance[outside], truth[outside], atol=1e-6)
    samples = solid.sample_surface(2000, np.random.default_rng(0))
    on_union = union.sdf(torch.from_numpy(samples.points - np.array([0.15, 0.0, 0.0]))).numpy()
    np.testing.assert_allclose(on_union, 0.0, atol=1e-6)


def test_a_cube_within_a_cube_does_not_count():
    solid = WindingSolid(SurfaceDistance(two_cubes((0.0, 0.0, 0.0), 0.4)), np.random.default_rng(0))
    points = everywhere()
    truth = Box(half=(0.3, 0.3, 0.3)).sdf(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(solid.distance(points), truth, atol=1e-6)


def test_samples_of_faces_that_are_turned_over_still_have_outward_normals():
    solid = WindingSolid(SurfaceDistance(ball()), np.random.default_rng(0))
    samples = solid.sample_surface(1000, np.random.default_rng(0))
    assert np.einsum("px,px->p", samples.points, samples.normals).min() > 0.6
    assert solid.sample_surface(0, np.random.default_rng(0)).points.shape == (0, 3)


def test_a_mesh_that_holds_nothing_is_refused():
    inside_out = TriangleMesh(CUBE.vertices, CUBE.faces[:, ::-1])
    with pytest.raises(InputError) as error:
        WindingSolid(SurfaceDistance(inside_out), np.random.default_rng(0))
    assert str(error.value) == (
        "Nothing is inside the mesh by its winding number; use the rule 'flood'."
    )


@pytest.mark.parametrize(
    "make", [ball, lambda: close_holes(with_hole()), lambda: two_cubes((0.4, 0.3, 0.2))]
)
def test_the_sign_by_reliable_faces_is_that_of_the_winding_number(make, rng):
    solid = WindingSolid(SurfaceDistance(make()), rng)
    closed = close_holes(make())
    near = sample_surface(closed, 20_000, rng).points + rng.normal(scale=0.01, size=(20_000, 3))
    points = np.concatenate([everywhere(), near])
    distance, number = solid.distance(points), winding_number(closed, points)
    clear = (np.abs(distance) > 1e-5) & (np.abs(number - 0.5) > 0.1)
    assert clear.mean() > 0.99
    assert np.array_equal(distance[clear] < 0, number[clear] > 0.5)
