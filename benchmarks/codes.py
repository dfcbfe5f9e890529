"""Whether the codes of a space are coordinates of shape.

    python -m benchmarks.codes STORE [--seconds 400] [--only deformed] [--pairs 100] [--samples 64]

Every variant learns the shapes of the store for the same time; then it is measured how well codes
tell unseen shapes, how far distances of codes follow those of shapes, and how many shapes half-way
between two known ones, and drawn from all, are of one body, beside the known ones. Chamfer
distances are ×10³ as DeepSDF defines them.
"""

import tempfile
from collections.abc import Iterable, Iterator
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
from acutance.jobs.space.evaluate import EvaluateConfig, evaluate
from acutance.jobs.space.evaluation.codes import measure_codes
from acutance.jobs.space.train import TrainConfig, train
from acutance.machine.description import machine_line
from acutance.machine.files import write_file
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import topology
from acutance.model.space.shape_space import ShapeSpace
from acutance.model.space.tables import Deformed, Mixture
from acutance.report.gallery import gallery
from acutance.training.schedule import Budget
from acutance.training.space.presets import SPACE_PRESETS, SpacePreset

BASE = SPACE_PRESETS["deformed"]


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What to run."""

    store: Annotated[Path, tyro.conf.Positional]
    """What `acutance prepare` wrote, with shapes kept aside."""
    seconds: float = 400.0
    """Training time of every variant."""
    steps: int | None = None
    """Steps instead of a time."""
    only: str = ""
    """Only variants whose name contains this."""
    limit: int = 24
    """Known and unseen shapes that are meshed and measured, each."""
    pairs: int = 100
    """Shapes half-way between two known ones."""
    samples: int = 64
    """New shapes."""
    resolution: int = 128
    """Cells along the longest side of the meshes."""
    pictures: Path | None = None
    """Folder for pictures of what is half-way and of new shapes."""


def variants() -> Iterator[tuple[str, SpacePreset]]:
    """Names and presets."""
    deformed = BASE.decoder.conditioning
    assert isinstance(deformed, Deformed)
    yield "deformed", BASE
    yield "nothing moves", decoder(conditioning=Mixture(grid=deformed.grid))
    yield "no isometry", fitting(isometry=0.0)
    yield "style from the start", fitting(style_after=0.0)
    for proportions in (32, 96):
        moving = replace(deformed, proportions=proportions)
        yield f"{proportions} proportions", decoder(conditioning=moving)
    for weight in (0.03, 0.5):
        yield f"isometry {weight}", fitting(isometry=weight)
    for name in ("many", "siren", "deepsdf"):
        yield name, SPACE_PRESETS[name]


def decoder(**changes: object) -> SpacePreset:
    """The default with another network."""
    return replace(BASE, decoder=replace(BASE.decoder, **changes))


def fitting(**changes: object) -> SpacePreset:
    """The default, trained otherwise."""
    return replace(BASE, fitting=replace(BASE.fitting, **changes))


def one_body(
    space: ShapeSpace, codes: Iterable[torch.Tensor], arguments: Arguments, name: str
) -> str:
    """The share of shapes that are of one body, by their codes; a picture of the first 24."""
    meshes = [mesh_of(space, code, arguments.resolution) for code in codes]
    if arguments.pictures:
        rows = [meshes[start : start + 6] for start in range(0, min(24, len(meshes)), 6)]
        write_file(arguments.pictures / f"{name}.png", gallery(rows))
    return f"{np.mean([m is not None and topology(m).bodies == 1 for m in meshes]):.0%}"


def mesh_of(space: ShapeSpace, code: torch.Tensor, resolution: int) -> TriangleMesh | None:
    """The mesh of a code; None where it has no surface."""
    try:
        return space.with_code(code).mesh(resolution)
    except InputError:
        return None


def half_way(space: ShapeSpace, count: int) -> Iterator[torch.Tensor]:
    """Codes half-way between random pairs."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        first, second = rng.choice(len(space.keys), 2, replace=False)
        yield space.interpolate(space.keys[first], space.keys[second], 0.5).decoder.code


def measured(space: ShapeSpace, store: SampleStore, arguments: Arguments, name: str) -> list[str]:
    """The numbers of one space, as text."""
    config = EvaluateConfig(
        contouring=Contouring(resolution=arguments.resolution), limit=arguments.limit
    )
    row = list[str]()
    for split in ("train", "test"):
        found = [s.chamfer for s in evaluate(space, store, replace(config, split=split))]
        row += [f"{statistic(found):.3g}" for statistic in (np.median, np.mean, np.max)]
    scores = measure_codes(space, store)
    assert scores is not None
    row += [f"{scores.rank_correlation:.2f}", f"{scores.neighbours:.0%}", f"{scores.near:.0%}"]
    row.append(f"{scores.dimensions}")
    row.append(one_body(space, space.codes[: arguments.pairs], arguments, f"{name}-known"))
    row.append(one_body(space, half_way(space, arguments.pairs), arguments, f"{name}-between"))
    row.append(one_body(space, space.draw(arguments.samples), arguments, f"{name}-new"))
    return row


def main(arguments: Arguments) -> None:
    """Train and measure every variant, and print the table."""
    console = Console(width=180)
    console.print(machine_line(), markup=False)
    store = SampleStore.open(arguments.store)
    table = Table("variant", "M par.", "steps")
    for name in ("known", "unseen"):
        for column in (f"{name}: median", "mean", "worst"):
            table.add_column(column)
    for column in (
        "rank corr.",
        "neighbours",
        "of 5",
        "dim.",
        "one body: known",
        "half-way",
        "new",
    ):
        table.add_column(column)
    for name, preset in variants():
        if arguments.only not in name:
            continue
        budget = Budget(seconds=arguments.seconds, steps=arguments.steps)
        with tempfile.TemporaryDirectory() as folder:
            config = TrainConfig(preset=preset, budget=budget, pictures=0)
            result = train(store, Path(folder, "run"), config)
        parameters = f"{result.space.decoder.parameter_count / 1e6:.2f}"
        steps = f"{result.run.records[-1].step}"
        row = (name, parameters, steps, *measured(result.space, store, arguments, name))
        console.print(" | ".join(row), markup=False)
        table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    main(tyro.cli(Arguments, config=(tyro.conf.OmitArgPrefixes,)))
