"""Batches of shapes × points from a store, read sequentially."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from acutance.data.pool import Pool
from acutance.data.store import SampleStore
from acutance.machine.devices import CPU, free_memory

MOST_OPEN = 4096
"""Files of shapes that are open at once. Linux allows a process 65,530 memory maps in all."""

LARGEST_SHARE = 0.5
"""Samples stay on a GPU where they take at most this share of its free memory."""

PEEKED = 256
"""Samples of each shape that tell how large its distances are."""


class Batch(NamedTuple):
    """Samples of some shapes, of each as many.

    Attributes:
        shapes: index of each shape.
        points, sdf: where, and the signed distance there (unit frame).
        surface_points, surface_normals: for the normal term; none where they are not asked for.
    """

    shapes: Int64[Tensor, " shapes"]
    points: Float[Tensor, "shapes points 3"]
    sdf: Float[Tensor, "shapes points"]
    surface_points: Float[Tensor, "shapes surface 3"]
    surface_normals: Float[Tensor, "shapes surface 3"]

    def to(self, device: torch.device) -> "Batch":
        """The same batch on a device.

        From pinned memory a GPU fetches it while the CPU goes on.
        """
        return Batch(*(_moved(tensor, device) for tensor in self))


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    """The tensor on a device, of which a GPU is not waited for."""
    if device.type == "cuda" and not tensor.is_cuda:
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


class Batches:
    """Draws batches; its state can be saved, and goes on from there exactly.

    Samples stay on a GPU if they fit, each shape's from its first use on. Otherwise they are read
    from files that are mapped into memory.

    Shapes are taken in a new random order each round, so that all are seen equally often; of each
    the next slice of its shuffled samples. `focus` adds shapes to a round: see `set_focus`.

    Attributes:
        keys: the shapes, in the order of their indices.
    """

    def __init__(
        self, store: SampleStore, keys: list[str], seed: int = 0, *, device: torch.device = CPU
    ) -> None:
        """Look at the files of the shapes; of their samples nothing is read yet.

        Args:
            store: the samples.
            keys: shapes to draw from.
            seed: of the order of the shapes.
            device: where the batches are wanted; they are there if the samples fit.

        Raises:
            InputError: a shape's file is missing or damaged.
        """
        self.keys = keys
        # Each open file is a memory map, of which a system allows a process so many.
        self._pool: Callable[[str], Pool] = lru_cache(MOST_OPEN)(store.pool)
        for key in keys:
            self._pool(key)
        size = sum(store.record(key).size for key in keys)
        if size < LARGEST_SHARE * free_memory(device):
            self._pool = lru_cache(None)(lambda key: store.pool(key).to(device))
        self._seed = seed
        self._round, self._waiting = 0, list[int]()
        self._places = torch.zeros(len(keys), 2, dtype=torch.int64, device="cpu")
        self._focus = torch.ones(len(keys), dtype=torch.float64, device="cpu")

    def take(self, shapes: int, points: int, surface: int = 0) -> Batch:
        """The next batch.

        Args:
            shapes: number of shapes; one may come twice where a round ends.
            points: samples a shape.
            surface: surface points a shape.
        """
        chosen = self._next_shapes(shapes)
        pools = [self._pool(self.keys[index]) for index in chosen]
        near = [self._next(i, 0, points, p.points) for i, p in zip(chosen, pools, strict=True)]
        on = [
            self._next(i, 1, surface, p.surface_points) if surface else slice(0)
            for i, p in zip(chosen, pools, strict=True)
        ]

        def gather(name: str, places: list[slice | Tensor]) -> Tensor:
            """The same tensor of all chosen shapes."""
            parts = [getattr(pool, name)[at] for pool, at in zip(pools, places, strict=True)]
            return torch.stack(parts)

        return Batch(
            torch.tensor(chosen, device="cpu"),
            gather("points", near),
            gather("sdf", near),
            gather("surface_points", on),
            gather("surface_normals", on),
        )

    def peek(self) -> Float[Tensor, " samples"]:
        """Signed distances of a few samples of every shape, without drawing them."""
        return torch.cat([self._pool(key).sdf[:PEEKED].cpu() for key in self.keys])

    def set_focus(self, weights: Float[Tensor, " shapes"]) -> None:
        """Draw shapes in proportion to weights of mean 1, from the next round on.

        A shape of weight 2 comes up twice a round on average, one of weight 0.5 every other round.
        """
        self._focus = (weights / weights.mean()).double().cpu()

    def begins_round(self, shapes: int) -> bool:
        """Whether the next batch of so many shapes begins a round."""
        return len(self._waiting) < shapes

    @property
    def shape_count(self) -> int:
        """Number of shapes."""
        return len(self.keys)

    def state(self) -> dict[str, Any]:
        """Where it is, as plain values and tensors."""
        return {
            "round": self._round,
            "waiting": [*self._waiting],
            "places": self._places.clone(),
            "focus": self._focus.clone(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of the same shapes.

        Raises:
            ValueError: it is none of so many shapes.
        """
        count, waiting = len(self.keys), [int(index) for index in state["waiting"]]
        # On the CPU, as the samples are, wherever the state comes from.
        places, focus = (state[name].cpu().clone() for name in ("places", "focus"))
        if (places.shape, focus.shape) != ((count, 2), (count,)) or min(places.min(), 0) < 0:
            raise ValueError("the places in the samples are those of other shapes")
        if not (focus.isfinite().all() and focus.min() >= 0 and focus.sum() <= 2 * count):
            raise ValueError("the weights of the shapes are out of their range")
        if not all(0 <= index < count for index in waiting) or int(state["round"]) < 0:
            raise ValueError("the order of the shapes is that of others")
        self._round, self._waiting = int(state["round"]), waiting
        self._places, self._focus = places.long(), focus.double()

    def _next_shapes(self, count: int) -> list[int]:
        """Shapes in the order of the rounds."""
        while len(self._waiting) < count:
            self._waiting += self._draw_round()
        chosen, self._waiting = self._waiting[:count], self._waiting[count:]
        return chosen

    def _draw_round(self) -> list[int]:
        """Every shape as often as its weight says, in random order."""
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self._round)
        self._round += 1
        count = len(self.keys)
        chance = torch.rand(count, generator=generator, dtype=torch.float64, device="cpu")
        times = (self._focus + chance).floor().long()
        drawn = torch.repeat_interleave(torch.arange(count, device="cpu"), times)
        order = torch.randperm(len(drawn), generator=generator, device="cpu")
        shapes: list[int] = drawn[order].tolist()
        return shapes

    def _next(self, index: int, kind: int, count: int, samples: Tensor) -> slice | Tensor:
        """The next of a shape's samples, of kind 0 (in space) or 1 (on the surface)."""
        size = len(samples)
        start = int(self._places[index, kind]) % size
        self._places[index, kind] = (start + count) % size
        if start + count <= size:
            return slice(start, start + count)
        return torch.arange(start, start + count, device=samples.device) % size
