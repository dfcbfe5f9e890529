"""Contouring on a device other than the CPU: simulated everywhere, on CUDA where there is one."""

import numpy as np
import pytest
import torch
from devices import DeviceError, simulated_device
from test_contour import LOWER, UPPER, Changed, Foam

from acutance.contouring.contour import Contouring, extract
from acutance.contouring.dual import untangle
from acutance.contouring.exact import ExactField
from acutance.contouring.finish import near
from acutance.contouring.octree import cells as octree_cells
from acutance.contouring.octree.lattice import Lattice
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Analytic, Box, Sphere, Torus
from acutance.solid.solid import Solid
from acutance.types import Field

PLATE = Changed(of=Box(half=(0.6, 0.5, 0.1 / 24)), angle=0.3)


class Wavy(Analytic):
    """A thin sheet that bends within a cell: some of its faces have to be kept from cutting."""

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """A wave, cut by a cube."""
        x, y, z = points.unbind(dim=1)
        sheet = (z - 0.15 * torch.sin(6 * x) * torch.cos(6 * y)).abs() - 0.002
        return torch.maximum(sheet, points.abs().amax(dim=1) - 0.8) / 1.9


@pytest.fixture(autouse=True)
def near_faces_on_the_cpu(monkeypatch):
    """Warp has no simulated device: faces near others are looked for on the CPU."""
    search = near._search

    def on_cpu(*given, device: torch.device):
        return search(*given, device=device if device.type == "cuda" else torch.device("cpu"))

    monkeypatch.setattr(near, "_search", on_cpu)


def on_simulated_device(field: Field, config: Contouring) -> TriangleMesh:
    """The mesh of a field whose tensors are on the simulated device."""
    with simulated_device() as device:
        return extract(field, LOWER, UPPER, config, device=device).mesh


@pytest.mark.parametrize("method", ["dual", "marching"])
@pytest.mark.parametrize(
    "field",
    [
        Sphere(radius=0.6),
        Changed(of=Box(), angle=0.7),
        PLATE,
        Wavy(),
        Foam(),
        ExactField(Solid.of(Box().mesh())),
    ],
    ids=["sphere", "turned box", "thin plate", "wavy sheet", "foam", "solid"],
)
def test_another_device_gives_the_mesh_of_the_cpu(field: Field, method: str):
    config = Contouring(resolution=32, method=method, safety=3.0)
    other, own = on_simulated_device(field, config), extract(field, LOWER, UPPER, config).mesh
    assert np.array_equal(other.faces, own.faces)
    np.testing.assert_allclose(other.vertices, own.vertices, rtol=0, atol=1e-6)


def test_a_wanted_error_is_measured_on_another_device_too():
    config = Contouring(error=5e-3, solid=True)
    other = on_simulated_device(Torus(), config)
    own = extract(Torus(), LOWER, UPPER, config).mesh
    assert np.array_equal(other.vertices, own.vertices)


def test_an_integer_matrix_product_is_found(monkeypatch: pytest.MonkeyPatch):
    def keys(lattice: Lattice, index: torch.Tensor) -> torch.Tensor:
        return index @ torch.tensor(lattice.strides, device=lattice.device)

    monkeypatch.setattr(Lattice, "keys", keys)
    with pytest.raises(DeviceError, match=r"no aten\.mv for torch\.int64"):
        on_simulated_device(Sphere(), Contouring(resolution=16))


def test_indices_that_stay_on_the_cpu_are_found(monkeypatch: pytest.MonkeyPatch):
    cut = untangle._intersecting_vertices
    monkeypatch.setattr(untangle, "_intersecting_vertices", lambda *args: cut(*args).cpu())
    with pytest.raises(DeviceError, match="mixes the devices"):
        on_simulated_device(Wavy(), Contouring(resolution=32))


def test_a_constant_made_without_a_device_is_found(monkeypatch: pytest.MonkeyPatch):
    corners = octree_cells._children_corners
    monkeypatch.setattr(
        octree_cells, "_children_corners", lambda device: corners(torch.device("cpu"))
    )
    with pytest.raises(DeviceError, match="mixes the devices"):
        on_simulated_device(Sphere(), Contouring(resolution=32))


def test_a_numpy_array_of_another_devices_memory_is_found():
    with simulated_device() as device, pytest.raises((RuntimeError, TypeError), match="numpy"):
        torch.zeros(3, device=device).numpy()


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["dual", "marching"])
@pytest.mark.parametrize("field", [Sphere(radius=0.6), Changed(of=Box(), angle=0.7), PLATE])
def test_a_gpu_gives_the_surface_of_the_cpu(field: Analytic, method: str):
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    config = Contouring(resolution=48, method=method)
    other = extract(field, LOWER, UPPER, config, device="cuda").mesh
    own = extract(field, LOWER, UPPER, config).mesh
    assert (topology(other).manifold, topology(other).euler) == (True, topology(own).euler)
    assert abs(len(other.vertices) - len(own.vertices)) <= 0.01 * len(own.vertices)
    assert other.volume == pytest.approx(own.volume, rel=1e-4)
    np.testing.assert_allclose(other.bounds, own.bounds, atol=1e-4)
    samples = [sample_surface(mesh, 5000, np.random.default_rng(0)).points for mesh in (other, own)]
    errors = [field.sdf(torch.from_numpy(points)).abs().quantile(0.99) for points in samples]
    assert errors[0] <= 1.1 * errors[1] + 1e-5
