"""How fast the hash grid and the whole training step run.

    python -m benchmarks.training_speed

The rates are medians over many steps; the machine's rate of fp32 matrix products stands beside
them, because everything here grows with it.
"""

import statistics
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table

from acutance.data.pool import Pool
from acutance.machine.description import machine_line
from acutance.model.decoder import Decoder
from acutance.model.encodings import Hash
from acutance.model.grid.feature_grid import encode_fast, encode_plain
from acutance.training.schedule import Cursor
from acutance.training.shape.fit import tune
from acutance.training.shape.presets import PRESETS
from acutance.training.shape.step import Steps


def near_sphere(count: int) -> Pool:
    """Samples near a sphere, as training sees them."""
    direction = torch.nn.functional.normalize(torch.randn(count, 3), dim=1)
    points = 0.8 * direction + 0.01 * torch.randn(count, 3)
    return Pool(points, points.norm(dim=1) - 0.8, torch.empty(0, 3), torch.empty(0, 3))


def median_seconds(action: Callable[[int], object], repeats: int = 40) -> float:
    """Median time of the action after a warm-up."""
    for step in range(5):
        action(step)
    times = []
    for step in range(repeats):
        start = time.perf_counter()
        action(step)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def grid_rate(encode: Callable[..., torch.Tensor], count: int, repeats: int = 40) -> float:
    """Points a second, forward and backward to the table."""
    grid, points = Hash().build(torch.Generator()), near_sphere(count).points
    cotangent = torch.randn(count, grid.width)

    def action(_: int) -> None:
        grid.table.grad = None
        encode(points[None], grid.table[None], grid.levels).backward(cotangent[None])

    return count / median_seconds(action, repeats)


def step_rate(name: str) -> float:
    """Samples a second of the whole training step of a preset."""
    preset = PRESETS[name]
    pool = near_sphere(64 * preset.fitting.batch)
    cursor, size = Cursor(len(pool)), preset.fitting.batch_at(0.5)
    with tune(pool, preset.decoder, preset.fitting).team() as team:
        steps = Steps.of(
            Decoder(preset.decoder, torch.Generator()), pool, preset.fitting.objective, team
        )
        rate = preset.fitting.learning_rate
        return size / median_seconds(lambda _: steps.take(cursor.take(size), rate))


def main() -> None:
    """Measure and print."""
    console = Console()
    console.print(machine_line(), markup=False)
    table = Table("what", "points a call", "million points/s")
    for count in (8_192, 16_384, 65_536):
        rate = grid_rate(encode_fast, count)
        table.add_row("hash grid forward + backward, kernels", f"{count:,}", f"{rate / 1e6:.2f}")
    plain = grid_rate(encode_plain, 16_384, repeats=5)
    table.add_row("hash grid forward + backward, plain PyTorch", "16,384", f"{plain / 1e6:.2f}")
    for name, preset in PRESETS.items():
        count = f"{preset.fitting.batch:,}"
        table.add_row(f"training step, {name}", count, f"{step_rate(name) / 1e6:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
