"""Launches of Warp: on the device of their arrays, in parts, on the right stream."""

from unittest.mock import Mock

import numpy as np
import pytest
import torch
import warp as wp

from acutance.machine import warp as machine
from acutance.machine.devices import CPU
from acutance.machine.warp import array, empty, launch, launch_in_parts, ray_tree, zeros
from acutance.model.encodings import Hash
from acutance.model.grid import lookup
from acutance.model.grid.feature_grid import encode
from acutance.solid.distance import kernels

CORNERS, FACES = np.eye(3), np.array([[0, 1, 2]])


def launch_rays(tree_on: torch.device, others_on: torch.device, on: torch.device) -> np.ndarray:
    """Whether rays along x and −x, from −1 on the diagonal of xyz, miss the triangle."""
    points = array(np.full((1, 3), -1.0, np.float32), wp.vec3, device=others_on)
    ways = array(np.array([[1, 1, 1]], np.float32), wp.vec3, device=others_on)
    free = empty(1, wp.bool, device=others_on)
    arguments = [ray_tree(CORNERS, FACES, device=tree_on), points, ways, free]
    launch(kernels.escape_kernel, 1, arguments, device=on)
    return free.numpy()


def triangles(on: torch.device) -> object:
    """The struct of kernels, its arrays on a device."""
    made = kernels.Triangles()
    made.boxes = array(np.array([[[0, 0, 0], [1, 1, 1]]], np.float32), wp.vec3, device=on)
    made.corners = array(CORNERS[None].astype(np.float32), wp.vec3, device=on)
    made.sides = array(np.zeros((1, 4, 3), np.float32), wp.vec3, device=on)
    made.faces = zeros(1, wp.int32, device=on)
    return made


def test_a_launch_with_everything_on_its_device_runs(gpu: torch.device) -> None:
    assert not launch_rays(CPU, CPU, CPU)[0]
    assert not launch_rays(gpu, gpu, gpu)[0]


def test_a_tree_on_another_device_is_found(gpu: torch.device) -> None:
    with pytest.raises(RuntimeError) as error:
        launch_rays(gpu, CPU, CPU)
    assert str(error.value) == (
        "escape_kernel is launched on cpu, where its argument mesh is not: make all arrays of a "
        "launch on its device."
    )


def test_an_array_on_another_device_is_found(gpu: torch.device) -> None:
    with pytest.raises(RuntimeError, match="launched on cuda:0, where its argument points is not"):
        launch_rays(gpu, CPU, gpu)


def test_an_array_in_a_struct_on_another_device_is_found(gpu: torch.device) -> None:
    def distance(struct: object, on: torch.device) -> np.ndarray:
        points = array(np.zeros((1, 3), np.float32), wp.vec3, device=on)
        found = empty(1, wp.float32, device=on)
        launch(kernels.unsigned_kernel, 1, [struct, points, found], device=on)
        return found.numpy()

    assert np.isfinite(distance(triangles(CPU), CPU)).all()
    assert np.isfinite(distance(triangles(gpu), gpu)).all()
    with pytest.raises(RuntimeError, match="unsigned_kernel is launched on cuda:0, where its arg"):
        distance(triangles(CPU), gpu)
    one_elsewhere = triangles(CPU)
    one_elsewhere.faces = zeros(1, wp.int32, device=gpu)
    with pytest.raises(RuntimeError, match="unsigned_kernel is launched on cpu, where its arg"):
        distance(one_elsewhere, CPU)


def test_an_array_on_the_default_device_is_found(gpu: torch.device) -> None:
    arguments = [triangles(CPU), wp.zeros(1, dtype=wp.vec3), zeros(1, wp.float32, device=CPU)]
    with pytest.raises(RuntimeError, match="where its argument points is not"):
        launch(kernels.unsigned_kernel, 1, arguments, device=CPU)


@pytest.mark.parametrize("count", [0, 1, machine.SMALLEST_PART, 5 * machine.SMALLEST_PART + 3])
def test_the_parts_of_a_launch_are_all_of_it(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = list[tuple[int, int]]()
    monkeypatch.setattr(machine, "cores", lambda: 3)
    monkeypatch.setattr(
        machine, "launch", lambda kernel, count, rest, device: parts.append((rest[0], count))
    )
    launch_in_parts(kernels.intersecting_kernel, count, [None], device=CPU)
    threads = [first + index for first, size in parts for index in range(size)]
    assert sorted(threads) == list(range(count))
    assert len(parts) == -(-count // machine.SMALLEST_PART)


def test_a_gpu_takes_a_launch_as_one(gpu: torch.device, launched: list[str]) -> None:
    count = 10 * machine.SMALLEST_PART
    cut = zeros(count, wp.int32, device=gpu)
    faces = array(np.zeros((count, 3), np.int32), wp.vec3i, device=gpu)
    vertices = array(CORNERS, wp.vec3d, device=gpu)
    tree = ray_tree(CORNERS + 9.0, FACES, device=gpu)
    arguments = [tree, vertices, faces, 0.0, cut]
    launch_in_parts(kernels.intersecting_kernel, count, arguments, device=gpu)
    assert launched == ["cuda:0"]


def test_a_stream_of_pytorch_becomes_one_of_warp_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (Mock(spec=torch.cuda.Stream) for _ in range(2))
    made = list[object]()
    monkeypatch.setattr(wp, "stream_from_torch", lambda stream: made.append(stream) or object())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: first)
    device = torch.device("cuda", 0)
    assert machine.torch_stream(device) is machine.torch_stream(device)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: second)
    assert machine.torch_stream(device) is machine.torch_stream(device)
    assert made == [first, second]
    machine._stream.cache_clear()


def test_the_cpu_has_no_streams() -> None:
    assert machine.torch_stream(CPU) is None


def test_features_are_looked_up_on_the_stream_of_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    streams, stream = list[object](), object()
    monkeypatch.setattr(lookup, "torch_stream", lambda device: stream)
    monkeypatch.setattr(lookup, "launch", lambda *_, stream, **__: streams.append(stream))
    grid = Hash(levels=2, base_resolution=2, finest_resolution=4).build(torch.Generator())
    encode(torch.zeros(1, 5, 3), grid.table.detach()[None], grid.levels)
    assert set(streams) == {stream}
