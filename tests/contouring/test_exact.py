"""Solids contoured from their exact distance: unions whose volume and topology are known."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from manifold3d import Error, Manifold, Mesh64

from acutance.contouring.contour import Contouring, Extraction, extract
from acutance.contouring.exact import ExactField
from acutance.errors import InputError
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Box
from acutance.solid.report import Rule
from acutance.solid.solid import Solid


def random_union(seed: int) -> Manifold:
    """Boxes, balls and cylinders of random sizes, turned and moved; they overlap or stand apart."""
    rng = np.random.default_rng(seed)
    makers: list[Callable[[np.ndarray], Manifold]] = [
        lambda size: Manifold.cube(tuple(2 * size), True),
        lambda size: Manifold.sphere(size[0], 48),
        lambda size: Manifold.cylinder(2 * size[0], size[1], size[2], 48, True),
    ]
    union = Manifold()
    for _ in range(int(rng.integers(2, 6))):
        part = makers[rng.integers(3)](rng.uniform(0.15, 0.5, size=3))
        union += part.rotate(tuple(rng.uniform(0, 360, 3))).translate(
            tuple(rng.uniform(-0.5, 0.5, 3))
        )
    return union


def mesh_of(manifold: Manifold) -> TriangleMesh:
    """Its triangles."""
    mesh = manifold.to_mesh64()
    return TriangleMesh(
        np.array(mesh.vert_properties[:, :3], dtype=np.float64), np.array(mesh.tri_verts, np.int32)
    )


def contoured(solid: Solid, resolution: int) -> Extraction:
    """The surface of its exact distance."""
    config = Contouring(resolution=resolution)
    return extract(ExactField(solid), *solid.bounds, config)


@pytest.mark.parametrize("seed", [0, 2, 4, 6, 8, 12])
def test_a_union_of_solids_keeps_its_volume_and_its_topology(seed: int):
    union = random_union(seed)
    source = mesh_of(union)
    solid = Solid.of(source)
    mesh = solid.transform.mesh_to_input(contoured(solid, 128).mesh)
    shape, given = topology(mesh), topology(source)
    assert shape.manifold
    assert (shape.bodies, shape.euler) == (given.bodies, given.euler)
    assert mesh.volume == pytest.approx(union.volume(), rel=1e-3)
    made = Manifold(Mesh64(mesh.vertices, mesh.faces.astype(np.uint64)))
    assert made.status() == Error.NoError
    assert made.volume() == pytest.approx(mesh.volume)


def cut_open(mesh: TriangleMesh) -> TriangleMesh:
    """A mesh without its last face."""
    return TriangleMesh(mesh.vertices, mesh.faces[:-1])


def cloud_of(mesh: TriangleMesh) -> PointCloud:
    """Oriented points of it."""
    samples = sample_surface(mesh, 20_000, np.random.default_rng(0))
    return PointCloud(samples.points, samples.normals)


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (Box().mesh(), "exact"),
        (cut_open(mesh_of(Manifold.sphere(0.5, 64))), "winding"),
        (Box().mesh(), "flood"),
        (cloud_of(mesh_of(Manifold.sphere(0.5, 64))), "points"),
    ],
    ids=["exact", "winding", "flood", "points"],
)
def test_the_gradient_is_that_of_the_distance(
    source: TriangleMesh | PointCloud, rule: Rule, rng: np.random.Generator
):
    solid = Solid.of(source, rule=rule)
    near = solid.sample_surface(400, rng)
    points = near.points + rng.normal(scale=0.01, size=near.points.shape)
    field, step = ExactField(solid), 1e-3
    gradient = field.gradient(torch.from_numpy(points)).double()
    places = torch.from_numpy(points)
    central = torch.stack(
        [
            (field.sdf(places + step * axis) - field.sdf(places - step * axis)).double()
            for axis in torch.eye(3, dtype=torch.float64)
        ],
        dim=1,
    ) / (2 * step)
    # Across edges and through the surface the differences blend two sides.
    agrees = (gradient * central).sum(dim=1) > 0.98
    assert agrees.double().mean() > 0.9
    # It is zero on the triangles themselves.
    assert ((gradient.norm(dim=1) - 1.0).abs() < 1e-5).double().mean() > 0.99


def test_the_remedy_for_a_field_that_makes_no_sense_is_that_of_the_caller():
    class Nothing:
        """A field that is nowhere negative."""

        def sdf(self, points: torch.Tensor) -> torch.Tensor:
            return points.norm(dim=1) + 1

        def gradient(self, points: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.normalize(points, dim=1)

    with pytest.raises(InputError, match=r"Or the field is wrong: mend the input\.$"):
        extract(Nothing(), [-1.0] * 3, [1.0] * 3, remedy="mend the input")
