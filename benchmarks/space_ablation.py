"""What each setting of the default space is worth, on a store of samples.

    python -m benchmarks.space_ablation STORE [--seconds 60] [--only loss] [--every 6]

Every variant learns the shapes of the store for the same time. Errors are read off the network
itself at every shape: mean |f| at exact surface points (·10³ in the unit frame), the share of wrong
signs among samples closer to the surface than 4e-3, which thin parts decide, and among those
farther away than 0.03, which are bits of surface where there is none. `--every` also meshes some of
the shapes: Chamfer distances ×10³, which follow the signs more than |f|. Mean and median over the
shapes: a loss that sacrifices outliers shows a large gap between the two.
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

from acutance.contouring.contour import Contouring
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.space.evaluate import EvaluateConfig, score_shape
from acutance.jobs.space.train import TrainConfig, train
from acutance.machine.description import machine_line
from acutance.model.activations import Sine, Softplus
from acutance.model.encodings import Hash, Planes
from acutance.model.space.decoder import SpaceDecoderConfig
from acutance.model.space.shape_space import ShapeSpace
from acutance.model.space.tables import Mixture
from acutance.training.losses import BandL1, ClampedL1, ClampedL2, Huber, RelativeL1
from acutance.training.schedule import Budget
from acutance.training.space.presets import SPACE_PRESETS, SpacePreset

BASE = SPACE_PRESETS["best"]

HASHED = Hash(levels=5, features=2, log2_table_size=9, base_resolution=8, finest_resolution=64)
"""Tables of about as many numbers as those of `many`."""

NEAR, FAR = 4e-3, 0.03
"""Signs are compared closer to the surface than the one, and farther away than the other."""


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
    every: int | None = None
    """Mesh every so manyth shape at 128, and measure it."""


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
    yield "loss: clamped L1", loss(ClampedL1())
    yield "loss: L1, band 0.02", loss(BandL1(clamp=0.02))
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
    yield "many: network 2 × 32", many(depth=2)
    yield "many: hash tables", many(conditioning=Mixture(grid=HASHED))
    coarse = Planes(volumes=(), planes=(16,), lines=(128,), features=4)
    yield "many: coarser planes of 4 features", many(conditioning=Mixture(grid=coarse))
    learned = SPACE_PRESETS["many"].fitting
    hard = replace(learned, sampling_focus=1.0)
    yield "many: hard shapes drawn more often", replace(SPACE_PRESETS["many"], fitting=hard)
    clamped = replace(learned, objective=replace(learned.objective, distance=ClampedL1()))
    yield "many: clamped L1", replace(SPACE_PRESETS["many"], fitting=clamped)
    of_paper = ("siren", "hosc", "siren-fft", "siren-hash", "deepsdf")
    for name in ("many", "deformed", "local", *of_paper):
        yield f"preset {name}", SPACE_PRESETS[name]


def errors(space: ShapeSpace, store: SampleStore) -> dict[str, list[float]]:
    """Of every shape: mean |f| ·10³ at the surface, and % of wrong signs close to it and far."""
    found: dict[str, list[float]] = {"|f|": [], "signs": [], "far": []}
    for key, code in zip(space.keys, space.codes, strict=True):
        pool = store.pool(key)
        on = distances(space, code, pool.surface_points[:8192])
        found["|f|"].append(1e3 * on.abs().mean().item())
        for name, chosen in {"signs": pool.sdf.abs() < NEAR, "far": pool.sdf.abs() > FAR}.items():
            values = distances(space, code, pool.points[chosen][:8192])
            wrong = (values < 0) != (pool.sdf[chosen][:8192] < 0)
            found[name].append(100 * wrong.float().mean().item())
    return found


def distances(space: ShapeSpace, code: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """The field of one shape."""
    with torch.no_grad():
        return space.decoder(points[None], code[None])[0]


def chamfers(space: ShapeSpace, store: SampleStore, every: int) -> list[float]:
    """Chamfer distances ×10³ of some of the shapes, infinite where there is no surface."""
    config = EvaluateConfig(contouring=Contouring(resolution=128))
    scores = [score_shape(space, store, key, config) for key in space.keys[::every]]
    return [score.chamfer for score in scores]


def main(arguments: Arguments) -> None:
    """Run every variant and print the table."""
    console = Console(width=150)
    console.print(machine_line(), markup=False)
    store = SampleStore.open(arguments.store)
    table = Table("variant", "M par.", "code", "k samples/s")
    for name in ("|f|", "signs", "far", *(["CD"] if arguments.every else [])):
        for column in (f"{name} mean", "median", "worst"):
            table.add_column(column)
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
        found = errors(result.space, store)
        if arguments.every:
            found["CD"] = chamfers(result.space, store, arguments.every)
        numbers = [
            f"{statistic(values):.3g}"
            for values in found.values()
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
