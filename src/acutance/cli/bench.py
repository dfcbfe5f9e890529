"""The command that compares spaces of shapes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from acutance.cli import terminal
from acutance.cli.options import MaybeFloat, MaybeInt, MaybePath


@dataclass(frozen=True, kw_only=True)
class BenchCommand:
    """Train presets of spaces on the same shapes for the same time, and compare them.

    The page is written anew as each is measured. After an interruption, the same command goes on.
    """

    output: Annotated[Path, arg(aliases=["-o"])] = Path("bench")
    """Folder to write: bench.html, bench.csv, and a run a training."""
    data: MaybePath = None
    """A store of your own, with shapes of both splits; by default procedural shapes are made."""
    quick: bool = False
    """A small protocol for a few cores, instead of the paper's, which is for a GPU."""
    variants: Annotated[Positional[tuple[str, ...]], arg(metavar="[VARIANT ...]")] = ()
    """Presets to compare, with +film and +normals as wanted; paper stands for all that the paper
    compares, which is the default; with --quick that is deformed and siren."""
    seconds: MaybeFloat = None
    """Time to train, each; by default 60 with --quick, else 3,600."""
    steps: MaybeInt = None
    """Steps to train instead of a time."""
    count: MaybeInt = None
    """Procedural shapes a category to learn; by default 80 chairs with --quick, else 1,000."""
    limit: MaybeInt = None
    """Shapes of every category and split to measure; by default 4 with --quick, else all."""
    resolution: MaybeInt = None
    """Cells along the longest side of the meshes; by default 64 with --quick, else 256."""
    device: str = "auto"
    """Where to compute."""
    seed: int = 0
    """Seed of shapes and trainings."""
    seeds: int = 1
    """Trainings of each variant, with this seed and the next ones."""

    def run(self) -> None:
        """Prepare, train, measure, and show the tables."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_number_tables
        from acutance.jobs.bench.bench import bench
        from acutance.jobs.bench.config import FULL, QUICK
        from acutance.jobs.bench.page import PAGE, problems
        from acutance.jobs.bench.table import bench_tables
        from acutance.jobs.bench.verdicts import verdicts

        protocol = (QUICK if self.quick else FULL).changed(
            variants=self.variants,
            seconds=self.seconds,
            steps=self.steps,
            count=self.count,
            limit=self.limit,
            resolution=self.resolution,
            device=self.device,
            seed=self.seed,
            seeds=self.seeds,
        )
        with ProgressBar() as bar:
            results = bench(self.output, protocol, self.data, bar)
        show_number_tables([*bench_tables(results), verdicts(results)])
        terminal.print_messages(problems(results))
        terminal.print_file(self.output / PAGE)
