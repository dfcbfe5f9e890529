"""What computes with triangles does so on the device that it was given, and there alone.

The GPU is pretended (see conftest.py); on a real one the results are compared in the tests of each
room, marked `gpu`.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import warp as wp

from acutance.contouring.contour import Contouring
from acutance.contouring.finish.near import near_faces
from acutance.jobs.shape.clean import CleanConfig, clean
from acutance.mesh.mesh import TriangleMesh
from acutance.metrics.measure import SampleCounts, measure
from acutance.model.encodings import Hash, Planes
from acutance.model.grid.feature_grid import encode
from acutance.report.camera import framing
from acutance.report.render import Stage
from acutance.shapes.analytic import Box
from acutance.solid import solid
from acutance.solid.distance import intersections, surface_distance
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.rays import escapes
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.distance.walls import wall_thickness
from acutance.solid.flood import FloodedSolid
from acutance.solid.solid import Solid

BOX = Box(half=(0.5, 0.4, 0.3)).mesh()
POINTS = np.random.default_rng(0).uniform(-1, 1, (100, 3))


def crossing() -> TriangleMesh:
    """A box and another one through it."""
    bar = Box(half=(1.0, 0.1, 0.1)).mesh()
    faces = np.concatenate([BOX.faces, bar.faces + len(BOX.vertices)])
    return TriangleMesh(np.concatenate([BOX.vertices, bar.vertices]), faces)


def looked_at(device: torch.device | str) -> np.ndarray:
    view = Stage(BOX, device=device).look(framing(BOX.vertices), 16)
    return np.concatenate([view.points.ravel(), view.sky])


def of_solid(device: torch.device | str, rule: str) -> np.ndarray:
    solid = Solid.of(crossing(), rule=rule, device=device)
    assert solid.device == torch.device(device)
    samples = solid.sample_surface(50, np.random.default_rng(0))
    return np.concatenate([solid.distance(POINTS), samples.points.ravel()])


def of_flooding(device: torch.device | str) -> np.ndarray:
    surface = SurfaceDistance(BOX, device=device)
    solid = FloodedSolid(surface, thickness=0.02, rng=np.random.default_rng(0), cell=0.05)
    return np.concatenate([solid.distance(POINTS), solid.gradient(POINTS).ravel()])


COMPUTATIONS: dict[str, Callable[[torch.device | str], np.ndarray]] = {
    "unsigned": lambda device: SurfaceDistance(BOX, device=device).unsigned(POINTS),
    "signed": lambda device: SurfaceDistance(BOX, device=device).signed(POINTS),
    "closest": lambda device: SurfaceDistance(BOX, device=device).closest(POINTS).points,
    "intersections": lambda device: intersecting_faces(crossing(), device=device),
    "near faces": lambda device: near_faces(crossing(), 0.0, device=torch.device(device)),
    "rays": lambda device: escapes(BOX, POINTS, device=device),
    "walls": lambda device: wall_thickness(BOX, 50, np.random.default_rng(0), device=device),
    "picture": looked_at,
    "solid by winding": lambda device: of_solid(device, "winding"),
    "solid by flooding": of_flooding,
    "solid by evidence": lambda device: of_solid(device, "auto"),
    "measures": lambda device: np.array(
        measure(
            BOX,
            crossing(),
            lids=BOX,
            counts=SampleCounts(surface=50, chamfer=50, volume=50),
            device=device,
        ).surface.mean
    ),
}

each = pytest.mark.parametrize("name", COMPUTATIONS)


@each
def test_it_runs_on_the_gpu_that_was_asked_for(
    name: str, gpu: torch.device, launched: list[str]
) -> None:
    on_gpu = COMPUTATIONS[name](gpu)
    assert set(launched) == {"cuda:0"}
    np.testing.assert_array_equal(on_gpu, COMPUTATIONS[name]("cpu"))


@each
def test_it_stays_on_the_cpu_where_warp_prefers_a_gpu(
    name: str, gpu: torch.device, launched: list[str]
) -> None:
    COMPUTATIONS[name]("cpu")
    assert set(launched) == {"cpu"}


def test_a_clean_mesh_is_made_on_the_gpu_but_for_what_follows_the_vertices(
    gpu: torch.device, launched: list[str]
) -> None:
    config = CleanConfig(contouring=Contouring(resolution=16), device="cpu")
    on_cpu = clean(BOX, config).mesh
    assert set(launched) == {"cpu"}
    launched.clear()
    on_gpu = clean(BOX, CleanConfig(contouring=Contouring(resolution=16), device="cuda")).mesh
    assert launched.count("cuda:0") > len(launched) / 2
    np.testing.assert_array_equal(on_gpu.vertices, on_cpu.vertices)


@pytest.mark.parametrize("make", [Hash, Planes])
def test_features_stay_on_the_device_of_their_tensors(
    make: type, gpu: torch.device, launched: list[str]
) -> None:
    grid = make().build(torch.Generator())
    points = torch.rand(1, 70, 3).requires_grad_()
    features = encode(points, grid.table[None], grid.levels)
    (to_points,) = torch.autograd.grad(features.sum(), points, create_graph=True)
    torch.autograd.grad(to_points.square().sum(), grid.table)
    assert set(launched) == {"cpu"}


def test_the_points_of_a_chunk_bound_the_memory_on_a_gpu(
    gpu: torch.device, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surface_distance, "GPU_CHUNK", 100)
    distance = SurfaceDistance(BOX, device=gpu)
    assert len(distance.unsigned(np.zeros((201, 3)))) == 201
    assert launched == ["cuda:0"] * 3


@pytest.mark.parametrize("part", ["ray_tree", "array", "zeros"])
def test_faces_on_the_default_device_are_found_before_they_are_read(
    part: str, gpu: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So they were: a launch on the CPU that reads the memory of a GPU ends the process."""
    right = getattr(intersections, part)
    default = torch.device(str(wp.get_device()))
    monkeypatch.setattr(intersections, part, lambda *given, device: right(*given, device=default))
    with pytest.raises(RuntimeError, match="intersecting_kernel is launched on cpu, where its arg"):
        intersecting_faces(BOX)


def test_a_solid_that_forgets_its_device_is_found(
    gpu: torch.device, launched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solid, "SurfaceDistance", lambda mesh, device: SurfaceDistance(mesh))
    Solid.of(BOX, device=gpu).distance(POINTS)
    assert "cpu" in launched
