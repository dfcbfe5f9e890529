"""Processes that sample shapes, none of which takes the others with it."""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from pathlib import Path

import torch

from acutance.data.datasets.source import AnySource
from acutance.data.preparation import Preparation, sample_shape
from acutance.data.record import ShapeRecord
from acutance.data.shape_file import write_shape
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.machine.cores import cores
from acutance.machine.warp_start import silence_driver_warning

ENDED = "its process was ended by the system, probably for its memory"


def outcomes(
    todo: Sequence[AnySource], preparation: Preparation, folder: Path
) -> Iterator[tuple[AnySource, ShapeRecord | str]]:
    """The record of every shape, or the reason why there is none, in the order of completion.

    A shape that takes its process down with it (out of memory, say) does not take others: what was
    under way then is tried once more, one after the other, when all else is done.

    Raises:
        InputError: the store cannot be written.
    """
    waiting, suspects = deque(filter(_portable, todo)), list[AnySource]()
    while waiting:
        for source, outcome in in_processes(waiting, preparation, folder, cores()):
            if outcome is None:
                suspects.append(source)
            else:
                yield source, outcome
    waiting.extend(suspects)
    while waiting:
        for source, outcome in in_processes(waiting, preparation, folder, workers=1):
            yield source, outcome or ENDED
    for source in todo:
        if not _portable(source):
            yield source, attempt(source, preparation, folder)


def _portable(source: AnySource) -> bool:
    """Whether another process finds the class of a source: it is no local one, nor a notebook's."""
    kind = type(source)
    typed_in = kind.__module__ == "__main__" and not hasattr(sys.modules["__main__"], "__file__")
    return "<locals>" not in kind.__qualname__ and not typed_in


def in_processes(
    waiting: deque[AnySource], preparation: Preparation, folder: Path, workers: int
) -> Iterator[tuple[AnySource, ShapeRecord | str | None]]:
    """As `outcomes`; None for what was under way when a process broke down, which is the end.

    Args:
        waiting: what is to be done; what was begun is taken out of it.
        preparation: how to sample.
        folder: the store.
        workers: processes. One has one shape at a time, so that it is clear which one broke it.

    Raises:
        InputError: the store cannot be written.
    """
    context = get_context("spawn")  # threads of the parent would not survive a fork
    ahead = 1 if workers == 1 else 2 * workers  # none shall wait, and little be lost
    pool = ProcessPoolExecutor(min(workers, len(waiting)), context, initializer=_alone)
    running: dict[Future[ShapeRecord | str], AnySource] = {}
    broken = False
    try:
        while running or (waiting and not broken):
            while waiting and len(running) < ahead and not broken:
                future = _submit(pool, waiting[0], preparation, folder)
                if future is None:
                    broken = True
                else:
                    running[future] = waiting.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                source, outcome = running.pop(future), _result(future)
                broken |= outcome is None
                yield source, outcome
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submit(
    pool: ProcessPoolExecutor, source: AnySource, preparation: Preparation, folder: Path
) -> Future[ShapeRecord | str] | None:
    """The work under way; None where the processes broke down."""
    try:
        return pool.submit(_attempt_in_worker, source, preparation, folder)
    except BrokenProcessPool:
        return None


def _result(future: Future[ShapeRecord | str]) -> ShapeRecord | str | None:
    """What a process returned; None where it broke down."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except InputError:
        raise
    except Exception as error:  # the source or its record cannot be handed to another process
        return f"it cannot be given to a process ({_named(error)})"


def attempt(source: AnySource, preparation: Preparation, folder: Path) -> ShapeRecord | str:
    """The record, or why there is none.

    Raises:
        InputError: the store cannot be written, which no other shape could be either.
    """
    try:
        record, pool = sample_shape(source, preparation)
    except InputError as error:
        return str(error)
    except MemoryError:
        return "it needs more memory than there is"
    except Exception as error:
        return f"its {_of(source)} made Acutance fail ({_named(error)})"
    if not SampleStore.is_store(folder):
        raise InputError(f"{folder} is no store any more; was it moved or removed?")
    return write_shape(folder, record, pool)


def _attempt_in_worker(
    source: AnySource, preparation: Preparation, folder: Path
) -> ShapeRecord | str:
    """The same in a worker, where Ctrl-C ends the attempt, and nothing between two attempts.

    A worker that an interrupt ends while it holds a queue would leave all others waiting.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return attempt(source, preparation, folder)
    finally:
        signal.signal(signal.SIGINT, before)


def _of(source: AnySource) -> str:
    """A source in a word or two."""
    return f"file {source.path}" if source.path.is_file() else "source"


def _named(error: Exception) -> str:
    """An error in a line."""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason'}"


def _alone() -> None:
    """A worker computes on one core (the shapes are what runs in parallel), and outlives no one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"  # for `cores`; PyTorch has read it already
    torch.set_num_threads(1)
    silence_driver_warning()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process, whatever it does, when the one that started it is gone."""
    parent = parent_process()
    assert parent is not None  # only workers come here
    wait_for([parent.sentinel])
    os._exit(1)
