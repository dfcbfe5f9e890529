"""Long thin shapes and thin walls keep their volume; an error is reached both ways or told."""

import numpy as np
import pytest
import torch
from manifold3d import Manifold

from acutance.contouring.contour import Contouring, Extraction, extract
from acutance.contouring.deviation import field_deviation
from acutance.contouring.exact import ExactField
from acutance.contouring.octree.lattice import Probe
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Analytic, Box, Sphere
from acutance.solid.solid import Solid

TURN = (20.0, 30.0, 40.0)
"""Degrees about x, y and z: no side stays along an axis."""


def contoured(shape: Manifold, config: Contouring) -> tuple[TriangleMesh, Extraction]:
    """The mesh of its exact distance, in its own frame, and what was said."""
    mesh = shape.to_mesh64()
    solid = Solid.of(
        TriangleMesh(np.array(mesh.vert_properties[:, :3]), np.array(mesh.tri_verts, np.int32))
    )
    extraction = extract(ExactField(solid), *solid.bounds, config)
    return solid.transform.mesh_to_input(extraction.mesh), extraction


def tube(length: float, wall: float) -> Manifold:
    """Of radius 1."""
    bore = Manifold.cylinder(2 * length, 1 - wall, 1 - wall, 48, center=True)
    return Manifold.cylinder(length, 1, 1, 48, center=True) - bore


def frame() -> Manifold:
    """The twelve edges of a cube of 60 as bars of 1 × 1."""
    cube = Manifold.cube((60, 60, 60), center=True)
    for size in ((58, 58, 62), (58, 62, 58), (62, 58, 58)):
        cube -= Manifold.cube(size, center=True)
    return cube


@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), TURN], ids=["along the axes", "turned"])
@pytest.mark.parametrize(
    "shape",
    [Manifold.cube((1, 1, 120), True), Manifold.cylinder(80, 0.5, 0.5, 24, True)],
    ids=["rod", "wire"],
)
def test_long_thin_shapes_keep_their_volume(shape: Manifold, turn: tuple[float, float, float]):
    """At this resolution a cell along the longest side is as thick as the shape, or thicker."""
    shape = shape.rotate(turn)
    mesh, _ = contoured(shape, Contouring(resolution=64))
    assert topology(mesh).manifold
    assert topology(mesh).bodies == 1
    assert mesh.volume == pytest.approx(shape.volume(), rel=0.02)


def test_a_long_tube_keeps_its_bore_and_the_volume_of_its_wall():
    shape = tube(length=100, wall=0.2)
    mesh, _ = contoured(shape, Contouring(resolution=64))
    assert topology(mesh).euler == 0
    assert mesh.volume == pytest.approx(shape.volume(), rel=0.04)


@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), TURN], ids=["along the axes", "turned"])
def test_bars_as_thick_as_a_cell_keep_their_volume(turn: tuple[float, float, float]):
    """Nearly all of their cells hold creases, which are no noise of the field."""
    shape = frame().rotate(turn)
    length = np.ptp(np.array(shape.bounding_box()).reshape(2, 3), axis=0).max()
    mesh, extraction = contoured(shape, Contouring(resolution=int(length)))
    assert np.ptp(extraction.mesh.bounds, axis=0).max() / extraction.spacing < length + 2
    assert mesh.volume == pytest.approx(shape.volume(), rel=0.03)


def test_a_compact_shape_has_the_cells_that_were_asked_for():
    _, extraction = contoured(Manifold.cube((3, 2, 1)), Contouring(resolution=32))
    along = np.ptp(extraction.mesh.bounds, axis=0).max() / extraction.spacing
    assert along == pytest.approx(32, abs=0.5)


def test_a_deviation_sees_surface_that_a_mesh_has_lost():
    """The mesh has one of two boxes: only the way from the field to the mesh shows that."""
    boxes = Manifold.cube((1, 1, 1), True) + Manifold.cube((1, 1, 1), True).translate((2, 0, 0))
    mesh = boxes.to_mesh64()
    solid = Solid.of(
        TriangleMesh(np.array(mesh.vert_properties[:, :3]), np.array(mesh.tri_verts, np.int32))
    )
    field = ExactField(solid)
    made = extract(field, *solid.bounds, Contouring(resolution=32))
    kept = made.mesh.with_faces(made.mesh.faces[(made.mesh.triangles[:, :, 0] < 0).all(axis=1)])
    near = solid.sample_surface(2000, np.random.default_rng(0)).points
    deviation = field_deviation(Probe(field, 1 << 16), kept, torch.from_numpy(near), made.spacing)
    assert np.quantile(deviation.to_field, 0.99) < 0.01 * made.spacing
    assert np.quantile(deviation.to_mesh, 0.99) > 10 * made.spacing


def test_an_error_holds_for_the_surface_that_is_hard_to_find():
    """A block with a wire that is thinner than a cell of the coarsest resolution."""
    shape = Manifold.cube((10, 10, 10), True) + Manifold.cylinder(12, 0.02, 0.02, 16).rotate(
        (10.0, 20.0, 0.0)
    )
    mesh, extraction = contoured(shape, Contouring(error=2e-3))
    assert extraction.messages == ()
    assert mesh.volume == pytest.approx(shape.volume(), rel=1e-3)


def test_an_error_that_is_not_reached_is_told_with_both_ways(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("acutance.contouring.fineness.RESOLUTIONS", (8, 16))
    result = extract(Sphere(), [-1.0] * 3, [1.0] * 3, Contouring(error=1e-5))
    assert len(result.messages) == 1
    assert "of the surface, and 99 % of the surface within" in result.messages[0]


class Speckled(Analytic):
    """Small balls all over the box, and a rod among them."""

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """Distance to the nearest of them; the balls stand a quarter apart."""
        nearest = (4 * points).round() / 4
        specks = (points - nearest).norm(dim=1) - 0.04
        specks = torch.where((nearest.abs() < 0.9).all(dim=1), specks, 0.1)
        rod = torch.maximum(points[:, :2].norm(dim=1) - 0.04, points[:, 2].abs() - 0.9)
        return torch.minimum(specks, rod)


def test_cells_are_not_made_smaller_for_a_thin_part_among_many_specks():
    """They would be spent on the specks, all over the box."""
    config = Contouring(resolution=64, keep_parts_above=0.5)
    result = extract(Speckled(), [-1.0] * 3, [1.0] * 3, config)
    assert result.dropped.parts > 100
    assert result.spacing == pytest.approx(2 / 64)


def test_a_field_on_whose_surface_no_point_can_be_found_has_a_deviation():
    class Jump(Analytic):
        """Its value is never near zero."""

        def sdf(self, points: torch.Tensor) -> torch.Tensor:
            return torch.where(points.norm(dim=1) < 0.5, -1.0, 1.0) + 0.0 * points.sum(dim=1)

    near = torch.rand(50, 3, dtype=torch.float64)
    deviation = field_deviation(Probe(Jump(), 1000), Box().mesh(), near, 0.1)
    assert np.isfinite(deviation.p99)
