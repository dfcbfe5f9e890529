"""A progress bar in the terminal; lines of text where there is none."""

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from acutance.machine.devices import CPU
from acutance.machine.warp import compiling
from acutance.progress import Progress, TrainingRecord
from acutance.solid.distance import kernels

LOG_SECONDS = 30.0
"""Time between two lines of progress where the output is no terminal."""


class ProgressBar(Progress):
    """Shows the stage, and while training the loss, the samples a second and the time left.

    Where the output is no terminal but a file or a pipe, there is a line of text every half minute.
    """

    def __init__(self) -> None:
        """A bar on standard error."""
        console = Console(file=sys.stderr, soft_wrap=True)
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, note="")
        self._stage, self._logged = "", time.monotonic()

    def __enter__(self) -> "ProgressBar":
        """Start drawing; before that, say what the first use on a machine takes."""
        if compiling(kernels.__name__, device=CPU):
            self._bar.console.print("Compiling kernels for this machine: once, some ten seconds.")
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing and remove the bar."""
        self._bar.stop()

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._bar.reset(self._task, description=name, total=None, note="")
        self._stage = name

    def trained(self, record: TrainingRecord) -> None:
        """The training goes on."""
        self.advance(record.used, f"loss {record.loss:.4f}  {record.rate / 1e6:.2f} M samples/s")

    def advance(self, share: float, note: str) -> None:
        """A share of the stage is done."""
        self._bar.update(self._task, total=1.0, completed=share, note=note)
        if self._bar.disable and time.monotonic() - self._logged > LOG_SECONDS:
            line = f"{self._stage}: {share:.0%}  {note}"
            self._bar.console.print(line, markup=False, highlight=False)
            self._logged = time.monotonic()
