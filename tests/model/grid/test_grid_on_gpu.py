"""Features on a GPU and their derivatives are those of the reference, on any stream."""

import pytest
import torch
from torch import Tensor

from acutance.model.encodings import Hash, Planes
from acutance.model.grid.feature_grid import encode_fast, encode_plain
from acutance.model.grid.levels import Level, lay_out

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

SHAPES, POINTS = 3, 700

GRIDS = {
    "hash": lay_out([("xyz", 4), ("xyz", 9), ("xyz", 40)], 1024),
    "planes and lines": lay_out([("xyz", 3), ("xy", 8), ("xz", 8), ("yz", 8), ("y", 21)]),
}


def inside_cells(levels: tuple[Level, ...]) -> Tensor:
    """Points away from the faces of all grids, where derivatives jump."""
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(100_000, 3, generator=generator) * 2.2 - 1.1
    for level in levels:
        share = ((0.5 * points + 0.5) * level.resolution).frac().abs()
        points = points[((share > 0.05) & (share < 0.95)).all(dim=1)]
    return points[: SHAPES * POINTS].reshape(SHAPES, POINTS, 3)


def values_and_derivatives(encode, levels: tuple[Level, ...], width: int, device, dtype):
    """Features; their first derivatives in a direction; derivatives of a functional of those."""
    generator = torch.Generator().manual_seed(1)

    def random(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(device, dtype).requires_grad_()

    points = inside_cells(levels).to(device, dtype).requires_grad_()
    tables = random(SHAPES, levels[-1].stop, width)
    features = encode(points, tables, levels)
    cotangent = random(*features.shape)
    first = torch.autograd.grad(features, (points, tables), cotangent, create_graph=True)
    weights = [random(*gradient.shape).detach() for gradient in first]
    total = sum((w * gradient).sum() for w, gradient in zip(weights, first, strict=True))
    return [features, *first, *torch.autograd.grad(total, (points, tables, cotangent))]


def assert_same(found: list[Tensor], expected: list[Tensor]) -> None:
    for ours, reference in zip(found, expected, strict=True):
        scale = float(reference.detach().abs().max())
        difference = (ours.detach().cpu().double() - reference.detach().cpu().double()) / scale
        assert difference.abs().max() < 2e-5


@pytest.mark.parametrize("grids", GRIDS)
@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_features_and_derivatives_to_second_order_are_those_of_the_reference(
    grids: str, width: int
) -> None:
    levels = GRIDS[grids]
    on_gpu = values_and_derivatives(encode_fast, levels, width, "cuda", torch.float32)
    assert all(tensor.is_cuda for tensor in on_gpu)
    plain = values_and_derivatives(encode_plain, levels, width, "cpu", torch.float64)
    assert_same(on_gpu, plain)


def test_features_on_a_stream_of_their_own_are_those_of_the_reference() -> None:
    levels = GRIDS["hash"]
    expected = values_and_derivatives(encode_plain, levels, 2, "cpu", torch.float64)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        torch.cuda._sleep(100_000_000)  # what is not on this stream would be far ahead of it
        found = values_and_derivatives(encode_fast, levels, 2, "cuda", torch.float32)
    stream.synchronize()
    assert_same(found, expected)


@pytest.mark.parametrize("config", [Hash(), Planes()])
def test_the_module_of_an_encoding_moves_to_a_gpu(config: Hash | Planes) -> None:
    module, points = config.build(torch.Generator()), torch.rand(500, 3) * 2 - 1
    on_cpu = module(points)
    on_gpu = module.cuda()(points.cuda())
    assert_same([on_gpu], [on_cpu])
