"""Damage files of every kind at random, and read each: `make fuzz CASES=20000 SEED=1`.

Every case is made again by its seed and number. Processes of their own read the files, so that the
death of one is an outcome like others. What fails stays in a folder, as it was when it failed.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, Queue
from shutil import move
from subprocess import PIPE, Popen
from threading import Thread

from case import ROUND, Outcome
from foreign_files import make_foreign
from own_files import make_own

WORKER = Path(__file__).with_name("worker.py")

BATCH = 400
"""Cases of one process: it starts in seconds, and what leaks of memory is let go."""

PATIENCE = 120
"""Seconds of waiting for one case before its process is ended: twelve times what it may use, since
others may use the machine. It notices itself when it uses too much."""


def make_whole(folder: Path) -> Path:
    """The files to damage, all whole."""
    make_foreign(folder / "foreign")
    make_own(folder / "own")
    return folder


def hunt(whole: Path, seed: int, cases: int, kept: Path, workers: int = 1) -> Iterator[Outcome]:
    """Run so many cases; the files of those that fail are kept.

    Args:
        whole: the folder that `make_whole` made.
        seed: of the damage.
        cases: their number.
        kept: the folder for the files of those that fail.
        workers: processes at a time.
    """
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(workers) as pool:
        home = Path(name)
        found = Queue[Outcome | None]()

        def batch(first: int) -> None:
            try:
                for outcome in _batch(whole, home, seed, first, min(first + BATCH, cases)):
                    if outcome.failure:
                        kept.mkdir(parents=True, exist_ok=True)
                        move(home / str(outcome.number), kept / f"{seed}-{outcome.number}")
                    found.put(outcome)
            finally:
                found.put(None)

        batches = [pool.submit(batch, first) for first in range(0, cases, BATCH)]
        for _ in batches:
            yield from iter(found.get, None)
        for each in batches:
            each.result()


def _batch(whole: Path, home: Path, seed: int, first: int, stop: int) -> Iterator[Outcome]:
    """The outcomes of some cases; where their process dies, another goes on."""
    while first < stop:
        for outcome in _process(whole, home, seed, first, stop):
            yield outcome
            first = outcome.number + 1


def _process(whole: Path, home: Path, seed: int, first: int, stop: int) -> Iterator[Outcome]:
    """The outcomes of a process; the last one may be its death."""
    command = [sys.executable, str(WORKER), str(whole), str(home)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command += [str(number) for number in (seed, first, stop)]
    with (
        tempfile.TemporaryFile() as errors,
        Popen(command, stdout=PIPE, stderr=errors, env=environment, text=True) as process,
    ):
        lines = Queue[str]()
        Thread(target=_pass_on, args=(process.stdout, lines), daemon=True).start()
        number, why = first, ""
        try:
            while line := lines.get(timeout=PATIENCE):
                said = json.loads(line) if line[0] in "{0123456789" else None  # libraries print
                if isinstance(said, int):
                    number = said
                elif said:
                    yield Outcome(**said)
                    number = said["number"] + 1
        except Empty:
            why = f"no answer in {PATIENCE} s"
        finally:
            process.kill()
        process.wait()
        if number < stop:
            errors.seek(0)
            end = errors.read()[-3000:].decode(errors="replace")
            failure = why or f"the process ended with {process.returncode}:\n{end}"
            yield Outcome(number=number, target=ROUND[number % len(ROUND)].path, failure=failure)


def _pass_on(stream, lines: Queue[str]) -> None:
    """All lines, and an empty one at the end."""
    for line in stream:
        lines.put(line)
    lines.put("")


def main() -> int:
    """Run the cases that were asked for, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kept", type=Path, default=Path("runs/fuzz"))
    options = parser.parse_args()
    outcomes = list[Outcome]()
    with tempfile.TemporaryDirectory() as name:
        whole = make_whole(Path(name, "whole"))
        for outcome in hunt(whole, options.seed, options.cases, options.kept, options.workers):
            outcomes.append(outcome)
            if outcome.failure:
                print(f"{options.kept}/{options.seed}-{outcome.number}: {outcome.target}:")
                print(outcome.failure, flush=True)
            if len(outcomes) % 1000 == 0:
                print(f"{len(outcomes):,} cases", flush=True)
    _print_table(outcomes)
    return int(any(outcome.failure for outcome in outcomes))


def _print_table(outcomes: list[Outcome]) -> None:
    """What came out, by the file that was damaged."""
    of = defaultdict[str, list[Outcome]](list)
    for outcome in outcomes:
        of[outcome.target].append(outcome)
    row = "{:36} {:>6} {:>6} {:>8} {:>7} {:>8} {:>7}"
    print(row.format("file", "cases", "read", "cleaned", "failed", "slowest", "memory"))
    for name, some in [*of.items(), ("all", outcomes)]:
        count = Counter[str]()
        for each in some:
            count.update(read=each.read, cleaned=each.cleaned, failed=bool(each.failure))
        slowest, most = max(o.seconds for o in some), max(o.megabytes for o in some)
        counts = (len(some), count["read"], count["cleaned"], count["failed"])
        print(row.format(name, *counts, f"{slowest:.2f} s", f"{most:.0f} MB"))


if __name__ == "__main__":
    sys.exit(main())
