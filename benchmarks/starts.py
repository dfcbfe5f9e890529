"""How long the commands take to start.

    python -m benchmarks.starts [--beside PATH/TO/ANOTHER/CHECKOUT/src]

Each command's help, run as a process of its own; the shortest of several runs, since a disturbed
one only ever takes longer. Another checkout is run in turn, so that both meet the same machine.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from acutance.cli.entry import Command
from acutance.machine.description import machine_line

RUNS = 3
OURS = Path(__file__).resolve().parent.parent / "src"


def seconds(source: Path, arguments: list[str]) -> float:
    """Time of one run of the package in a folder."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "acutance", *arguments],
        env={**os.environ, "PYTHONPATH": str(source)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def main() -> None:
    """Time every command and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", type=Path, help="source folder of another checkout")
    beside = parser.parse_args().beside
    sources = [OURS] if beside is None else [beside, OURS]
    names = [get_args(command)[1].name for command in get_args(Command)]
    table = Table("command", *("s" if len(sources) == 1 else "s, other", "s")[-len(sources) :])
    for arguments in [["--help"], *([name, "--help"] for name in names)]:
        times = [[seconds(source, arguments) for source in sources] for _ in range(RUNS)]
        best = [min(runs) for runs in zip(*times, strict=True)]
        table.add_row(" ".join(arguments), *(f"{each:.2f}" for each in best))
    Console().print(table)
    print(machine_line())


if __name__ == "__main__":
    main()
