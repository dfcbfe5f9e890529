"""Few triangles, one solid, a wanted error: what is done with a surface once it is there."""

import numpy as np
import pytest
import torch
from test_contour import Changed, Union

from acutance.contouring.contour import Contouring, extract
from acutance.contouring.finish.simplify import simplified
from acutance.contouring.finish.solidify import solidify
from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Analytic, Box, Sphere, Torus

LOWER, UPPER = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)


class HollowBallAndSpeck(Analytic):
    """A ball with a void in it, and a small ball beside it."""

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """Distance to the nearest of the three surfaces."""
        ball = Sphere(radius=0.5).sdf(points)
        hollow = torch.maximum(ball, 0.2 - points.norm(dim=1))
        return torch.minimum(hollow, (points - points.new_tensor([0.8, 0, 0])).norm(dim=1) - 0.1)


def test_flat_regions_get_few_triangles_and_edges_stay_sharp():
    mesh = extract(Box(), LOWER, UPPER, Contouring(resolution=64)).mesh
    few = simplified(mesh, 1e-4)
    assert topology(few).manifold
    assert len(few.faces) < 0.05 * len(mesh.faces)
    assert few.volume == pytest.approx(0.48, rel=1e-4)


@pytest.mark.parametrize("tolerance", [3e-4, 1e-3])
def test_a_simplified_surface_moves_by_no_more_than_the_tolerance(
    tolerance: float, rng: np.random.Generator
):
    mesh = extract(Torus(), LOWER, UPPER, Contouring(resolution=64)).mesh
    few = simplified(mesh, tolerance)
    assert len(few.faces) < len(mesh.faces)
    own = Torus().sdf(torch.from_numpy(sample_surface(mesh, 5000, rng).points)).abs().max()
    miss = Torus().sdf(torch.from_numpy(sample_surface(few, 5000, rng).points)).abs().max()
    assert miss < own + tolerance


def test_one_solid_has_no_void_and_no_floating_part():
    result = extract(HollowBallAndSpeck(), LOWER, UPPER, Contouring(resolution=64, solid=True))
    shape = topology(result.mesh)
    assert (shape.manifold, shape.bodies) == (True, 1)
    assert result.mesh.volume == pytest.approx(4 / 3 * np.pi * 0.5**3, rel=0.01)
    solidity = result.solidity
    assert solidity is not None
    assert (solidity.parts, solidity.voids) == (1, 1)
    said = " ".join(result.all_messages)
    assert "1 other part with 0.8" in said
    assert "1 inner void was filled" in said


def test_without_being_asked_nothing_is_taken_away():
    result = extract(HollowBallAndSpeck(), LOWER, UPPER, Contouring(resolution=64))
    assert topology(result.mesh).bodies == 3
    assert result.solidity is None


def test_walls_are_told_in_the_units_of_the_input():
    plate = Box(half=(0.6, 0.5, 0.02))
    result = extract(plate, LOWER, UPPER, Contouring(resolution=64, solid=True))
    moved = result.moved(Similarity(centre=(1.0, 2.0, 3.0), scale=50.0))
    assert moved.solidity is not None
    assert moved.solidity.thinnest == pytest.approx(2.0, rel=1e-2)
    assert "The thinnest walls are 2.00 thick" in moved.all_messages[-1]
    assert moved.spacing == pytest.approx(50 * result.spacing)


def test_a_mesh_turned_inside_out_is_no_solid():
    box = Box().mesh()
    with pytest.raises(InputError, match="There is no solid"):
        solidify(TriangleMesh(box.vertices, np.ascontiguousarray(box.faces[:, ::-1])))


@pytest.mark.parametrize("error", [3e-3, 2e-4])
def test_an_error_decides_the_resolution(error: float, rng: np.random.Generator):
    result = extract(Torus(), LOWER, UPPER, Contouring(error=error))
    miss = Torus().sdf(torch.from_numpy(sample_surface(result.mesh, 20_000, rng).points)).abs()
    assert miss.quantile(0.99) < 1.05 * error
    assert result.messages == ()
    assert topology(result.mesh).manifold


def test_a_smaller_error_takes_more_triangles():
    coarse, fine = (
        len(extract(Torus(), LOWER, UPPER, Contouring(error=error)).mesh.faces)
        for error in (3e-3, 3e-4)
    )
    assert fine > 3 * coarse


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"error": 0.0}, "The error must be from 1e-05 to 0.5"),
        ({"simplify": 2.0}, "simplify must be from 0 to 1 cell"),
    ],
)
def test_settings_that_cannot_be_are_refused(options: dict[str, float], text: str):
    with pytest.raises(InputError, match=text):
        Contouring(**options)  # type: ignore[arg-type]


def test_vertices_of_a_simplified_mesh_keep_apart():
    tips = Union(
        one=Changed(of=Box(half=(0.3, 0.3, 0.3)), shift=(-0.3, -0.3, 0.0)),
        other=Changed(of=Box(half=(0.3, 0.3, 0.3)), shift=(0.3, 0.3, 0.0)),
    )
    few = simplified(extract(tips, LOWER, UPPER, Contouring(resolution=64)).mesh, 1e-3)
    assert len(np.unique(few.vertices, axis=0)) == len(few.vertices)
    assert topology(few).manifold


def test_an_open_mesh_is_not_simplified_away():
    box = Box().mesh()
    opened = box.with_faces(box.faces[1:])
    assert np.array_equal(simplified(opened, 1e-3).faces, opened.faces)
