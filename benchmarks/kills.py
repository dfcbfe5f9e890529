"""What is lost when commands are killed.

    python -m benchmarks.kills [--kills 200] [--seed 0] [--only prepare train fit evaluate clean]

Every command is started on a tiny input and killed (SIGKILL) at a random time, over and over on the
same outputs: half of the times the command alone, half of the times with all its processes. After
each kill, what was finished before must still be there, what is there must be whole, and no process
may be left. In the end the commands run through, and must end as if they had never been killed.
"""

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from safetensors import safe_open

from acutance.data.store import SampleStore
from acutance.jobs.shape.models import open_model
from acutance.jobs.space.open import open_space
from acutance.jobs.space.run_folder import read_curves
from acutance.machine.description import machine_line
from acutance.machine.file_set import finish_set
from acutance.mesh.io.load import load
from acutance.mesh.io.save import save_mesh
from acutance.shapes.analytic import Box
from acutance.shapes.part import part

OFTEN = (
    "from acutance.training.space import loop; loop.CHECKPOINT_SECONDS = 0.2; "
    "from acutance.__main__ import run; run()"
)
"""The command line, with five checkpoints a second instead of two a minute."""

FEW = "--samples 20000 --surface 1000"
SHORT = "--steps 200 --pictures 2"
"""How little is prepared and trained."""

FINISHED = 300
"""Seconds that a command which is not killed may take."""

LEFT_ALONE = 10.0
"""Seconds after which no process of a killed command may be left."""


@dataclass
class Subject:
    """A command that is killed again and again.

    Attributes:
        arguments: of the run with a number.
        look: what is there, by name; raises where something is not whole.
        agrees: whether what is there after a kill may follow what was there before.
        seconds: time of the shortest run that was not killed.
        kills, late, ended: times that it was killed, was killed with something new there, and ended
            before it could be killed.
        faults: what was lost or not whole.
    """

    arguments: Callable[[int], str]
    look: Callable[[], dict[str, str]]
    agrees: Callable[[dict[str, str], dict[str, str]], bool]
    seconds: float = 0.0
    kills: int = 0
    late: int = 0
    ended: int = 0
    faults: list[str] = field(default_factory=list)


def start(arguments: str) -> "subprocess.Popen[bytes]":
    """A command in a group of processes of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", OFTEN, *arguments.split()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def run_through(subject: Subject, number: int) -> None:
    """A run that is not killed; it must end well."""
    begun = time.perf_counter()
    code = start(subject.arguments(number)).wait(FINISHED)
    subject.seconds = subject.seconds or time.perf_counter() - begun
    if code:
        subject.faults.append(f"run {number} ended with {code}")


def kill_once(subject: Subject, number: int, rng: np.random.Generator) -> None:
    """Start, kill at a random time, and look at what is there."""
    before = subject.look()
    begun = time.perf_counter()
    process = start(subject.arguments(number))
    with suppress(subprocess.TimeoutExpired):
        process.wait(subject.seconds * rng.uniform(0.2, 1.1))
        subject.seconds = min(subject.seconds, time.perf_counter() - begun)
    subject.kills += process.poll() is None
    subject.ended += process.poll() is not None
    if rng.random() < 0.5:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    end = time.perf_counter() + LEFT_ALONE
    while _alive(process.pid) and time.perf_counter() < end:
        time.sleep(0.1)
    if _alive(process.pid):
        subject.faults.append(f"kill {number}: processes are left")
        os.killpg(process.pid, signal.SIGKILL)
    try:
        after = subject.look()
    except Exception as error:
        subject.faults.append(f"kill {number}: not whole: {error}")
        return
    subject.late += after != before
    if not subject.agrees(before, after):
        lost = [name for name in before if after.get(name) != before[name]]
        subject.faults.append(f"kill {number}: lost or mixed: {', '.join(lost)}")
    state = "new" if after != before else "as before"
    print(f"{number}: {len(after)} there, {state}; {len(subject.faults)} faults", flush=True)


def _alive(group: int) -> bool:
    """Whether a process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def checksums(folder: Path, *patterns: str) -> dict[str, str]:
    """What files hold, by their names."""
    files = [path for pattern in patterns for path in folder.glob(pattern)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def grows(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether all that was there is there unchanged."""
    return before.items() <= after.items()


def as_one(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether all is as it was, or all is new."""
    return before == after or not before.items() & after.items()


def moves_on(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether a training has taken no fewer steps than before."""
    return int(before.get("step", 0)) <= int(after.get("step", 0))


def look_at_store(folder: Path) -> dict[str, str]:
    """The checksums of a store's shapes, each of which must be whole."""
    if not SampleStore.is_store(folder) or not (folder / "index.jsonl").exists():
        return {}
    store = SampleStore._read(folder)  # which may be empty
    store.check()
    return {key: record.checksum for key, record in store.records.items()}


def look_at_run(folder: Path) -> dict[str, str]:
    """The steps of a run's checkpoint; its course and its space must be whole."""
    read_curves(folder)
    if (folder / "model").exists():
        open_space(folder, "cpu")
    if not (path := folder / "checkpoint.safetensors").exists():
        return {}
    with safe_open(path, "pt") as file:
        return {"step": str(json.loads(file.metadata()["state"])["step"])}


def look_at_fit(folder: Path) -> dict[str, str]:
    """The checksums of a fit's files, which must be whole."""
    if not folder.is_dir():
        return {}
    finish_set(folder)
    found = checksums(folder, "model/model.safetensors", "mesh.glb", "metrics.json", "report.html")
    if found:
        open_model(folder, "cpu")
        load(folder / "mesh.glb")
        json.loads((folder / "metrics.json").read_text())
    return found


def look_at_evaluation(folder: Path) -> dict[str, str]:
    """The checksums of an evaluation's files."""
    if folder.is_dir():
        finish_set(folder)
    return checksums(folder, "scores-train.csv", "scores.json", "evaluation.html")


def look_at_mesh(path: Path) -> dict[str, str]:
    """The checksum of a mesh, which must be whole."""
    if path.exists():
        load(path)
    return checksums(path.parent, path.name)


def subjects(home: Path) -> dict[str, Subject]:
    """The commands with their outputs. Numbers change results, so that sets can be told apart."""
    save_mesh(part(), home / "part.ply")
    for number in range(16):
        box = Box(half=(0.5, 0.4, 0.02 * (number + 1))).mesh()
        save_mesh(box, home / "meshes" / "box" / f"{number:02d}.ply")

    def resumed() -> str:
        return "--resume" if (home / "run" / "run.json").exists() else ""

    return {
        "prepare": Subject(
            lambda n: f"prepare {home}/meshes {home}/store {FEW}",
            lambda: look_at_store(home / "store"),
            grows,
        ),
        "train": Subject(
            lambda n: f"train {home}/whole-store {home}/run {SHORT} {resumed()}",
            lambda: look_at_run(home / "run"),
            moves_on,
        ),
        "fit": Subject(
            lambda n: f"fit {home}/part.ply -o {home}/fit --steps 40 --resolution 32 --seed {n}",
            lambda: look_at_fit(home / "fit"),
            as_one,
        ),
        "evaluate": Subject(
            lambda n: (
                f"evaluate {home}/whole-run -o {home}/evaluation --limit 1 "
                f"--resolution {16 + n % 7}"
            ),
            lambda: look_at_evaluation(home / "evaluation"),
            as_one,
        ),
        "clean": Subject(
            lambda n: f"clean {home}/part.ply -o {home}/clean.ply --resolution {48 + n % 9}",
            lambda: look_at_mesh(home / "clean.ply"),
            lambda before, after: before.keys() <= after.keys(),
        ),
    }


def compare(name: str, subject: Subject, home: Path) -> None:
    """Let a command run through, and see that it ends as one that was never killed.

    What it wrote is removed, so that it can begin anew.
    """
    if name == "prepare":
        run_through(subject, 0)
        if look_at_store(home / "store") != look_at_store(home / "whole-store"):
            subject.faults.append("the store is not that of a run without kills")
        shutil.rmtree(home / "store")
    if name == "train":
        run_through(subject, 0)
        ours, theirs = (
            checksums(home / run / "model", "model.safetensors") for run in ("run", "whole-run")
        )
        if ours != theirs:
            subject.faults.append("the space is not that of a run without kills")
        shutil.rmtree(home / "run")


def main() -> None:
    """Kill, and print what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="in all, of all commands")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", help="commands to kill")
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    table = Table("command", "s", "kills", "with something new", "ended first", "faults")
    faults = list[str]()
    with tempfile.TemporaryDirectory(prefix="acutance-kills-") as name:
        home = Path(name)
        found = subjects(home)
        chosen = {n: s for n, s in found.items() if n in (options.only or found)}
        for words in (
            f"prepare {home}/meshes {home}/whole-store {FEW}",
            f"train {home}/whole-store {home}/whole-run {SHORT}",
        ):
            begun = time.perf_counter()
            if start(words).wait(FINISHED):
                raise SystemExit(f"acutance {words} does not end well")
            found[words.split()[0]].seconds = time.perf_counter() - begun
        for command, subject in chosen.items():
            if not subject.seconds:
                run_through(subject, 0)
            while subject.kills < options.kills // len(chosen):
                ended = subject.ended
                kill_once(subject, subject.kills + subject.ended + 1, rng)
                if command in ("prepare", "train") and subject.ended > ended:
                    compare(command, subject, home)
            compare(command, subject, home)
            counts = (subject.kills, subject.late, subject.ended, len(subject.faults))
            table.add_row(command, f"{subject.seconds:.1f}", *map(str, counts))
            faults += [f"{command}: {fault}" for fault in subject.faults]
    Console().print(table)
    print(*faults, sep="\n")
    print(machine_line())


if __name__ == "__main__":
    main()
