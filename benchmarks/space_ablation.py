"""What each setting of the default space is worth, on a store of samples.

    python -m benchmarks.space_ablation STORE [--seconds 60] [--only loss]

Every variant learns the shapes of the store for the same time. The errors are read off the network
itself, without a mesh, at every shape: mean |f| at exact surface points (·10³ in the unit frame),
and the share of wrong signs among samples closer to the surface than 4e-3, which thin parts decide.
Mean and median over the shapes: a loss that sacrifices outliers shows a large gap between the two.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from rich.console import Console
from rich.table import Table

from acutance.errors import InputError
from acutance.jobs.machine import machine_line
from acutance.jobs.train import TrainConfig, train
from acutance.model.activations import Sine, Softplus
from acutance.model.conditioning import Mixture
from acutance.model.encodings import Hash
from acutance.model.shape_space import ShapeSpace
from acutance.model.space_decoder import SpaceDecoderConfig
from acutance.samples.store import SampleStore
from acutance.training.losses import ClampedL1, ClampedL2, Huber, RelativeL1
from acutance.training.schedule import Budget
from acutance.training.space_presets import SPACE_PRESETS, SpacePreset

BASE = SPACE_PRESETS["best"]

NEAR = 4e-3
"""Signs are compared closer to the surface than this."""


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    store: Annotated[Path, tyro.conf.Positional]
    """What `acutance prepare` wrote."""
    seconds: float = 60.0
    """Training time of every variant."""
    steps: int | None = None
    """Steps instead of a time."""
    only: str = ""
    """Only variants whose name contains this."""


def decoder(**changes: object) -> SpacePreset:
    """The default with another network."""
    return replace(BASE, decoder=replace(BASE.decoder, **changes))


def grid(**changes: object) -> SpacePreset:
    """The default with other tables."""
    assert isinstance(BASE.decoder, SpaceDecoderConfig)
    assert isinstance(BASE.decoder.conditioning, Mixture)
    return decoder(conditioning=Mixture(grid=replace(BASE.decoder.conditioning.grid, **changes)))


def fitting(**changes: object) -> SpacePreset:
    """The default, trained otherwise."""
    return replace(BASE, fitting=replace(BASE.fitting, **changes))


def loss(distance: object) -> SpacePreset:
    """The default with another distance term."""
    return fitting(objective=replace(BASE.fitting.objective, distance=distance))


def many(**changes: object) -> SpacePreset:
    """The default for many shapes, with another network or other tables."""
    preset = SPACE_PRESETS["many"]
    return replace(preset, decoder=replace(preset.decoder, **changes))


def variants() -> Iterator[tuple[str, SpacePreset]]:
    """Names and presets."""
    yield "best (default)", BASE
    yield "loss: L1, clamp 0.02", loss(ClampedL1(clamp=0.02))
    yield "loss: L2, clamp 0.1", loss(ClampedL2())
    yield "loss: Huber", loss(Huber())
    yield "loss: relative L1, floor 0.01", loss(RelativeL1(floor=0.01, softness=0.1))
    for power in (0.5, 1.0):
        yield f"loss: hard shapes drawn more often, q = {power}", fitting(sampling_focus=power)
        yield f"loss: hard shapes weigh more, q = {power}", fitting(weight_focus=power)
    for rate in (1e-3, 1e-2):
        yield f"table rate {rate}", fitting(table_rate=rate)
    for rate in (2e-3, 1e-2):
        yield f"layer rate {rate}", fitting(learning_rate=rate)
    for shapes, points in ((4, 4096), (16, 1024), (32, 512)):
        yield f"batch {shapes} × {points}", fitting(shapes=shapes, points=points)
    yield "no growth of the batch", fitting(growth=1.0)
    yield "network 3 × 32", decoder(depth=3)
    for width in (16, 64, 128):
        yield f"network 2 × {width}", decoder(width=width)
    for width in (32, 64):
        softplus = decoder(activation=Softplus(), width=width)
        yield f"network 2 × {width}, softplus", softplus
    yield "SIREN 2 × 64, ω 15", decoder(activation=Sine(omega=15, omega_first=15), width=64)
    for code in (24, 96):
        yield f"code of {code}", decoder(code=code)
    yield "tables: 2^9 rows a level", grid(log2_table_size=9)
    yield "tables: 2^11 rows, 2 features", grid(log2_table_size=11, features=2)
    yield "tables: to 128³", grid(finest_resolution=128)
    yield "tables: to 32³", grid(finest_resolution=32)
    yield "many: network 2 × 64", many(width=64)
    tables = Hash(levels=3, log2_table_size=10, base_resolution=8, finest_resolution=64)
    yield "many: 3 levels of 2^10 rows", many(conditioning=Mixture(grid=tables))
    hard = replace(SPACE_PRESETS["many"].fitting, sampling_focus=1.0)
    yield "many: hard shapes drawn more often", replace(SPACE_PRESETS["many"], fitting=hard)
    for name in ("many", "local", "siren", "hosc", "siren-fft", "siren-hash", "deepsdf"):
        yield f"preset {name}", SPACE_PRESETS[name]


def errors(space: ShapeSpace, store: SampleStore) -> tuple[np.ndarray, np.ndarray]:
    """Of every shape: mean |f| ·10³ at the surface, and % of wrong signs close to it."""
    surface, signs = [], []
    for index, key in enumerate(space.keys):
        pool, code = store.pool(key), space.codes[index][None]
        near = pool.sdf.abs() < NEAR
        points, sdf = pool.points[near][:8192], pool.sdf[near][:8192]
        with torch.no_grad():
            on = space.decoder(pool.surface_points[None, :8192], code)[0]
            values = space.decoder(points[None], code)[0]
        surface.append(1e3 * on.abs().mean().item())
        signs.append(100 * ((values < 0) != (sdf < 0)).float().mean().item())
    return np.array(surface), np.array(signs)


def main(arguments: Arguments) -> None:
    """Run every variant and print the table."""
    console = Console(width=150)
    console.print(machine_line(), markup=False)
    store = SampleStore.open(arguments.store)
    table = Table("variant", "M par.", "code", "k samples/s")
    for name in ("|f| mean", "median", "worst", "signs mean", "median", "worst"):
        table.add_column(name)
    for name, preset in variants():
        if arguments.only not in name:
            continue
        folder = Path(tempfile.mkdtemp())
        budget = Budget(seconds=arguments.seconds, steps=arguments.steps)
        try:
            result = train(
                store, folder / "run", TrainConfig(preset=preset, budget=budget, pictures=0)
            )
        except InputError as error:
            console.print(f"{name}: {error}", markup=False)
            continue
        finally:
            shutil.rmtree(folder)
        rates = [record.rate for record in result.course.records]
        numbers = [
            f"{statistic(values):.2f}"
            for values in errors(result.space, store)
            for statistic in (np.mean, np.median, np.max)
        ]
        row = (
            name,
            f"{result.space.decoder.parameter_count / 1e6:.2f}",
            f"{result.space.codes.shape[1]}",
            f"{np.mean(rates) / 1e3:.0f}",
            *numbers,
        )
        table.add_row(*row)
        console.print(" | ".join(row), markup=False)
    console.print(f"{len(store.records)} shapes, {arguments.seconds:g} s of training each")
    console.print(table)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
