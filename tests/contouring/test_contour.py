"""From a field to a closed, sharp mesh."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from acutance.contouring.contour import Contouring, extract
from acutance.contouring.finish.specks import drop_specks
from acutance.errors import InputError
from acutance.mesh.creases import crease_lines
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.mesh.weld import weld
from acutance.shapes.analytic import Analytic, Box, Sphere, Torus
from acutance.solid.distance.intersections import intersecting_faces

LOWER, UPPER = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Changed(Analytic):
    """A field that is turned about an odd axis, shifted, scaled and shifted in value."""

    of: Analytic
    angle: float = 0.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    factor: float = 1.0
    offset: float = 0.0

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """The field at the points before they were turned and shifted."""
        axis = torch.tensor([[0.0, -3.0, 2.0], [3.0, 0.0, -1.0], [-2.0, 1.0, 0.0]]) / 14**0.5
        turn = torch.linalg.matrix_exp(self.angle * axis).to(points)
        moved = (points - points.new_tensor(self.shift)) @ turn
        return self.factor * self.of.sdf(moved) + self.offset


@dataclass(frozen=True, kw_only=True)
class Union(Analytic):
    """The union of two fields."""

    one: Analytic
    other: Analytic

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """The lesser value."""
        return torch.minimum(self.one.sdf(points), self.other.sdf(points))


def error(field: Analytic, mesh: TriangleMesh, rng: np.random.Generator) -> np.ndarray:
    """Distance from points of the mesh to the surface of the field."""
    points = sample_surface(mesh, 20_000, rng).points
    return field.sdf(torch.from_numpy(points)).abs().numpy()


@pytest.mark.parametrize("method", ["dual", "marching"])
@pytest.mark.parametrize(
    "field", [Sphere(radius=0.97), Box(), Torus()], ids=["sphere", "box", "torus"]
)
def test_meshes_are_closed_manifolds_of_the_right_volume_and_genus(method: str, field: Analytic):
    result = extract(field, LOWER, UPPER, Contouring(resolution=64, method=method))
    shape = topology(result.mesh)
    volume = {Sphere: 4 / 3 * np.pi * 0.97**3, Box: 0.48, Torus: 2 * np.pi**2 * 0.5 * 0.2**2}
    assert shape.manifold
    assert shape.bodies == 1
    assert shape.degenerate_faces == 0
    assert shape.euler == (0 if isinstance(field, Torus) else 2)
    assert result.mesh.volume == pytest.approx(volume[type(field)], rel=0.01)
    assert result.messages == ()


@pytest.mark.parametrize("angle", [0.0, 0.7, 1.9])
def test_dual_contouring_keeps_the_edges_of_a_box_sharp(angle: float, rng: np.random.Generator):
    field = Changed(of=Box(), angle=angle, shift=(0.01, 0.02, -0.03))
    mesh = extract(field, LOWER, UPPER, Contouring(resolution=64)).mesh
    miss = error(field, mesh, rng)
    assert miss.mean() < 1e-5
    assert np.quantile(miss, 0.99) < 1e-4
    assert mesh.volume == pytest.approx(0.48, rel=1e-4)


@dataclass(frozen=True, kw_only=True)
class Foam(Analytic):
    """Waves of about the size of a cell, inside a ball: cells with several patches."""

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """A product of sines, cut by a ball."""
        waves = torch.sin(points * 47.0).prod(dim=1) / 47.0
        return torch.maximum(waves, points.norm(dim=1) - 0.8)


@pytest.mark.parametrize("field", [Box(), Changed(of=Box(), angle=0.7), Foam()])
def test_vertices_keep_apart_so_that_a_reader_that_welds_finds_the_same_manifold(field: Analytic):
    result = extract(field, LOWER, UPPER, Contouring(resolution=48, safety=3.0))
    welded = weld(result.mesh)
    assert len(welded.vertices) == len(result.mesh.vertices)
    assert topology(welded).manifold


def test_marching_cubes_cuts_the_edges_of_a_box(rng: np.random.Generator):
    field = Changed(of=Box(), angle=0.7)
    mesh = extract(field, LOWER, UPPER, Contouring(resolution=64, method="marching")).mesh
    assert error(field, mesh, rng).max() > 5e-3


def test_the_error_on_a_smooth_surface_falls_with_the_square_of_the_cell(rng: np.random.Generator):
    coarse, fine = (
        error(Torus(), extract(Torus(), LOWER, UPPER, Contouring(resolution=n)).mesh, rng).mean()
        for n in (32, 64)
    )
    assert 3.0 < coarse / fine < 5.0


def test_noise_in_the_normals_does_not_throw_vertices_about(rng: np.random.Generator):
    @dataclass(frozen=True)
    class Rough(Analytic):
        """A turned box with waves of 5e-5, which tilt its normals by 1e-2 rad."""

        of: Analytic

        def sdf(self, points: torch.Tensor) -> torch.Tensor:
            return self.of.sdf(points) + 5e-5 * torch.sin(200.0 * points).sum(dim=1)

    box = Changed(of=Box(), angle=0.7)
    mesh = extract(Rough(box), LOWER, UPPER, Contouring(resolution=64)).mesh
    assert topology(mesh).manifold
    miss = error(box, mesh, rng)
    assert miss.mean() < 1.5e-4
    assert np.quantile(miss, 0.99) < 5e-4


def test_evaluations_are_a_twentieth_of_the_dense_grid_for_a_sphere_that_fills_the_box():
    result = extract(Sphere(radius=0.97), LOWER, UPPER, Contouring(resolution=256))
    assert 20 * result.evaluations < 257**3


def test_a_box_that_is_not_a_cube_has_its_resolution_along_the_longest_side():
    result = extract(
        Box(half=(0.9, 0.2, 0.1)), (-1, -0.3, -0.2), (1, 0.3, 0.2), Contouring(resolution=64)
    )
    np.testing.assert_allclose(result.mesh.bounds, [[-0.9, -0.2, -0.1], [0.9, 0.2, 0.1]], atol=1e-5)


def test_a_shape_that_fills_its_box_exactly_is_not_clipped():
    result = extract(Box(), (-0.5, -0.4, -0.3), (0.5, 0.4, 0.3), Contouring(resolution=50))
    assert result.mesh.volume == pytest.approx(0.48, rel=1e-4)
    assert result.messages == ()


def test_a_box_that_cuts_the_shape_is_enlarged_and_said():
    result = extract(Sphere(radius=0.9), (-0.7,) * 3, (0.7,) * 3, Contouring(resolution=32))
    assert topology(result.mesh).manifold
    np.testing.assert_allclose(np.abs(result.mesh.bounds), 0.9, atol=0.01)
    assert result.messages == (
        "The field has surface beyond the box of the shape, which was made 1.5 times larger: "
        "train it longer.",
    )


def test_specks_are_dropped_and_said():
    speck = Changed(of=Sphere(radius=0.05), shift=(0.8, 0.8, 0.8))
    field = Union(one=Sphere(radius=0.6), other=speck)
    kept = extract(field, LOWER, UPPER, Contouring(resolution=64, keep_parts_above=0.05))
    clean = extract(field, LOWER, UPPER, Contouring(resolution=64, keep_parts_above=0.1))
    assert topology(kept.mesh).bodies == 2
    assert kept.dropped.parts == 0
    assert topology(clean.mesh).bodies == 1
    assert clean.dropped.parts == 1
    assert clean.dropped.faces == len(kept.mesh.faces) - len(clean.mesh.faces)
    assert clean.messages == (
        f"1 floating part of {clean.dropped.faces} faces was dropped as a speck: smaller than "
        "0.1 of the largest part, or of next to no volume.",
    )


def test_a_film_without_volume_is_a_speck_however_wide():
    box = Box(half=(0.5, 0.5, 0.5)).mesh()
    film = np.array([0.4, 0.4, 1e-6]) * box.vertices + 0.2
    both = TriangleMesh(
        np.concatenate([box.vertices, film]),
        np.concatenate([box.faces, box.faces[:, ::-1] + len(box.vertices)]),
    )
    kept, dropped = drop_specks(both, 0.02)
    assert dropped.parts == 1
    assert kept.volume == pytest.approx(1.0)
    assert drop_specks(both, 0.0)[1].parts == 0


@pytest.mark.parametrize("angle", [0.0, 0.3, 0.7, 1.9])
@pytest.mark.parametrize("cells", [4.0, 2.0, 1.2, 0.9, 0.5, 0.2, 0.1])
def test_plates_of_any_thickness_are_whole(cells: float, angle: float, rng: np.random.Generator):
    half = (0.6, 0.5, cells / 48)
    plate = Changed(of=Box(half=half), angle=angle, shift=(0.01, 0.02, -0.03))
    result = extract(plate, LOWER, UPPER, Contouring(resolution=48, keep_parts_above=0.05))
    shape = topology(result.mesh)
    assert shape.manifold
    assert (shape.bodies, shape.euler) == (1, 2)
    assert result.mesh.volume == pytest.approx(8 * np.prod(half), rel=0.03)
    assert error(plate, result.mesh, rng).mean() < 0.01 / 24


def test_a_rod_thinner_than_a_cell_is_whole():
    rod = Changed(of=Box(half=(0.02 / 24, 0.015 / 24, 0.7)), angle=0.6)
    shape = topology(extract(rod, LOWER, UPPER, Contouring(resolution=48)).mesh)
    assert shape.manifold
    assert (shape.bodies, shape.euler) == (1, 2)


@pytest.mark.parametrize("angle", [0.0, 0.3, 1.1])
@pytest.mark.parametrize("thickness", [0.05, 0.3, 0.8])
def test_a_thin_plate_stays_on_the_body_that_it_stands_on(angle: float, thickness: float):
    body = Changed(of=Box(half=(0.2, 0.4, 0.4)), angle=angle)
    centre = torch.linalg.matrix_exp(
        -angle * torch.tensor([[0.0, -3.0, 2.0], [3.0, 0.0, -1.0], [-2.0, 1.0, 0.0]]) / 14**0.5
    )[0]
    plate = Changed(
        of=Box(half=(0.3, 0.3, thickness / 48)),
        angle=angle,
        shift=tuple((0.45 * centre).tolist()),
    )
    mesh = extract(Union(one=body, other=plate), LOWER, UPPER, Contouring(resolution=48)).mesh
    shape = topology(mesh)
    assert shape.manifold
    assert shape.bodies == 1


def test_no_faces_cut_each_other_where_a_thin_sheet_bends_within_a_cell():
    class Wavy(Analytic):
        def sdf(self, points: torch.Tensor) -> torch.Tensor:
            x, y, z = points.unbind(dim=1)
            sheet = (z - 0.15 * torch.sin(6 * x) * torch.cos(6 * y)).abs() - 0.002
            return torch.maximum(sheet, points.abs().amax(dim=1) - 0.8) / 1.9

    mesh = extract(Wavy(), LOWER, UPPER, Contouring(resolution=32)).mesh
    assert topology(mesh).manifold
    assert len(intersecting_faces(mesh)) == 0


def test_normals_that_the_field_does_not_bear_out_make_no_creases(rng: np.random.Generator):
    class Restless(Analytic):
        """A plate with ripples of a hundredth of a cell, whose slopes turn by some 20°."""

        def sdf(self, points: torch.Tensor) -> torch.Tensor:
            place = 400 * points
            ripple = (place - place.round()).abs().sum(dim=1)
            return Box(half=(0.7, 0.6, 0.3)).sdf(points) + 5e-4 * ripple

    mesh = extract(Restless(), LOWER, UPPER, Contouring(resolution=64)).mesh
    lines = crease_lines(mesh, 30.0)
    true = 8 * (0.7 + 0.6 + 0.3)
    assert np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1).sum() == pytest.approx(true, rel=0.15)


def test_the_wall_of_a_void_is_kept():
    class Hollow(Analytic):
        def sdf(self, points: torch.Tensor) -> torch.Tensor:
            return (Sphere(radius=0.6).sdf(points)).abs() - 0.2

    mesh = extract(Hollow(), LOWER, UPPER, Contouring(resolution=64)).mesh
    assert topology(mesh).bodies == 2
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * (0.8**3 - 0.4**3), rel=0.01)


def test_a_part_of_a_steep_field_is_found_again_and_said():
    steep = Changed(of=Sphere(radius=0.15), shift=(0.7, 0.7, 0.7), factor=6.0)
    field = Union(one=Sphere(radius=0.4), other=steep)
    result = extract(field, LOWER, UPPER, Contouring(resolution=64))
    assert topology(result.mesh).bodies == 2
    assert "random points had another sign than the values around them allow" in result.messages[0]


def test_a_field_that_jumps_far_from_its_surface_does_not_make_the_search_dense():
    class Jumping(Analytic):
        """A ball, and beside it a pocket of the wrong sign, at whose border no value is 0."""

        def sdf(self, points: torch.Tensor) -> torch.Tensor:
            distance = Sphere(radius=0.4).sdf(points)
            return torch.where(((points - 0.7).abs() < 0.15).all(dim=1), -distance, distance)

    result = extract(Jumping(), LOWER, UPPER, Contouring(resolution=128))
    assert topology(result.mesh).manifold
    assert result.evaluations < 0.25 * 128**3
    assert "Parts of the surface may still be missing." in result.messages[0]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (
            Changed(of=Sphere(), offset=2.0),
            "The field has no surface in the box from (-1, -1, -1) to (1, 1, 1): its values lie "
            "between 1.5 and 3.34, none of them negative (inside). Either the shape is "
            "thinner than a cell (0.0625): raise the resolution. Or the field is wrong: train it "
            "longer.",
        ),
        (
            Changed(of=Sphere(), factor=-1.0),
            "The field must be positive (outside) around the shape, but it is negative on the "
            "border of the box from (-1, -1, -1) to (1, 1, 1), even of one 3.38 times larger",
        ),
        (
            Changed(of=Sphere(), offset=float("nan")),
            "The field must be finite everywhere, but 4913 of 4913 values are not; its training "
            "has probably diverged: train it again, with a smaller learning rate.",
        ),
    ],
    ids=["no surface", "inverted", "not finite"],
)
def test_a_field_without_a_surface_is_named_as_such(field: Analytic, text: str):
    with pytest.raises(InputError, match=re.escape(text)):
        extract(field, LOWER, UPPER, Contouring(resolution=32))


def test_a_box_without_volume_is_refused():
    with pytest.raises(
        InputError,
        match=re.escape(
            "A box must have a lower corner below its upper corner along x, y and z, but they are "
            "(0, 0, 0) and (1, 1, 0)."
        ),
    ):
        extract(Sphere(), (0, 0, 0), (1, 1, 0))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"resolution": 4}, "The resolution must be from 8 to 2048 cells, but it is 4."),
        ({"safety": 0.5}, "The safety must be from 1 to 100, but it is 0.5."),
        ({"keep_parts_above": 2.0}, "parts are dropped must be from 0 to 1, but it is 2.0."),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], text: str):
    with pytest.raises(InputError, match=re.escape(text)):
        Contouring(**settings)  # type: ignore[arg-type]


class Terrace:
    """A thin plate whose field rises steeply beside it, is nearly flat for a cell, and rises on."""

    cell = 1 / 16
    size = torch.tensor([0.6, 0.6, 0.1 * cell])

    def sdf(self, points):
        outside = (points - torch.tensor([0.0, 0.0, 0.25 * self.cell])).abs() - self.size
        d = outside.clamp(min=0).norm(dim=1) + outside.amax(dim=1).clamp(max=0)
        flat = 0.4 * self.cell + 0.01 * (d - 0.1 * self.cell)
        beyond = 0.411 * self.cell + 2 * (d - 1.2 * self.cell)
        return torch.where(
            d < 0.1 * self.cell, 4 * d, torch.where(d < 1.2 * self.cell, flat, beyond)
        )

    def gradient(self, points):
        points = points.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(self.sdf(points).sum(), points)
        return gradient


def test_a_field_that_is_flat_beside_the_surface_throws_no_vertex_away():
    mesh = extract(Terrace(), (-1, -1, -1), (1, 1, 1), Contouring(resolution=32)).mesh
    assert np.abs(mesh.bounds[:, :2]).max() < 0.6 + Terrace.cell
    assert np.abs(mesh.bounds[:, 2]).max() < Terrace.cell
