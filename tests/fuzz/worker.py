"""Runs cases one after another in a process of its own, since a damaged file may end it.

The arguments are: the folder of whole files, a folder for the cases, the seed, the first case and
the one after the last. The number of each case is written before it runs, and its outcome after, as
lines of JSON.
"""

import faulthandler
import json
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from case import run_case

SPARE = 3 << 30
"""Bytes that may be asked for beyond those of the start: what asks for more fails."""


def main(whole: str, home: str, seed: str, first: str, stop: str) -> None:
    """Run the cases."""
    faulthandler.enable()
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + SPARE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for number in range(int(first), int(stop)):
        _say(number)
        outcome = run_case(Path(whole), Path(home, str(number)), int(seed), number)
        _say(asdict(outcome))


def _say(what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
