"""A data set becomes a store of samples: in parallel, and going on where it was interrupted."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import torch

from acutance.data.datasets.source import AnySource
from acutance.data.preparation import Preparation, file_stamp, prepare_shape
from acutance.data.record import ShapeRecord
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.machine.cores import cores
from acutance.machine.warp_start import silence_driver_warning
from acutance.model.configuration import to_plain
from acutance.progress import SILENT, Progress


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What became of a data set.

    Attributes:
        store: where the samples are.
        made: shapes that were sampled now.
        kept: shapes that were there already, intact and from the same file.
        skipped: shapes that could not be sampled, with the reason.
        seconds: time that it took.
    """

    store: SampleStore
    made: tuple[ShapeRecord, ...]
    kept: tuple[ShapeRecord, ...]
    skipped: dict[str, str]
    seconds: float

    @property
    def rules(self) -> Counter[str]:
        """How many shapes took which way of telling inside from outside."""
        return Counter(record.rule for record in (*self.made, *self.kept))

    @property
    def splits(self) -> Counter[str]:
        """How many shapes are in which split."""
        return Counter(record.split for record in (*self.made, *self.kept))


def prepare(
    sources: Sequence[AnySource],
    folder: Path,
    preparation: Preparation,
    *,
    strict: bool = False,
    progress: Progress = SILENT,
) -> Prepared:
    """Sample every shape of a data set into a store.

    Shapes that are in the store already, intact, are kept: run it again after an interruption, or
    with more shapes. A shape that cannot be sampled is skipped, and the reason told.

    Args:
        sources: the shapes.
        folder: the store; made where there is none.
        preparation: how to sample.
        strict: whether a shape that cannot be sampled is an error.
        progress: receives the stages and how they go on.

    Raises:
        InputError: the store cannot be written or has other settings; with `strict`, the reason
            why the first shape was skipped; or not one shape could be sampled.

    Example:
        >>> import tempfile
        >>> from acutance import Preparation, Sampling
        >>> from acutance.data.datasets.procedural import procedural_shapes
        >>> tables = [s for s in procedural_shapes(1) if s.category == "table"]
        >>> few = Preparation(sampling=Sampling(count=2000, surface=100))
        >>> result = prepare(tables, Path(tempfile.mkdtemp()), few)
        >>> [record.key for record in result.made]
        ['table/000000']
    """
    if not sources:
        raise InputError("There are no shapes to prepare.")
    start = time.perf_counter()
    store = SampleStore.create(folder, to_plain(preparation))
    progress.stage("checking what is there")
    kept = _kept(sources, store)
    todo = [source for source in sources if source.key not in kept]
    made, skipped = list[ShapeRecord](), dict[str, str]()
    progress.stage("sampling")
    try:
        for done, (source, outcome) in enumerate(_outcomes(todo, preparation, folder), start=1):
            if isinstance(outcome, ShapeRecord):
                store.enter(outcome)
                made.append(outcome)
            elif strict:
                raise InputError(f"{source.key} cannot be prepared: {outcome}")
            else:
                skipped[source.key] = outcome
            minutes = (time.perf_counter() - start) / 60
            progress.advance(
                done / len(todo), f"{done}/{len(todo)}  {done / minutes:.0f} shapes/min"
            )
    except KeyboardInterrupt as interrupt:
        there = len(made) + len(kept)
        raise KeyboardInterrupt(
            f"{there} of {len(sources)} shapes are in {folder}; the same command goes on."
        ) from interrupt
    if not made and not kept:
        key, reason = next(iter(skipped.items()))
        raise InputError(f"Not one shape could be prepared; {key}: {reason}")
    return Prepared(
        store=store,
        made=tuple(made),
        kept=tuple(kept.values()),
        skipped=skipped,
        seconds=time.perf_counter() - start,
    )


def _kept(sources: Sequence[AnySource], store: SampleStore) -> dict[str, ShapeRecord]:
    """Shapes that need no work: in the store, intact, made of the same file.

    Where the file lies now is taken over, and a split that the source names; where it names none,
    that of the store stays.
    """
    damaged = set(store.damaged())
    kept = dict[str, ShapeRecord]()
    for source in sources:
        record = store.records.get(source.key)
        if record is None or source.key in damaged or record.stamp != file_stamp(source):
            continue
        now = replace(record, source=source.origin, split=source.split or record.split)
        if now != record:
            store.enter(now)
        kept[source.key] = now
    return kept


def _outcomes(
    todo: Sequence[AnySource], preparation: Preparation, folder: Path
) -> Iterator[tuple[AnySource, ShapeRecord | str]]:
    """The record of every shape, or the reason why there is none, in the order of completion.

    A shape that takes its process down with it (out of memory, say) does not take others: what was
    under way then is tried once more, each in a process of its own.
    """
    lost = list[AnySource]()
    for source, outcome in _in_processes(todo, preparation, folder, workers=cores()):
        if outcome is None:
            lost.append(source)
        else:
            yield source, outcome
    for source in lost:
        for _, outcome in _in_processes([source], preparation, folder, workers=1):
            yield source, outcome or "its process was ended by the system, probably for its memory"


def _in_processes(
    todo: Sequence[AnySource], preparation: Preparation, folder: Path, workers: int
) -> Iterator[tuple[AnySource, ShapeRecord | str | None]]:
    """As `_outcomes`; None for what was under way when a process broke down, and all after it."""
    if not todo:
        return
    waiting = iter(todo)
    context = get_context("spawn")  # threads of the parent would not survive a fork
    with ProcessPoolExecutor(min(workers, len(todo)), context, initializer=_alone) as pool:
        running: dict[Future[ShapeRecord | str], AnySource] = {}
        while True:
            # A few beyond the workers, so that none waits, and an interrupt has little to cancel.
            while len(running) < 2 * workers and (source := next(waiting, None)) is not None:
                if (future := _submit(pool, source, preparation, folder)) is None:
                    yield source, None
                else:
                    running[future] = source
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), _result(future)


def _submit(
    pool: ProcessPoolExecutor, source: AnySource, preparation: Preparation, folder: Path
) -> Future[ShapeRecord | str] | None:
    """The work under way; None where the processes broke down."""
    try:
        return pool.submit(_attempt, source, preparation, folder)
    except BrokenProcessPool:
        return None


def _result(future: Future[ShapeRecord | str]) -> ShapeRecord | str | None:
    """What a process returned; None where it broke down."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None


def _alone() -> None:
    """A worker computes on one core: the shapes are what runs in parallel."""
    os.environ["OMP_NUM_THREADS"] = "1"  # for `cores`; PyTorch has read it already
    torch.set_num_threads(1)
    silence_driver_warning()


def _attempt(source: AnySource, preparation: Preparation, folder: Path) -> ShapeRecord | str:
    """The record, or why there is none."""
    try:
        return prepare_shape(source, preparation, folder)
    except InputError as error:
        return str(error)
