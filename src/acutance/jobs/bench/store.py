"""The shapes that a bench learns and is measured by."""

from pathlib import Path

from acutance.data.datasets.procedural import procedural_shapes
from acutance.data.pool import Sampling
from acutance.data.preparation import Preparation
from acutance.data.store import SampleStore
from acutance.jobs.bench.config import BenchConfig
from acutance.jobs.prepare import prepare
from acutance.progress import SILENT, Progress

STORE = "store"
"""Where procedural shapes are, in the folder of a bench."""

SURFACE_SHARE = 6
"""A shape gets so many times as many samples in space as points on its surface."""


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
    shapes = procedural_shapes(
        config.count, test=config.unseen, categories=config.categories, seed=config.seed
    )
    sampling = Sampling(count=config.samples, surface=config.samples // SURFACE_SHARE)
    preparation = Preparation(sampling=sampling)
    return prepare(shapes, folder / STORE, preparation, progress=progress).store
