"""Distances, rays and cuts on a GPU are those of the CPU."""

import numpy as np
import pytest
import torch
import trimesh
import warp as wp

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.analytic import Box
from acutance.shapes.part import part
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.rays import escapes
from acutance.solid.distance.surface_distance import CHUNK, SurfaceDistance
from acutance.solid.distance.walls import wall_thickness
from acutance.solid.solid import Solid

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


def bumpy() -> TriangleMesh:
    """A closed mesh of 5,120 faces."""
    ball = trimesh.creation.icosphere(4)
    waves = np.sin(6 * ball.vertices[:, :1]) * np.cos(5 * ball.vertices[:, 1:2])
    return TriangleMesh(ball.vertices * (0.7 + 0.1 * waves), ball.faces.astype(np.int32))


def crossing() -> TriangleMesh:
    """Two boxes through each other, turned so that no edge lies in a face."""
    box, bar = Box(half=(0.5, 0.4, 0.3)).mesh(), Box(half=(0.9, 0.1, 0.1)).mesh()
    turned = trimesh.transformations.euler_matrix(0.3, 0.2, 0.1)[:3, :3]
    return TriangleMesh(
        np.concatenate([box.vertices, bar.vertices @ turned.T]),
        np.concatenate([box.faces, bar.faces + len(box.vertices)]),
    )


def around(mesh: TriangleMesh, count: int) -> np.ndarray:
    """Points near the surface and all over space."""
    rng = np.random.default_rng(0)
    centres = mesh.triangles[rng.integers(len(mesh.faces), size=count // 2)].mean(axis=1)
    near = centres + rng.normal(scale=0.01, size=centres.shape)
    return np.concatenate([near, rng.uniform(-1, 1, (count - len(near), 3))])


def test_distances_with_and_without_a_sign_and_closest_points_are_those_of_the_cpu() -> None:
    mesh, points = bumpy(), around(bumpy(), CHUNK + 1000)
    gpu, cpu = SurfaceDistance(mesh, device="cuda"), SurfaceDistance(mesh)
    np.testing.assert_allclose(gpu.unsigned(points), cpu.unsigned(points), atol=1e-6)
    np.testing.assert_allclose(gpu.signed(points), cpu.signed(points), atol=1e-6)
    closest = gpu.closest(points)
    np.testing.assert_allclose(closest.distance, cpu.unsigned(points), atol=1e-6)
    # Which of two points at the same distance is the closest depends on rounding.
    np.testing.assert_allclose(
        np.linalg.norm(points - closest.points, axis=1), closest.distance, atol=1e-6
    )
    np.testing.assert_allclose(cpu.unsigned(closest.points.astype(float)), 0.0, atol=1e-6)
    on_faces = np.einsum(
        "px,px->p",
        closest.points - mesh.triangles[closest.faces, 0],
        mesh.face_normals[closest.faces],
    )
    np.testing.assert_allclose(on_faces, 0.0, atol=1e-6)


def test_more_points_take_no_more_memory() -> None:
    distance = SurfaceDistance(bumpy(), device="cuda")
    device = wp.get_device(str(distance.device))
    if not device.is_mempool_enabled:
        pytest.skip("only Warp's memory pools know their high water")
    points = around(bumpy(), 4 * CHUNK)
    distance.closest(points[:CHUNK])
    before = wp.get_mempool_used_mem_high(device)
    distance.closest(points)
    assert wp.get_mempool_used_mem_high(device) <= before + 2**20


def test_faces_that_cut_others_are_those_of_the_cpu() -> None:
    found = intersecting_faces(crossing(), device="cuda")
    assert len(found) > 0
    np.testing.assert_array_equal(found, intersecting_faces(crossing()))
    assert len(intersecting_faces(bumpy(), device="cuda")) == 0


def test_rays_escape_as_on_the_cpu() -> None:
    mesh = part()
    size = float(np.ptp(mesh.vertices, axis=0).max())
    points = mesh.bounds.mean(axis=0) + size * around(bumpy(), 4000)
    differs = escapes(mesh, points, device="cuda") != escapes(mesh, points)
    assert differs.mean() < 2e-3  # rays along edges may go either way


def test_walls_are_as_thick_as_on_the_cpu() -> None:
    plate = Box(half=(0.6, 0.5, 0.01)).mesh()
    gpu, cpu = (
        wall_thickness(plate, 5000, np.random.default_rng(0), device=device)
        for device in ("cuda", "cpu")
    )
    levels = [0.0, 0.25, 0.5, 0.75, 1.0]
    np.testing.assert_allclose(np.quantile(gpu, levels), np.quantile(cpu, levels), rtol=1e-3)


@pytest.mark.parametrize("rule", ["auto", "winding", "flood"])
def test_a_solid_is_that_of_the_cpu(rule: str) -> None:
    gpu, cpu = (Solid.of(part(), rule=rule, device=device) for device in ("cuda", "cpu"))
    assert gpu.rule == cpu.rule
    assert gpu.device.type == "cuda"
    points = np.random.default_rng(0).uniform(-1, 1, (5000, 3))
    differs = np.abs(gpu.distance(points) - cpu.distance(points)) > 1e-5
    assert differs.mean() < 2e-3  # flooding tells some points at seams apart by rounding
