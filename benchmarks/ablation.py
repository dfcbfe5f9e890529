"""What each setting of the default preset is worth, on the part and on files that you name.

    python -m benchmarks.ablation [mesh ...] [--seconds 10]

Every variant trains for the same time on the same solid. The errors are read off the network
itself, without a mesh: |f| at exact surface points (·10³, of the bounding sphere's radius), and the
cosine between its gradient and the normal there; and farther than 0.03 from the surface, at 400,000
points anywhere in the cube, the mean relative error and the number of wrong signs: surface where
there is none, which the errors at the surface do not show.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from rich.console import Console
from rich.table import Table

from acutance.data.pool import Pool, draw_pool
from acutance.errors import InputError
from acutance.machine.description import machine_line
from acutance.mesh.io.load import load
from acutance.mesh.normalize import UNIT_RADIUS
from acutance.model.activations import Hosc, Relu, Sine, Softplus
from acutance.model.encodings import Hash
from acutance.model.neural_sdf import UnitField
from acutance.shapes.part import part
from acutance.solid.solid import Solid
from acutance.training.losses import ClampedL1, ClampedL2, Huber, RelativeL1
from acutance.training.schedule import Budget
from acutance.training.shape.fit import fit
from acutance.training.shape.presets import PRESETS, Preset

BASE = PRESETS["hash"]

FAR, ANYWHERE = 0.03, 400_000
"""What counts as far from the surface, and how many points are drawn anywhere."""

HEAD = ("variant", "mean", "99 %", "normals", "far, %", "wrong signs", "steps", "M samples/s")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    meshes: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Closed meshes; none for the package's own part."""
    seconds: float = 10.0
    """Training time of every variant."""
    only: str = ""
    """Only variants whose name contains this."""


def objective(**changes: object) -> Preset:
    """The default with another objective."""
    changed = replace(BASE.fitting.objective, **changes)
    sampling = replace(BASE.sampling, surface=500_000 if changed.normal_weight else 0)
    return replace(BASE, fitting=replace(BASE.fitting, objective=changed), sampling=sampling)


def fitting(**changes: object) -> Preset:
    """The default, trained otherwise."""
    return replace(BASE, fitting=replace(BASE.fitting, **changes))


def decoder(**changes: object) -> Preset:
    """The default with another network."""
    return replace(BASE, decoder=replace(BASE.decoder, **changes))


def sampling(**changes: object) -> Preset:
    """The default with other samples."""
    return replace(BASE, sampling=replace(BASE.sampling, **changes))


def periodic(name: str, **changes: object) -> Preset:
    """A preset of a periodic network with changes of its training."""
    return replace(PRESETS[name], fitting=replace(PRESETS[name].fitting, **changes))


def variants() -> Iterator[tuple[str, Preset]]:
    """Names and presets."""
    yield "hash (default)", BASE
    for clamp in (0.1, 0.02):
        yield f"loss: L1, clamp {clamp}", objective(distance=ClampedL1(clamp=clamp))
    yield "loss: L2, clamp 0.1", objective(distance=ClampedL2())
    yield "loss: Huber, clamp 0.1", objective(distance=Huber())
    for floor in (0.001, 0.01, 0.03):
        yield f"loss: relative, floor {floor}", objective(distance=RelativeL1(floor=floor))
    for weight in (0.03, 1.0):
        yield f"loss: + normals, τ = {weight}", objective(normal_weight=weight)
    yield "loss: + eikonal 0.03", objective(eikonal_weight=0.03)
    for batch in (2048, 4096, 16_384, 65_536):
        yield f"batch {batch}", fitting(batch=batch)
    yield "no growth of the batch", fitting(batch_growth=1.0)
    for rate in (5e-3, 2e-2):
        yield f"learning rate {rate}", fitting(learning_rate=rate)
    for ratio in (0.01, 0.1):
        yield f"last learning rate × {ratio}", fitting(final_ratio=ratio)
    for widths in ((0.003, 0.02), (0.001, 0.01), (0.005, 0.05), (0.001, 0.005, 0.025)):
        yield f"sampling widths {widths}", sampling(widths=widths)
    for share in (0.0, 0.25):
        yield f"sampling at creases {share}", sampling(creases=share)
    yield "activation ReLU", decoder(activation=Relu())
    for beta in (10.0, 30.0, 200.0):
        yield f"activation softplus, β = {beta:g}", decoder(activation=Softplus(beta=beta))
    for activation in (Sine(omega=1, omega_first=1), Hosc(beta=1, omega=1, omega_first=1)):
        yield f"activation {activation}", decoder(activation=activation)
    for depth, width in ((1, 16), (3, 16), (2, 8), (2, 32), (2, 64)):
        yield f"network {depth} × {width}", decoder(depth=depth, width=width)
    yield "ReLU, network 2 × 32", decoder(activation=Relu(), width=32)
    for levels in (6, 10):
        yield f"grid of {levels} levels", decoder(encoding=Hash(levels=levels))
    for finest in (128, 256, 512):
        yield f"grid to {finest}³", decoder(encoding=Hash(finest_resolution=finest))
    for finest in (320, 384, 448):
        grid = Hash(levels=7, finest_resolution=finest)
        yield f"grid to {finest}³, 7 levels", decoder(encoding=grid)
    for levels in (5, 6):
        grid = Hash(levels=levels, features=4, log2_table_size=16)
        yield f"grid of {levels} levels, 4 features, 2^16 rows", decoder(encoding=grid)
    yield "grid of 2^18 rows (twice the bytes)", decoder(encoding=Hash(log2_table_size=18))
    for name in PRESETS:
        yield f"preset {name}", PRESETS[name]
    for beta in (1.0, 4.0, 8.0):
        hosc = replace(PRESETS["hosc"].decoder, activation=Hosc(beta=beta))
        yield f"hosc, β = {beta}", replace(PRESETS["hosc"], decoder=hosc)
    learned = replace(PRESETS["hosc"].decoder, activation=Hosc(learn_beta=True))
    yield "hosc, β learned", replace(PRESETS["hosc"], decoder=learned)


def errors(field: UnitField, pool: Pool) -> tuple[float, float, float]:
    """Mean and 99 % of |f| ·10³ at surface points, in radii, and the mean cosine of normals."""
    distance = field.sdf(pool.surface_points).abs() / UNIT_RADIUS * 1e3
    gradient = torch.nn.functional.normalize(field.gradient(pool.surface_points), dim=1)
    cosine = (gradient * pool.surface_normals).sum(dim=1)
    return distance.mean().item(), distance.quantile(0.99).item(), cosine.mean().item()


def far_errors(field: UnitField, pool: Pool) -> tuple[float, int]:
    """Mean relative error in %, and number of wrong signs, far from the surface."""
    far = pool.sdf.abs() > FAR
    value, sdf = field.sdf(pool.points[far]), pool.sdf[far]
    relative = ((value - sdf) / sdf).abs().mean().item()
    return 100 * relative, int((value * sdf < 0).sum())


def main(arguments: Arguments) -> None:
    """Run every variant on every shape and print a table a shape."""
    console = Console()
    console.print(machine_line(), markup=False)
    sources = {path.stem: load(path) for path in arguments.meshes} or {"part": part()}
    for name, source in sources.items():
        solid = Solid.of(source)
        anywhere = replace(BASE.sampling, count=ANYWHERE, uniform=1.0, surface=100_000)
        test = draw_pool(solid, anywhere, np.random.default_rng(1))
        table = Table(*HEAD)
        for variant, preset in variants():
            if arguments.only not in variant:
                continue
            pool = draw_pool(solid, preset.sampling, np.random.default_rng(0))
            try:
                run = fit(pool, preset.decoder, preset.fitting, Budget(seconds=arguments.seconds))
            except InputError:
                row = (variant, "failed", *[""] * (len(HEAD) - 2))
            else:
                mean, p99, cosine = errors(UnitField(run.decoder), test)
                relative, wrong = far_errors(UnitField(run.decoder), test)
                rate = sum(record.rate for record in run.records) / len(run.records) / 1e6
                near = (f"{mean:.4f}", f"{p99:.3f}", f"{cosine:.4f}")
                row = (variant, *near, f"{relative:.2f}", f"{wrong}", f"{run.steps}", f"{rate:.2f}")
            console.print(" | ".join(row), markup=False)
            table.add_row(*row)
        console.print(f"{name}, {arguments.seconds:g} s of training each")
        console.print(table)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
