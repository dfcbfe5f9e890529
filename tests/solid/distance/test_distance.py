import igl
import numpy as np
import pytest
import torch
import trimesh

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.analytic import Box
from acutance.solid.distance import kernels
from acutance.solid.distance.surface_distance import CHUNK, SurfaceDistance

BOX = Box(half=(0.5, 0.4, 0.3))


def mesh_of(vertices, faces) -> TriangleMesh:
    return TriangleMesh(np.asarray(vertices, float), np.asarray(faces, np.int32))


def bumpy() -> TriangleMesh:
    ball = trimesh.creation.icosphere(4)
    waves = np.sin(6 * ball.vertices[:, :1]) * np.cos(5 * ball.vertices[:, 1:2])
    return mesh_of(ball.vertices * (0.7 + 0.1 * waves), ball.faces)


def spike() -> TriangleMesh:
    """A pyramid a thousand times as high as wide, whose apex pseudonormal is delicate."""
    base = 1e-3 * np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
    faces = [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [1, 0, 3], [1, 3, 2]]
    return mesh_of([*base, [0, 0, 0.9]], faces)


def needles() -> TriangleMesh:
    """A cylinder of needles: sides of 1 by 0.001, caps as fans."""
    cylinder = trimesh.creation.cylinder(radius=0.4, height=1.0, sections=2400)
    return mesh_of(cylinder.vertices, cylinder.faces)


def around(mesh: TriangleMesh, count: int = 4000) -> np.ndarray:
    """Points near the surface and all over space, rounded as queries are."""
    rng = np.random.default_rng(0)
    centres = mesh.triangles[rng.integers(len(mesh.faces), size=count)].mean(axis=1)
    near = centres + rng.normal(scale=0.01, size=(count, 3))
    points = np.concatenate([near, rng.uniform(-1, 1, (count, 3))])
    return points.astype(np.float32).astype(float)


@pytest.mark.parametrize("make", [BOX.mesh, bumpy, spike, needles])
def test_signed_distance_equals_that_of_libigl(make):
    mesh, points = make(), around(make())
    kind = igl.SIGNED_DISTANCE_TYPE_PSEUDONORMAL
    peer = igl.signed_distance(points, mesh.vertices, mesh.faces.astype(np.int64), kind)[0]
    np.testing.assert_allclose(SurfaceDistance(mesh).signed(points), peer, atol=1e-6)


@pytest.mark.parametrize("make", [BOX.mesh, bumpy, spike, needles])
def test_the_sign_equals_that_of_the_winding_number(make):
    mesh, points = make(), around(make())
    winding = igl.winding_number(mesh.vertices, mesh.faces.astype(np.int64), points)
    distance = SurfaceDistance(mesh).signed(points)
    off_surface = np.abs(distance) > 1e-6
    assert np.array_equal((distance < 0)[off_surface], (winding > 0.5)[off_surface])


def test_distance_to_a_box_is_exact_level_with_its_edges_and_corners():
    steps = np.array([-0.9, -0.5, -0.4, -0.3, -0.1, 0.0, 0.1, 0.3, 0.4, 0.5, 0.9])
    points = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    truth = BOX.sdf(torch.from_numpy(points)).numpy()
    distance = SurfaceDistance(BOX.mesh()).signed(points)
    np.testing.assert_allclose(distance, truth, atol=1e-6)


def test_loose_triangles_have_the_sign_of_welded_ones():
    welded, points = bumpy(), around(bumpy())
    loose = mesh_of(
        welded.triangles.reshape(-1, 3), np.arange(3 * len(welded.faces)).reshape(-1, 3)
    )
    np.testing.assert_allclose(
        SurfaceDistance(loose).signed(points), SurfaceDistance(welded).signed(points), atol=1e-6
    )


def test_closest_points_lie_on_their_faces_at_the_distance():
    mesh, points = needles(), around(needles())
    closest = SurfaceDistance(mesh).closest(points)
    gap = np.linalg.norm(points - closest.points, axis=1)
    np.testing.assert_allclose(gap, closest.distance, atol=1e-6)
    corner = mesh.triangles[closest.faces, 0]
    on_plane = np.einsum("px,px->p", closest.points - corner, mesh.face_normals[closest.faces])
    np.testing.assert_allclose(on_plane, 0, atol=1e-6)
    assert np.array_equal(closest.distance, SurfaceDistance(mesh).unsigned(points))


def test_a_face_of_no_area_counts_as_its_edges():
    line = mesh_of([[0, 0, 0], [1, 0, 0], [0.5, 0, 0]], [[0, 1, 2]])
    dot = mesh_of([[0, 0, 0]], [[0, 0, 0]])
    point = np.array([[0.25, 0.5, 0.0]])
    assert SurfaceDistance(line).unsigned(point) == pytest.approx(0.5)
    assert SurfaceDistance(dot).unsigned(point) == pytest.approx(np.hypot(0.25, 0.5))


def test_chunks_give_what_single_points_give():
    mesh = BOX.mesh()
    points = np.random.default_rng(1).uniform(-1, 1, (2 * CHUNK + 7, 3))
    distance = SurfaceDistance(mesh).signed(points)
    some = [0, CHUNK - 1, CHUNK, 2 * CHUNK, 2 * CHUNK + 6]
    one_by_one = [SurfaceDistance(mesh).signed(points[i : i + 1])[0] for i in some]
    assert np.array_equal(distance[some], one_by_one)
    assert len(SurfaceDistance(mesh).signed(points[:0])) == 0


def test_float32_points_are_welcome():
    points = around(BOX.mesh())
    distance = SurfaceDistance(BOX.mesh())
    assert np.array_equal(distance.signed(points.astype(np.float32)), distance.signed(points))


def test_a_mesh_without_faces_is_refused():
    empty = TriangleMesh(np.zeros((3, 3)), np.zeros((0, 3), np.int32))
    with pytest.raises(InputError) as error:
        SurfaceDistance(empty)
    assert str(error.value) == "A distance needs at least one triangle; the mesh has none."


def test_the_way_of_a_gpu_gives_the_same():
    mesh, points = bumpy(), np.random.default_rng(0).uniform(-1.5, 1.5, (2000, 3))
    distance = SurfaceDistance(mesh)
    expected = distance.closest(points)
    found = [np.empty_like(part) for part in (expected.distance, expected.points, expected.faces)]
    distance._query_there(kernels.closest_kernel, distance._triangles, points, found)
    np.testing.assert_array_equal(found[0], expected.distance)
    np.testing.assert_array_equal(found[1], expected.points)
