"""The command that compares spaces of shapes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from acutance.cli import terminal
from acutance.cli.options import MaybeFloat, MaybeInt, MaybePath


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
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_number_tables
        from acutance.jobs.bench.bench import FULL, QUICK, bench
        from acutance.jobs.bench.page import bench_tables, problems, write_bench
        from acutance.jobs.bench.store import bench_store
        from acutance.machine.description import machine_line

        protocol = (QUICK if self.quick else FULL).changed(
            variants=self.variants,
            seconds=self.seconds,
            steps=self.steps,
            count=self.count,
            limit=self.limit,
            resolution=self.resolution,
            device=self.device,
            seed=self.seed,
        )
        with ProgressBar() as bar:
            store = bench_store(self.data, self.output, protocol, bar)
            contenders = bench(store, self.output, protocol, bar)
            files = write_bench(self.output, contenders, store, machine_line())
        show_number_tables(bench_tables(contenders))
        terminal.print_messages(problems(contenders))
        terminal.print_files(files[-1:])
