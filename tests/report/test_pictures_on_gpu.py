"""Pictures made on a GPU look like those of the CPU."""

import numpy as np
import pytest
import torch

from acutance.report.camera import framing
from acutance.report.pictures import comparison
from acutance.report.render import Stage, View, shade
from acutance.shapes.part import part

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

SIZE = 128


def test_a_view_and_its_light_are_those_of_the_cpu() -> None:
    mesh = part()
    camera = framing(mesh.vertices)
    gpu, cpu = (Stage(mesh, device=device).look(camera, SIZE) for device in ("cuda", "cpu"))
    both = gpu.seen & cpu.seen
    assert (gpu.seen == cpu.seen).mean() > 0.999  # rays along outlines may go either way
    size = float(np.ptp(mesh.vertices, axis=0).max())
    apart = np.linalg.norm(hits(gpu)[both] - hits(cpu)[both], axis=1)
    assert np.quantile(apart, 0.99) < 1e-5 * size
    pictures = [shade(view, camera).astype(int) for view in (gpu, cpu)]
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.5


def hits(view: View) -> np.ndarray:
    """Where every sample hits; NaN where it hits nothing."""
    places = np.full((len(view.seen), 3), np.nan)
    places[view.seen] = view.points
    return places


def test_the_pictures_of_a_report_can_be_made_by_several_threads_on_one_gpu() -> None:
    mesh = part()
    pictures = comparison(
        mesh, mesh, lambda points: np.zeros(len(points)), size=SIZE, device="cuda"
    )
    assert len(pictures) == 5
    assert all(picture.png.startswith(b"\x89PNG") for picture in pictures)
