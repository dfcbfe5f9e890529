"""What a GPU is used for, beside what it could do.

    python -m benchmarks.gpu [--device cuda] [--only grid] [--shapes 500] [--seconds 20]

Every rate is the median of some repetitions, after the device has been waited for. The first rows
are the machine's own limits: matrix products and copies. A space is trained on procedural chairs
that are prepared first, with all cores.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
import tyro
from rich.console import Console
from torch import Tensor, nn

from acutance.contouring.contour import Contouring
from acutance.data.batches import Batches
from acutance.data.datasets.procedural import procedural_shapes
from acutance.data.pool import Pool, Sampling
from acutance.data.preparation import Preparation
from acutance.data.store import SampleStore
from acutance.jobs.prepare import prepare
from acutance.jobs.shape.fit import FitConfig, fit_shape
from acutance.jobs.space.config import TrainConfig
from acutance.jobs.space.evaluate import EvaluateConfig, evaluate
from acutance.jobs.space.train import train
from acutance.machine.description import machine_line
from acutance.machine.devices import choose_device
from acutance.machine.tuning import repeatable
from acutance.model.activations import Sine
from acutance.model.decoder import DecoderConfig
from acutance.model.encodings import Hash, Identity
from acutance.model.grid.feature_grid import encode_fast, encode_plain
from acutance.shapes.part import part
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.training.adam import adam
from acutance.training.objective import Objective
from acutance.training.schedule import Budget
from acutance.training.shape.step import Steps
from acutance.training.space.presets import SPACE_PRESETS
from acutance.training.space.trainer import SpaceTrainer

SIREN = DecoderConfig(encoding=Identity(), activation=Sine(), width=256, depth=5)
PRESETS = ("many", "deformed", "siren", "deepsdf")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    device: str = "cuda"
    """Where."""
    only: str = ""
    """Only sections whose name contains this."""
    points: int = 1 << 20
    """Points of a call."""
    shapes: int = 500
    """Known chairs of the space; a tenth as many are kept aside."""
    seconds: float = 20.0
    """Training of a space."""
    store: Path | None = None
    """A prepared store to take instead of procedural chairs."""


Row = tuple[str, str, str]
"""What, how fast, and beside what."""


def median_seconds(action: Callable[[], object], device: torch.device, repeats: int = 10) -> float:
    """Median time of an action, the device's work included."""
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    for _ in range(3):
        action()
    times = []
    for _ in range(repeats):
        wait()
        start = time.perf_counter()
        action()
        wait()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def limits(arguments: Arguments, device: torch.device) -> Iterator[Row]:
    """Matrix products and copies."""
    size = 8192 if device.type == "cuda" else 1024
    for dtype in (torch.float32, torch.bfloat16):
        a = torch.randn(size, size, device=device, dtype=dtype)
        seconds = median_seconds(partial(torch.matmul, a, a), device)
        yield f"matrix product, {dtype}", f"{2e-12 * size**3 / seconds:.1f} TFLOP/s", ""
    a = torch.randn(size * size, device=device)
    seconds = median_seconds(a.clone, device)
    yield "copy", f"{8e-9 * len(a) / seconds:.0f} GB/s", "read and written"


def siren(arguments: Arguments, device: torch.device) -> Iterator[Row]:
    """Training steps of SIREN, and of the same network in plain PyTorch."""
    pool = near_sphere(arguments.points, device)
    network = SIREN.build(torch.Generator()).to(device)
    flop = 6.0 * sum(weights.numel() for weights in network.parameters()) * arguments.points
    batch = slice(0, arguments.points)
    with repeatable(shared=device.type == "cpu").team() as team:
        for bfloat16 in (False, True):
            tuned = replace(team, tuning=replace(team.tuning, bfloat16=bfloat16))
            steps = Steps.of(network, pool, Objective(), tuned)
            seconds = median_seconds(partial(steps.take, batch, 0.0), device)
            name = "bfloat16" if bfloat16 else "float32"
            yield (
                f"SIREN 5 × 256, a step, {name}",
                rate(arguments.points, seconds),
                flops(flop, seconds),
            )
    seconds = median_seconds(plain_siren_step(pool, device), device)
    yield (
        "the same in plain PyTorch, float32",
        rate(arguments.points, seconds),
        flops(flop, seconds),
    )


def plain_siren_step(pool: Pool, device: torch.device) -> Callable[[], None]:
    """A step as anyone would write it."""
    layers = [nn.Linear(a, b) for a, b in ((3, 256), *[(256, 256)] * 4, (256, 1))]
    network = nn.ModuleList(layers).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-6)

    def step() -> None:
        values = pool.points
        for layer in layers[:-1]:
            values = torch.sin(30.0 * layer(values))
        loss = (layers[-1](values)[:, 0] - pool.sdf).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def grid(arguments: Arguments, device: torch.device) -> Iterator[Row]:
    """The hash grid: features and back, and the same with normals."""
    table = Hash().build(torch.Generator()).to(device)
    points = near_sphere(arguments.points, device).points
    for name, encode, count in (
        ("kernels", encode_fast, arguments.points),
        ("plain PyTorch", encode_plain, arguments.points // 8),
    ):
        some = points[None, :count]
        back = partial(_backward, encode, some, table)
        yield (
            f"hash grid, forward and backward, {name}",
            rate(count, median_seconds(back, device)),
            "",
        )
        back = partial(_backward_of_gradient, encode, some, table)
        yield f"the same with normals, {name}", rate(count, median_seconds(back, device)), ""
    optimizer = adam(table.parameters(), device)
    table.table.grad = torch.zeros_like(table.table)
    seconds = median_seconds(optimizer.step, device)
    yield "Adam of its table", f"{1e3 * seconds:.2f} ms", f"{table.table.numel():,} numbers"


def _backward(encode: Callable[..., Tensor], points: Tensor, table: nn.Module) -> None:
    table.table.grad = None
    encode(points, table.table[None], table.levels).sum().backward()


def _backward_of_gradient(encode: Callable[..., Tensor], points: Tensor, table: nn.Module) -> None:
    table.table.grad = None
    points = points.detach().requires_grad_()
    features = encode(points, table.table[None], table.levels)
    (gradient,) = torch.autograd.grad(features.square().sum(), points, create_graph=True)
    gradient.square().sum().backward()


def distances(arguments: Arguments, device: torch.device) -> Iterator[Row]:
    """Exact distances to a mesh."""
    mesh = part()
    frame = 2.0 / float(np.ptp(mesh.bounds, axis=0).max())
    mesh = replace(mesh, vertices=(mesh.vertices - mesh.bounds.mean(axis=0)) * frame)
    points = np.random.default_rng(0).uniform(-1, 1, (4 * arguments.points, 3)).astype(np.float32)
    for name in {str(device), "cpu"}:
        field, count = (
            SurfaceDistance(mesh, device=name),
            len(points) // (16 if name == "cpu" else 1),
        )
        some = points[:count]
        seconds = median_seconds(partial(field.signed, some), device, repeats=3)
        yield f"signed distances, {name}", rate(count, seconds), f"{len(mesh.faces):,} triangles"


def fitting(arguments: Arguments, device: torch.device) -> Iterator[Row]:
    """One shape, from the mesh to the mesh."""
    coarse = Contouring(resolution=32)
    fit_shape(part(), FitConfig(budget=Budget(steps=20), device=str(device), contouring=coarse))
    for seconds in (1.0, 10.0):
        start = time.perf_counter()
        found = fit_shape(part(), FitConfig(budget=Budget(seconds=seconds), device=str(device)))
        whole = time.perf_counter() - start
        yield (
            f"fit of {seconds:g} s, {found.run.steps:,} steps, {whole:.1f} s in all",
            f"{1e3 * found.field_error.near.mean:.4f}e-3 radii",
            ", ".join(f"{name} {spent:.1f}" for name, spent in found.seconds.items()),
        )
    for resolution in (256, 512):
        contouring = Contouring(resolution=resolution)
        seconds = median_seconds(partial(found.shape.extract, contouring), device, repeats=3)
        yield f"mesh at {resolution}", f"{seconds:.2f} s", ""


def spaces(arguments: Arguments, device: torch.device) -> Iterator[Row]:
    """Steps of spaces of shapes, and what is learned in some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        if arguments.store is None:
            start = time.perf_counter()
            sources = procedural_shapes(
                arguments.shapes, test=arguments.shapes // 10, categories=["chair"]
            )
            sampling = Preparation(sampling=Sampling(count=100_000, surface=20_000))
            prepare(sources, Path(folder) / "store", sampling)
            seconds = time.perf_counter() - start
            yield "shapes prepared", f"{len(sources) / seconds:.1f} a second", f"{len(sources):,}"
        store = SampleStore.open(arguments.store or Path(folder) / "store")
        for name in PRESETS:
            yield from step_of_a_space(name, store, device)
        for name in PRESETS[:2]:
            run = Path(folder) / name
            budget = Budget(seconds=arguments.seconds)
            config = TrainConfig(preset=name, budget=budget, pictures=0, device=str(device))
            trained = train(store, run, config)
            steps = f"{name}, {trained.run.records[-1].step:,} steps in {arguments.seconds:g} s"
            for split, meaning in (("train", "known"), ("test", "unseen")):
                start = time.perf_counter()
                config = EvaluateConfig(
                    split=split, limit=16, contouring=Contouring(resolution=128)
                )
                values = [shape.chamfer for shape in evaluate(trained.space, store, config)]
                yield (
                    f"{steps}, {meaning}",
                    f"{np.median(values):.3f} {np.mean(values):.3f} {max(values):.3f}",
                    f"Chamfer ×10³: median, mean, worst; {time.perf_counter() - start:.0f} s",
                )


def step_of_a_space(name: str, store: SampleStore, device: torch.device) -> Iterator[Row]:
    """The time of a step at the start and at the end of a training."""
    preset = SPACE_PRESETS[name]
    batches = Batches(store, store.split("train"), device=device)
    trainer = SpaceTrainer(preset.decoder, preset.fitting, batches, device)
    for used in (0.0, 1.0):
        step = partial(trainer.advance, used, nullcontext())
        seconds = median_seconds(step, device, repeats=30)
        count = preset.fitting.shapes * preset.fitting.points_at(used)
        yield f"step of {name}, {count:,} points", f"{1e3 * seconds:.2f} ms", rate(count, seconds)


def near_sphere(count: int, device: torch.device) -> Pool:
    """Samples near a sphere, as training sees them."""
    generator = torch.Generator().manual_seed(0)
    direction = nn.functional.normalize(torch.randn(count, 3, generator=generator), dim=1)
    points = 0.8 * direction + 0.01 * torch.randn(count, 3, generator=generator)
    pool = Pool(points, points.norm(dim=1) - 0.8, torch.empty(0, 3), torch.empty(0, 3))
    return pool.to(device)


def rate(count: int, seconds: float) -> str:
    """So many a second."""
    return f"{1e-6 * count / seconds:.1f} M/s"


def flops(flop: float, seconds: float) -> str:
    """Operations a second."""
    return f"{1e-12 * flop / seconds:.1f} TFLOP/s"


SECTIONS = (limits, siren, grid, distances, fitting, spaces)


def main(arguments: Arguments) -> None:
    """Measure and print, row by row."""
    console = Console(width=160)
    device = choose_device(arguments.device)
    gpu = f"{torch.cuda.get_device_name(device)}; " if device.type == "cuda" else ""
    console.print(gpu + machine_line(), markup=False)
    for section in SECTIONS:
        if arguments.only not in section.__name__:
            continue
        for what, value, beside in section(arguments, device):
            console.print(f"{what:60} {value:>24}   {beside}", markup=False, highlight=False)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
