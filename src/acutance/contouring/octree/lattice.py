"""The lattice of points that a field is sampled at, and the table of what is known there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.errors import InputError
from acutance.types import Field, PointTensor, ScalarTensor

Keys: TypeAlias = Int[Tensor, " keys"]
"""Lattice points as single integers; a cell has the key of its lowest corner."""


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """A box of cubic cells; its points are numbered with the last axis running fastest.

    Because the numbering is linear, the neighbour of a point along an axis, and the corners of a
    cell, are constant offsets of its key. They are right only inside the box: the caller keeps
    away from its border.

    Attributes:
        origin: position of point (0, 0, 0).
        spacing: edge length of a cell, in the unit of the field.
        cells: number of cells along each axis.
        device: where the keys live.
    """

    origin: tuple[float, float, float]
    spacing: float
    cells: tuple[int, int, int]
    device: torch.device

    @property
    def strides(self) -> tuple[int, int, int]:
        """Key offset of one step along each axis."""
        return (self.cells[1] + 1) * (self.cells[2] + 1), self.cells[2] + 1, 1

    def offsets(self, span: int, step: int = 1) -> Keys:
        """Key offsets of a cube of `span` points a side, `step` cells apart, z fastest."""
        axis = torch.arange(span, device=self.device) * step
        x, y, z = torch.meshgrid(axis, axis, axis, indexing="ij")
        return self.keys(torch.stack([x, y, z], dim=-1).reshape(-1, 3))

    def keys(self, index: Int[Tensor, "keys 3"]) -> Keys:
        """Keys of the points with these three indices."""
        # Sums, not a matrix product: CUDA has none for integers.
        sx, sy, sz = self.strides
        x, y, z = index.unbind(dim=1)
        return x * sx + y * sy + z * sz

    def index(self, keys: Keys) -> Int[Tensor, "keys 3"]:
        """The three indices of every key; the inverse of `keys`."""
        sx, sy, _ = self.strides
        return torch.stack([keys // sx, keys % sx // sy, keys % sy], dim=1)

    def positions(self, keys: Keys) -> Float[Tensor, "keys 3"]:
        """Float64 positions of the points."""
        origin = torch.tensor(self.origin, dtype=torch.float64, device=self.device)
        return self.index(keys) * self.spacing + origin


class Probe:
    """A field evaluated in chunks, counted, and checked for values that are not finite.

    Attributes:
        evaluations: number of points at which the signed distance was evaluated.
        gradients: number of points at which the gradient was evaluated.
    """

    def __init__(self, field: Field, chunk: int) -> None:
        self._field = field
        self._chunk = chunk
        self.evaluations = 0
        self.gradients = 0

    def sdf(self, points: Float[Tensor, "points 3"]) -> ScalarTensor:
        """Signed distances, evaluated in float32."""
        self.evaluations += len(points)
        return self._finite(self._chunked(self._field.sdf, points, (0,)), "values")

    def gradient(self, points: Float[Tensor, "points 3"]) -> PointTensor:
        """Gradients, evaluated in float32."""
        self.gradients += len(points)
        return self._finite(self._chunked(self._field.gradient, points, (0, 3)), "gradients")

    def _chunked(
        self, function: Callable[[Tensor], Tensor], points: Tensor, empty: tuple[int, ...]
    ) -> Tensor:
        chunks = points.float().split(self._chunk)
        if len(points) == 0:
            return torch.zeros(empty, device=points.device)
        return torch.cat([function(chunk).detach() for chunk in chunks])

    @staticmethod
    def _finite(values: Tensor, what: str) -> Tensor:
        bad = int((~values.isfinite()).sum())
        if bad:
            raise InputError(
                f"The field must be finite everywhere, but {bad} of {values.numel()} {what} are "
                "not; its training has probably diverged: train it again, with a smaller learning "
                "rate."
            )
        return values


class Samples:
    """What is known of a field on a lattice: sorted keys and their values, one value a key.

    One value a point, whatever it came from, is what makes the signs of neighbouring cells agree.
    """

    def __init__(self, probe: Probe, lattice: Lattice) -> None:
        self.probe = probe
        self.lattice = lattice
        self._keys = torch.zeros(0, dtype=torch.int64, device=lattice.device)
        self._values = torch.zeros(0, device=lattice.device)

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value seen."""
        return float(self._values.min()), float(self._values.max())

    def at(self, keys: Int[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Values at the points; what is not known is evaluated, every point once."""
        flat = keys.reshape(-1)
        place, there = locate(self._keys, flat)
        if not there.all():
            missing = flat[~there].unique()
            self._insert(missing, self.probe.sdf(self.lattice.positions(missing)))
            place = torch.searchsorted(self._keys, flat)
        return self._values[place].reshape(keys.shape)

    def known(self, keys: Int[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Values at the points that are known already; NaN elsewhere."""
        place, there = locate(self._keys, keys.reshape(-1))
        return torch.where(there, self._values[place], torch.nan).reshape(keys.shape)

    def turn(self, keys: Keys) -> None:
        """Call known points that are outside inside, by a whole cell.

        So much that the surface joins them to inside points diagonally across a face.
        """
        self._values[torch.searchsorted(self._keys, keys)] = -self.lattice.spacing

    def assume(self, keys: Keys, values: Float[Tensor, " keys"]) -> None:
        """Take these values for different points, where none is known, without an evaluation."""
        unknown = ~locate(self._keys, keys)[1]
        self._insert(keys[unknown], values[unknown])

    def _insert(self, keys: Keys, values: Float[Tensor, " keys"]) -> None:
        if len(keys) == 0:
            return
        self._keys, order = torch.cat([self._keys, keys]).sort()
        self._values = torch.cat([self._values, values])[order]


def locate(
    keys: Int[Tensor, " sorted"], wanted: Int[Tensor, " wanted"]
) -> tuple[Int[Tensor, " wanted"], Bool[Tensor, " wanted"]]:
    """Places of the wanted keys among sorted ones, and whether each is there.

    Where a key is absent, its place is that of some other key: in range (unless there are no
    keys at all), so that it can be used as an index and masked afterwards.
    """
    if len(keys) == 0:
        return torch.zeros_like(wanted), torch.zeros_like(wanted, dtype=torch.bool)
    place = torch.searchsorted(keys, wanted).clamp_(max=len(keys) - 1)
    return place, keys[place] == wanted
