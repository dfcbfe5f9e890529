"""How one shape becomes samples in a store; `acutance.jobs.prepare` does so with many."""

import hashlib
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32

from acutance.data.datasets.source import AnySource, SampleSource
from acutance.data.pool import Pool, Sampling, draw_pool
from acutance.data.record import ShapeRecord
from acutance.data.shape_file import write_shape
from acutance.errors import InputError, InputWarning
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.solid.report import Rule, check_thickness
from acutance.solid.solid import Solid


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How shapes are made into samples.

    Attributes:
        sampling: how many samples a shape, and where.
        rule: how inside and outside are told apart; `auto` decides by evidence.
        thickness: half the thickness that single sheets get where the rule is flooding, in the unit
            frame.
        seed: of the samples. The random numbers of a shape depend on this seed and its key alone.

    Raises:
        InputError: the thickness does not lie between 0 and 0.1, or the seed is negative.

    >>> Preparation(sampling=Sampling(count=100_000), rule="winding").thickness
    0.0015
    """

    sampling: Sampling = field(default_factory=lambda: Sampling(count=300_000, surface=50_000))
    rule: Rule = "auto"
    thickness: float = 1.5e-3
    seed: int = 0

    def __post_init__(self) -> None:
        check_thickness(self.thickness)
        if self.seed < 0:
            raise InputError(f"A seed must not be negative; got {self.seed}.")


def prepare_shape(source: AnySource, preparation: Preparation, folder: Path) -> ShapeRecord:
    """Sample a shape and write its file into a store's folder.

    Returns:
        the shape's record, to be entered into the store.

    Raises:
        InputError: the source cannot be read, is no shape, or the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     samples = Path(folder, "a.npz")  # as of DeepSDF; a mesh is loaded and sampled
    ...     np.savez(samples, pos=[[0.9, 0, 0, 0.4]], neg=[[0.1, 0, 0, -0.4]])
    ...     source = SampleSource(category="ball", name="a", path=samples)
    ...     record = prepare_shape(source, Preparation(), Path(folder, "store"))
    >>> record.key, record.samples, record.rule
    ('ball/a', 2, 'given')
    """
    return write_shape(folder, *sample_shape(source, preparation))


def sample_shape(source: AnySource, preparation: Preparation) -> tuple[ShapeRecord, Pool]:
    """The samples of a shape, and its record, which lacks what writing them fills in.

    Raises:
        InputError: the source cannot be read, or is no shape.
    """
    record = ShapeRecord(
        category=source.category,
        name=source.name,
        split=source.split,
        family=source.family,
        source=source.origin,
        stamp=source.stamp,
    )
    rng = np.random.default_rng([preparation.seed, _seed_of_key(record.key)])
    if isinstance(source, SampleSource):
        ready = replace(record, transform=source.similarity())
        return ready, _shuffled(*source.load(), rng)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", InputWarning)
        content = source.load()
    said = tuple(str(each.message) for each in caught if each.category is InputWarning)
    found, pool = _sampled(content, record, preparation, rng)
    return replace(found, warnings=said + found.warnings), pool


def _sampled(
    content: TriangleMesh | PointCloud,
    record: ShapeRecord,
    preparation: Preparation,
    rng: np.random.Generator,
) -> tuple[ShapeRecord, Pool]:
    """The samples of a mesh or a point cloud, and the record with what was found."""
    solid = Solid.of(
        content, rule=preparation.rule, thickness=preparation.thickness, seed=preparation.seed
    )
    found = replace(
        record,
        rule=solid.rule,
        agreement=solid.report.agreement,
        transform=solid.transform,
        bounds=solid.bounds,
        warnings=solid.report.warnings,
    )
    return found, draw_pool(solid, preparation.sampling, rng)


def _shuffled(
    points: Float32[np.ndarray, "points 3"],
    sdf: Float32[np.ndarray, " points"],
    rng: np.random.Generator,
) -> Pool:
    """Ready samples in random order; there are no surface points."""
    order, none = rng.permutation(len(sdf)), torch.empty(0, 3, device="cpu")
    return Pool(torch.from_numpy(points[order]), torch.from_numpy(sdf[order]), none, none)


def _seed_of_key(key: str) -> int:
    """A number that depends on the shape's key alone."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
