"""Commands that work on the codes of a space: interpolate, sample and codes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from acutance.cli import terminal
from acutance.cli.options import Format, MaybeInt, MaybeName, MaybePath, RunPath
from acutance.errors import InputError


@dataclass(frozen=True, kw_only=True)
class InterpolateCommand:
    """The meshes between two shapes of a space, and a picture of the way."""

    run_folder: RunPath
    """What `acutance train` wrote."""
    first: Annotated[Positional[str], arg(metavar="A")]
    """A known shape."""
    second: Annotated[Positional[str], arg(metavar="B")]
    """Another one."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("between")
    """Folder to write."""
    steps: int = 7
    """Shapes on the way, both ends included."""
    resolution: int = 128
    """Cells along the longest side."""
    format: Format = "glb"
    """Format of the meshes."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Mesh the way and write it."""
        from acutance.jobs.space.interpolate import InterpolateConfig, interpolate
        from acutance.jobs.space.open import open_space

        config = InterpolateConfig(steps=self.steps, resolution=self.resolution, format=self.format)
        space = open_space(self.run_folder, self.device)
        terminal.print_files(interpolate(space, self.first, self.second, self.output, config))


@dataclass(frozen=True, kw_only=True)
class SampleCommand:
    """New shapes of a space, and a picture of all."""

    run_folder: RunPath
    """What `acutance train` wrote."""
    count: MaybeInt = None
    """How many, 16 by default; with --judge as many as there are unseen shapes."""
    seed: int = 0
    """Another seed, other shapes."""
    output: Annotated[Path, arg(aliases=["-o"])] = Path("samples")
    """Folder to write."""
    resolution: int = 128
    """Cells along the longest side."""
    format: Format = "glb"
    """Format of the meshes."""
    judge: Annotated[
        Literal["chamfer", "emd"] | None, arg(metavar="DISTANCE", help_behavior_hint="")
    ] = None
    """Compare them with the unseen shapes of the store, by the Chamfer distance, or by the earth
    mover's (emd), which is slower: minimum matching distance, coverage and accuracy of the nearest
    neighbour."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Draw shapes and write them."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.cli.show import show_number_tables
        from acutance.jobs.space.judge import sample_and_judge
        from acutance.jobs.space.open import open_space
        from acutance.jobs.space.sample import SampleConfig, sample

        if self.judge is not None and self.count is not None:
            raise InputError(
                "--judge draws as many shapes as there are unseen ones: leave out --count."
            )
        config = SampleConfig(
            count=16 if self.count is None else self.count,
            seed=self.seed,
            resolution=self.resolution,
            format=self.format,
        )
        space = open_space(self.run_folder, self.device)
        with ProgressBar() as bar:
            if self.judge is None:
                files = sample(space, self.output, config, bar)
            else:
                found, files = sample_and_judge(
                    self.run_folder, space, self.output, config, self.judge, bar
                )
        if self.judge is not None:
            show_number_tables([found.table()])
        terminal.print_folder(self.output, len(files))


@dataclass(frozen=True, kw_only=True)
class CodesCommand:
    """The codes of a space as a file of numbers, or the shapes with the nearest codes."""

    run_folder: RunPath
    """What `acutance train` wrote."""
    output: Annotated[MaybePath, arg(aliases=["-o"])] = None
    """File to write, its ending is the format: .npz, .csv, or .parquet with the extra parquet;
    codes.npz by default."""
    split: Literal["train", "test", "both"] = "train"
    """Codes of the known shapes, of unseen ones (which are found now, a second or more each), or
    of both."""
    nearest: MaybeName = None
    """Write no file, but print the five known shapes whose codes are nearest to this one's."""
    store: MaybePath = None
    """The store of the unseen shapes, where it is not where it was at the training."""
    device: str = "auto"
    """Where to compute."""

    def run(self) -> None:
        """Write the codes, or print what is near."""
        from acutance.jobs.space.open import known_shape, open_space

        if self.nearest is None:
            self._write(self.output or Path("codes.npz"))
            return
        if self.output is not None or self.store is not None or self.split != "train":
            raise InputError(
                "--nearest prints known shapes and writes no file: leave out --output, --split "
                "and --store."
            )
        space = open_space(self.run_folder, self.device)
        known_shape(self.run_folder, space, self.nearest)  # or it says why there is none
        for key, apart in space.nearest(self.nearest):
            terminal.print_line(f"{apart:10.4g}  {key}")

    def _write(self, path: Path) -> None:
        """The codes, as a file."""
        from acutance.cli.progress_bar import ProgressBar
        from acutance.jobs.space.code_table import check_code_file, codes

        check_code_file(path)
        splits = ("train", "test") if self.split == "both" else (self.split,)
        with ProgressBar() as bar:
            table = codes(self.run_folder, splits, self.store, self.device, bar)
        table.save(path)
        shapes, numbers = table.codes.shape
        terminal.print_line(f"{shapes:,} codes of {numbers:,} numbers")
        terminal.print_file(path)
