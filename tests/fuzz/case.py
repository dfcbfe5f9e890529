"""One damaged file, read under watch: what went wrong, and what it took."""

import resource
import signal
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree

import numpy as np
from foreign_files import FOREIGN
from mutations import choice
from own_files import OWN
from target import Target

from acutance.contouring.contour import Contouring
from acutance.errors import InputError, InputWarning, TrainingWarning
from acutance.jobs.shape.clean import CleanConfig, clean
from acutance.mesh.reading import Reading
from acutance.mesh.topology import topology

SECONDS, MEGABYTES = 10, 1024
"""What reading one damaged file may take: time of the processor, and memory."""

CLEANED = 0.1
"""Share of the files that are read whose shapes are made closed, too."""

COARSE = CleanConfig(contouring=Contouring(resolution=16), device="cpu")

ROUND = [
    target
    for turn in range(max(target.every for target in FOREIGN))
    for target in (*FOREIGN, *OWN)
    if turn % target.every == 0
]
"""The files in the order in which they are damaged, over and over."""


class Late(BaseException):
    """The time is over; nothing but `BaseException` catches it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a case went.

    Attributes:
        number: of the case.
        target: the file that was damaged.
        failure: what went wrong; nothing, as it should be.
        read: whether the file could be read, damaged as it is.
        cleaned: whether its shape was made closed.
        seconds: time of the processor.
        megabytes: memory beyond what there was before.
    """

    number: int
    target: str
    failure: str = ""
    read: bool = False
    cleaned: bool = False
    seconds: float = 0.0
    megabytes: float = 0.0


def damage(whole: Path, place: Path, seed: int, number: int) -> tuple[Target, str]:
    """Copy the whole files that a case needs, and damage one; the mutation's name is the second."""
    target = ROUND[number % len(ROUND)]
    rng = np.random.default_rng([seed, number])
    copytree(whole / target.group, place)
    path = place / target.path
    mutation = choice(target.mutations, rng)
    path.write_bytes(mutation(path.read_bytes(), rng))
    return target, mutation.__name__


def run_case(whole: Path, home: Path, seed: int, number: int) -> Outcome:
    """Damage a file in `home/inner/case`, read it, and look at what happens.

    What goes wrong is an error that is no `InputError`, a warning of another library, a hang, too
    much memory, a mesh that should be closed and is open, or a file outside of the case's folder.
    """
    place = home / "inner" / "case"
    target, mutation = damage(whole, place, seed, number)
    deep = np.random.default_rng([seed, number, 1]).random() < CLEANED
    failure, read, cleaned = "", False, False
    before, started = _memory_now(), time.process_time()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            with _at_most(SECONDS):
                found = target.read(place)
                read = True
                if deep and isinstance(found, Reading):
                    mesh = clean(found, COARSE).mesh
                    cleaned = True
                    assert topology(mesh).manifold, "the clean mesh is not closed"
        except InputError as error:
            if isinstance(error.__cause__, MemoryError):
                failure = "more memory than the limit"
        except (Exception, Late) as error:
            failure = "".join(traceback.format_exception(error)[-6:])
    seconds, megabytes = time.process_time() - started, _peak() - before
    odd = [w for w in said if not issubclass(w.category, InputWarning | TrainingWarning)]
    if odd:
        failure += (
            f"\n{odd[0].category.__name__}: {odd[0].message} ({odd[0].filename}:{odd[0].lineno})"
        )
    if megabytes > MEGABYTES:
        failure += f"\n{megabytes:.0f} MB of memory"
    outside = [
        p for p in home.rglob("*") if place not in (p, *p.parents) and p not in place.parents
    ]
    if outside:
        failure += f"\nit wrote {outside[0]}"
    if failure:
        failure = f"{mutation}: {failure.strip()}"
    else:
        rmtree(home)  # what failed is kept by the one that asked
    return Outcome(
        number=number,
        target=target.path,
        failure=failure,
        read=read,
        cleaned=cleaned,
        seconds=seconds,
        megabytes=megabytes,
    )


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """`Late` where the block uses more of the processor."""

    def late(number, frame):
        raise Late(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _memory_now() -> float:
    """Megabytes of memory, from where on the peak is counted (where the system allows that)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> float:
    """The most megabytes that this process had."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
