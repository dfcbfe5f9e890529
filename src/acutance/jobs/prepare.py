"""A data set becomes a store of samples: in parallel, and going on where it was interrupted."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from acutance.data.datasets.source import AnySource
from acutance.data.preparation import Preparation
from acutance.data.record import ShapeRecord
from acutance.data.store import SampleStore
from acutance.errors import InputError
from acutance.jobs.workers import outcomes
from acutance.machine.files import write_file
from acutance.machine.locks import locked
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
        moved: keys of shapes that were there already, and are in another split now.
        seconds: time that it took.
    """

    store: SampleStore
    made: tuple[ShapeRecord, ...]
    kept: tuple[ShapeRecord, ...]
    skipped: dict[str, str]
    moved: tuple[str, ...]
    seconds: float

    @property
    def rules(self) -> Counter[str]:
        """How many shapes took which way of telling inside from outside."""
        return Counter(record.rule for record in (*self.made, *self.kept))

    @property
    def splits(self) -> Counter[str]:
        """How many shapes are in which split."""
        return Counter(record.split for record in (*self.made, *self.kept))

    @property
    def families(self) -> Counter[str]:
        """How many families of near-duplicates are in which split."""
        there = {(record.split, record.family) for record in (*self.made, *self.kept)}
        return Counter(split for split, family in there if family)


def prepare(
    sources: Sequence[AnySource],
    folder: Path,
    preparation: Preparation,
    *,
    strict: bool = False,
    notices: Mapping[str, str] = MappingProxyType({}),
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
        notices: texts that the store's folder shall hold, as a licence, by their files' names.
        progress: receives the stages and how they go on.

    Raises:
        InputError: the store cannot be written, has other settings, or another process prepares it;
            with `strict`, the reason why the first shape was skipped; or not one shape could be
            sampled. What is finished stays.

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
    SampleStore.check_place(folder)
    with locked(folder):
        store = SampleStore.create(folder, to_plain(preparation))
        for name, text in notices.items():
            write_file(folder / name, text)
        progress.stage("checking what is there")
        kept, moved = _kept(sources, store)
        todo = [source for source in sources if source.key not in kept]
        made, skipped = list[ShapeRecord](), dict[str, str]()
        progress.stage("sampling")
        with _counted(made, kept, len(sources), folder):
            for source, outcome in outcomes(todo, preparation, folder):
                if isinstance(outcome, ShapeRecord):
                    store.enter(outcome)
                    made.append(outcome)
                elif strict:
                    raise InputError(f"{source.key} cannot be prepared: {outcome}")
                else:
                    skipped[source.key] = outcome
                done, minutes = len(made) + len(skipped), (time.perf_counter() - start) / 60
                progress.advance(
                    done / len(todo), f"{done}/{len(todo)}  {done / minutes:.0f} shapes/min"
                )
    if not made and not kept:
        key, reason = next(iter(skipped.items()))
        raise InputError(f"Not one shape could be prepared; {key}: {reason}")
    return Prepared(
        store=store,
        made=tuple(made),
        kept=tuple(kept.values()),
        skipped=skipped,
        moved=moved,
        seconds=time.perf_counter() - start,
    )


@contextmanager
def _counted(
    made: Sequence[ShapeRecord], kept: dict[str, ShapeRecord], wanted: int, folder: Path
) -> Iterator[None]:
    """What ends the work before its end says how much is there, and how to go on."""
    try:
        yield
    except (KeyboardInterrupt, InputError) as error:
        there = f"{len(made) + len(kept)} of {wanted} shapes are in {folder}"
        goes_on = f"{there}; the same command goes on."
        raise type(error)(f"{error} {goes_on}".lstrip()) from error


def _kept(
    sources: Sequence[AnySource], store: SampleStore
) -> tuple[dict[str, ShapeRecord], tuple[str, ...]]:
    """Shapes that need no work (in the store, intact, made of the same file), by key.

    Where the file lies now is taken over, and a split that the source names; where it names none,
    that of the store stays.

    Returns:
        the records, and the keys of those that are in another split now.
    """
    damaged, before = set(store.damaged()), store.records
    kept = dict[str, ShapeRecord]()
    for source in sources:
        record = before.get(source.key)
        if record is None or source.key in damaged or not _unchanged(source, record):
            continue
        kept[source.key] = replace(
            record,
            source=source.origin,
            split=source.split or record.split,
            family=source.family or record.family,
        )
    if changed := [record for key, record in kept.items() if record != before[key]]:
        store.enter(*changed)
    moved = [r.key for r in changed if (r.split or "train") != (before[r.key].split or "train")]
    return kept, tuple(moved)


def _unchanged(source: AnySource, record: ShapeRecord) -> bool:
    """Whether a source is still what its record was made from; one that is gone is not."""
    try:
        return record.stamp == source.stamp
    except InputError:
        return False
