"""The command that compares spaces of shapes."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from acutance.cli import console
from acutance.cli.options import MaybeFloat, MaybeInt, MaybePath, budget
from acutance.data.datasets.procedural import PROCEDURAL
from acutance.data.preparation import Preparation
from acutance.data.store import SampleStore
from acutance.jobs.bench import QUICK, BenchConfig, bench, bench_tables, variants_named, write_bench
from acutance.jobs.data import DataRequest, find_data
from acutance.jobs.prepare import prepare
from acutance.machine.description import machine_line


@dataclass(frozen=True, kw_only=True)
class BenchCommand:
    """Train DeepSDF and its variants on the same shapes for the same time, and compare them."""

    output: Annotated[Path, arg(aliases=["-o"])] = Path("bench")
    """Folder to write: bench.html, and a run a variant."""
    data: MaybePath = None
    """A store of your own, with shapes of both splits; by default procedural shapes are made."""
    quick: bool = False
    """A small protocol for a few cores, instead of the paper's, which is for a GPU."""
    variants: Annotated[Positional[tuple[str, ...]], arg(metavar="[VARIANT ...]")] = ()
    """Presets to compare, with +film and +normals as wanted; by default those of the protocol."""
    seconds: MaybeFloat = None
    """Time to train, each; by default 25 with --quick, else 3,600."""
    steps: MaybeInt = None
    """Steps to train instead of a time."""
    count: MaybeInt = None
    """Procedural shapes a category to learn; by default 12 with --quick, else 1,000."""
    limit: MaybeInt = None
    """Shapes of every category and split to measure; by default 1 with --quick, else all."""
    resolution: MaybeInt = None
    """Cells along the longest side of the meshes; by default 40 with --quick, else 256."""
    device: str = "auto"
    """Where to compute."""
    seed: int = 0
    """Seed of shapes and trainings."""

    def run(self) -> None:
        """Prepare, train, measure, and show the tables."""
        config = QUICK if self.quick else BenchConfig()
        config = replace(
            config,
            budget=budget(self.seconds, self.steps, config.budget),
            device=self.device,
            seed=self.seed,
        )
        if self.variants:
            config = replace(config, variants=variants_named(self.variants))
        if self.resolution is not None:
            config = replace(config, resolution=self.resolution)
        if self.limit is not None:
            config = replace(config, limit=self.limit)
        with console.Live() as live:
            if self.data is None:
                usual = 12 if self.quick else 1000
                count = usual if self.count is None else self.count
                request = DataRequest(
                    source=Path(PROCEDURAL), count=count, test_share=0.2, seed=self.seed
                )
                folder = self.output / "store"
                found = find_data(request, folder, live)
                store = prepare(found.shapes, folder, Preparation(), listener=live).store
            else:
                store = SampleStore.open(self.data)
            contenders = bench(store, self.output, config, live)
            files = write_bench(self.output, contenders, store, machine_line())
        console.show_tables(bench_tables(contenders))
        console.show_messages([f"{c.variant.name}: {c.problem}" for c in contenders if c.problem])
        console.show_files(files[-1:])
