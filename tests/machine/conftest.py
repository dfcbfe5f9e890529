"""A GPU that Warp and PyTorch believe in, on machines without one.

Warp's device `cuda:0` is a copy of its CPU, so that kernels run; PyTorch says that it has one GPU.
What is left to a default device, or to the CPU, then is on another device than it should be, and
`launch` says so.
"""

import copy
from typing import Any

import numpy as np
import pytest
import torch
import warp as wp

from acutance.machine import devices
from acutance.machine import warp as machine
from acutance.machine.warp_start import start

DISTANCE = "acutance.solid.distance.surface_distance.SurfaceDistance"


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> torch.device:
    """The pretended GPU, Warp's default device as a real one would be."""
    start()
    cpu = wp.get_device("cpu")
    pretended = copy.copy(cpu)
    pretended.alias = "cuda:0"
    monkeypatch.setitem(cpu.runtime.device_map, "cuda:0", pretended)
    monkeypatch.setattr(cpu.runtime, "default_device", pretended)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(devices, "_tried", lambda name, count: torch.device("cuda", 0))
    monkeypatch.setattr(machine, "_loaded", set())
    monkeypatch.setattr(machine, "warp_device", machine.warp_device.__wrapped__)  # nothing cached
    monkeypatch.setattr(f"{DISTANCE}._query_there", _query_there)
    return torch.device("cuda", 0)


def _query_there(self: Any, kernel: Any, triangles: Any, points: Any, results: Any) -> None:
    """Without tensors, which PyTorch could not keep there."""
    queries = machine.array(points.astype(np.float32), wp.vec3, device=self.device)
    outputs = [self._empty_like(result) for result in results]
    machine.launch(kernel, len(points), [triangles, queries, *outputs], device=self.device)
    for result, output in zip(results, outputs, strict=True):
        result[:] = output.numpy()


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The devices of all launches, in order."""
    devices, launch = list[str](), wp.launch

    def remembered(*arguments: Any, device: Any, **options: Any) -> None:
        devices.append(str(device))
        launch(*arguments, device=device, **options)

    monkeypatch.setattr(wp, "launch", remembered)
    return devices
