"""The lattice of points that a field is sampled at, and the table of its values there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.errors import InputError
from acutance.types import Field, PointTensor, ScalarTensor

TRAIN_LONGER = "train it longer"
"""What can be done about a learned field that is no distance."""

Keys: TypeAlias = Int[Tensor, " keys"]
"""Lattice points as single integers; a cell has the key of its lowest corner."""


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """A box of cubic cells; its points are numbered with the last axis running fastest.

    Because the numbering is linear, the neighbour of a point along an axis, and the corners of a
    cell, are constant offsets of its key. They are right only inside the box: the caller keeps
    away from its border.

    Attributes:
        origin: position of point (0, 0, 0), in the frame of the field.
        spacing: edge length of a cell, in the unit of the field.
        cells: number of cells along each axis.
        device: where the keys are.

    Example:
        >>> import torch
        >>> lattice = Lattice(
        ...     origin=(0.0, 0.0, 0.0), spacing=0.5, cells=(2, 2, 2), device=torch.device("cpu")
        ... )
        >>> lattice.strides
        (9, 3, 1)
        >>> keys = lattice.keys(torch.tensor([[0, 1, 2]]))
        >>> keys, lattice.positions(keys)
        (tensor([5]), tensor([[0.0000, 0.5000, 1.0000]], dtype=torch.float64))
        >>> lattice.offsets(2)  # from a cell to its eight corners
        tensor([ 0,  1,  3,  4,  9, 10, 12, 13])
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
        """Float64 positions of the points, in the frame of the field."""
        origin = torch.tensor(self.origin, dtype=torch.float64, device=self.device)
        return self.index(keys) * self.spacing + origin


class Probe:
    """A field evaluated in chunks, counted, and checked for values that are not finite.

    Attributes:
        remedy: what the user can do about a field that is no distance, as an order.
        evaluations: number of points at which the signed distance was evaluated.
        gradients: number of points at which the gradient was evaluated.

    Example:
        >>> import torch
        >>> from acutance.shapes.analytic import Sphere
        >>> probe = Probe(Sphere(radius=0.5), chunk=1000)
        >>> probe.sdf(torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 0.25]]))
        tensor([ 0.5000, -0.2500])
        >>> probe.evaluations
        2
    """

    def __init__(self, field: Field, chunk: int, remedy: str = TRAIN_LONGER) -> None:
        """Wrap a field.

        Args:
            field: negative inside.
            chunk: most points that the field is given at once.
            remedy: what the user can do about a field that is no distance.
        """
        self.remedy = remedy
        self._field = field
        self._chunk = chunk
        self.evaluations = 0
        self.gradients = 0

    def sdf(self, points: Float[Tensor, "points 3"]) -> ScalarTensor:
        """Signed distances, evaluated in float32.

        Raises:
            InputError: some are not finite.
        """
        self.evaluations += len(points)
        return self._finite(self._chunked(self._field.sdf, points, (0,)), "values")

    def gradient(self, points: Float[Tensor, "points 3"]) -> PointTensor:
        """Gradients, evaluated in float32.

        Raises:
            InputError: some are not finite.
        """
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


class LatticeValues:
    """The known values of a field on a lattice: sorted keys and their values, one value a key.

    One value a point, whatever it came from, is what makes the signs of neighbouring cells agree.

    Attributes:
        probe: the field.
        lattice: its points.

    Example:
        >>> import torch
        >>> from acutance.shapes.analytic import Sphere
        >>> lattice = Lattice(
        ...     origin=(-1.0, -1.0, -1.0), spacing=1.0, cells=(2, 2, 2), device=torch.device("cpu")
        ... )
        >>> samples = LatticeValues(Probe(Sphere(radius=0.5), chunk=1000), lattice)
        >>> samples.at(torch.tensor([13, 14, 13]))  # the centre, and the middle of a side
        tensor([-0.5000,  0.5000, -0.5000])
        >>> samples.probe.evaluations
        2
    """

    def __init__(self, probe: Probe, lattice: Lattice) -> None:
        """Start with no known value."""
        self.probe = probe
        self.lattice = lattice
        self._keys = torch.zeros(0, dtype=torch.int64, device=lattice.device)
        self._values = torch.zeros(0, device=lattice.device)

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest known value."""
        return float(self._values.min()), float(self._values.max())

    def at(self, keys: Int[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Values at the points; what is not known is evaluated, every point once."""
        flat = keys.reshape(-1)
        place, present = locate(self._keys, flat)
        if not present.all():
            missing = flat[~present].unique()
            self._insert(missing, self.probe.sdf(self.lattice.positions(missing)))
            place = torch.searchsorted(self._keys, flat)
        return self._values[place].reshape(keys.shape)

    def known(self, keys: Int[Tensor, "..."]) -> Float[Tensor, "..."]:
        """Values at the points that are known already; NaN elsewhere."""
        place, present = locate(self._keys, keys.reshape(-1))
        return torch.where(present, self._values[place], torch.nan).reshape(keys.shape)

    def mark_inside(self, keys: Keys) -> None:
        """Count known points that are outside as inside, by a whole cell.

        So much that the asymptotic decider joins them to inside points diagonally across a face.
        """
        self._values[torch.searchsorted(self._keys, keys)] = -self.lattice.spacing

    def fill_unknown(self, keys: Keys, values: Float[Tensor, " keys"]) -> None:
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
    """Places of the wanted keys among sorted ones, and whether each is present.

    Where a key is absent, its place is that of some other key: in range (unless there are no
    keys at all), so that it can be used as an index and masked afterwards.

    Example:
        >>> import torch
        >>> locate(torch.tensor([2, 4, 6]), torch.tensor([6, 5]))
        (tensor([2, 2]), tensor([ True, False]))
    """
    if len(keys) == 0:
        return torch.zeros_like(wanted), torch.zeros_like(wanted, dtype=torch.bool)
    place = torch.searchsorted(keys, wanted).clamp_(max=len(keys) - 1)
    return place, keys[place] == wanted
