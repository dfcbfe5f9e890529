import numpy as np
import pytest
import torch

from acutance.shapes.analytic import Box, Cylinder, Sphere, Torus

SOLIDS = [Sphere(), Box(), Torus(), Cylinder(), Cylinder(rounding=0.1)]


@pytest.fixture
def points() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return 2 * torch.rand(2000, 3, generator=generator, dtype=torch.float64) - 1


@pytest.mark.parametrize("solid", SOLIDS, ids=repr)
def test_the_gradient_has_length_one(solid, points):
    torch.testing.assert_close(solid.gradient(points).norm(dim=1), torch.ones(2000).double())


@pytest.mark.parametrize("solid", SOLIDS, ids=repr)
def test_the_gradient_leads_back_to_the_surface(solid, points):
    outside = points[solid.sdf(points) > 0]
    foot = outside - solid.sdf(outside)[:, None] * solid.gradient(outside)
    torch.testing.assert_close(solid.sdf(foot), torch.zeros(len(foot)).double())


def test_distances_of_known_points():
    points = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.8, 0.8, 0.3]])
    torch.testing.assert_close(Sphere().sdf(points[:2]), torch.tensor([-0.5, 0.5]))
    torch.testing.assert_close(Box().sdf(points), torch.tensor([-0.3, 0.5, 0.5]))
    torch.testing.assert_close(Torus().sdf(points[:2]), torch.tensor([0.3, 0.3]))
    torch.testing.assert_close(Cylinder().sdf(points[:2]), torch.tensor([-0.4, 0.6]))


def test_the_mesh_of_a_box_is_the_box():
    mesh = Box(half=(0.5, 0.4, 0.3)).mesh()
    assert mesh.volume == pytest.approx(1.0 * 0.8 * 0.6)
    assert mesh.area == pytest.approx(2 * (0.8 + 0.6 + 0.48))
    assert np.einsum("fx,fx->f", mesh.triangles.mean(axis=1), mesh.face_normals).min() > 0
