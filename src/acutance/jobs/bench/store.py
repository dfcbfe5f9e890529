"""The shapes that a bench learns and is measured by."""

from pathlib import Path

from acutance.data.datasets.procedural import PROCEDURAL
from acutance.data.preparation import Preparation
from acutance.data.store import SampleStore
from acutance.jobs.bench.bench import BenchConfig
from acutance.jobs.data import DataRequest, find_data
from acutance.jobs.prepare import prepare
from acutance.progress import SILENT, Progress

TEST_SHARE = 0.2
"""Procedural shapes that are kept aside, as a part of all."""


def bench_store(
    given: Path | None, folder: Path, config: BenchConfig, progress: Progress = SILENT
) -> SampleStore:
    """The store that is given, or one of procedural shapes in a folder.

    Args:
        given: a store with shapes of both splits, or None.
        folder: of the bench; ``folder/store`` is made.
        config: says how many shapes, and their seed.
        progress: receives the stages and how they go on.

    Raises:
        InputError: the store cannot be opened or written.
    """
    if given is not None:
        return SampleStore.open(given)
    request = DataRequest(
        source=Path(PROCEDURAL), count=config.count, test_share=TEST_SHARE, seed=config.seed
    )
    shapes = find_data(request, folder / "store", progress).shapes
    return prepare(shapes, folder / "store", Preparation(), progress=progress).store
