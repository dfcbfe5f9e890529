"""Balls of several sizes: a space of shapes whose distances are known in closed form."""

from dataclasses import replace
from pathlib import Path

import torch

from acutance.data.batches import Batches
from acutance.data.pool import Pool
from acutance.data.record import ShapeRecord
from acutance.data.shape_file import write_shape
from acutance.data.store import SampleStore
from acutance.jobs.workers import attempt
from acutance.mesh.normalize import Similarity
from acutance.model.encodings import Hash
from acutance.model.space.conditioning import Concatenated
from acutance.model.space.decoder import SpaceDecoderConfig
from acutance.model.space.tables import Mixture
from acutance.training.losses import ClampedL1
from acutance.training.objective import Objective
from acutance.training.space.fitting import SpaceFitting
from acutance.training.space.trainer import SpaceTrainer

TINY_GRID = Hash(levels=2, features=2, log2_table_size=9, base_resolution=4, finest_resolution=8)

TINY = SpaceDecoderConfig(code=4, conditioning=Mixture(grid=TINY_GRID), width=16, depth=1)
"""As the preset `best`, a hundredth of its size."""

SMOOTH = SpaceDecoderConfig(code=4, conditioning=Concatenated(), width=32, depth=2)
"""A decoder that knows balls between those that it has seen."""

QUICK = SpaceFitting(
    objective=Objective(distance=ClampedL1(clamp=0.5)),
    learning_rate=5e-3,
    table_rate=1e-2,
    code_rate=1e-2,
    code_deviation=1.0,
    code_penalty=0.0,
    warm_up=10,
    shapes=3,
    points=512,
)
"""Settings that learn some balls in a second."""

SMOOTHLY = replace(QUICK, code_deviation=0.1, code_penalty=1e-3, shapes=4, points=256)
"""The same for `SMOOTH`."""


def directions(count: int, seed: int = 0) -> torch.Tensor:
    """Random points of the unit sphere."""
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(count, 3, generator=generator), dim=1)


def ball_pool(radius: float, count: int = 4000, surface: int = 500, seed: int = 0) -> Pool:
    """Samples of a ball: most of them near its surface, the others anywhere."""
    generator = torch.Generator().manual_seed(seed)
    near = radius * directions(count * 7 // 8, seed + 1000)
    near = near + 0.03 * torch.randn(near.shape, generator=generator)
    anywhere = torch.rand(count - len(near), 3, generator=generator) * 2 - 1
    points = torch.cat([near, anywhere])[torch.randperm(count, generator=generator)]
    normals = directions(surface, seed + 2000)
    return Pool(points, points.norm(dim=1) - radius, radius * normals, normals)


def name_of(radius: float) -> str:
    """The key of a ball in a store."""
    return f"ball/r{round(100 * radius)}"


def ball_store(
    folder: Path, radii: list[float], test: tuple[float, ...] = (), surface: int = 500
) -> SampleStore:
    """A store of balls, each at x = 10 and of ten times the size in its own coordinates."""
    store = SampleStore.create(folder, {"made by": "a test"})
    for seed, radius in enumerate([*radii, *test]):
        category, name = name_of(radius).split("/")
        record = ShapeRecord(
            category=category,
            name=name,
            split="test" if radius in test else "train",
            source=str(folder / "nowhere.obj"),
            transform=Similarity(centre=(10.0, 0.0, 0.0), scale=10.0),
        )
        store.enter(write_shape(folder, record, ball_pool(radius, surface=surface, seed=seed)))
    return store


def trainer_of(
    store: SampleStore, decoder=TINY, fitting: SpaceFitting = QUICK, split: str = "train"
) -> SpaceTrainer:
    """A fresh training of the balls of a store."""
    batches = Batches(store, store.split(split), seed=fitting.seed)
    return SpaceTrainer(decoder, fitting, batches, torch.device("cpu"))


def in_this_process(waiting, preparation, folder, workers):
    """Takes the place of the processes of `acutance.jobs.workers`, which take seconds to start."""
    while waiting:
        source = waiting.popleft()
        yield source, attempt(source, preparation, folder)
