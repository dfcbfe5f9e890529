"""Samples of one shape: most of them close to its surface, some everywhere in the cube."""

import math
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float

from acutance.errors import InputError
from acutance.mesh.creases import sample_lines
from acutance.mesh.surface import SurfaceSamples
from acutance.types import PointArray, PointTensor, ScalarTensor


@runtime_checkable
class SampledShape(Protocol):
    """What samples are taken of: a `Solid`, or anything with the same property and methods.

    All is in the unit frame: within [-1, 1]³.
    """

    @property
    def creases(self) -> Float[np.ndarray, "lines 2 3"]:
        """Sharp edges of the surface; there may be none."""
        ...

    def distance(self, points: PointArray) -> Float[np.ndarray, " points"]:
        """Signed distance at points of the unit frame."""
        ...

    def sample_surface(self, count: int, rng: np.random.Generator) -> SurfaceSamples:
        """Points on the zero set with outward normals."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How many samples, and where.

    Attributes:
        count: number of samples with a signed distance.
        widths: standard deviations of the Gaussian noise that moves surface points into space, in
            the unit frame; each takes an equal share (two widths as in DeepSDF, section 5).
        creases: fraction of the samples close to the surface that lie about its creases, where a
            network errs most, moved by the finest width.
        uniform: fraction drawn uniformly from the cube [-1, 1]³.
        surface: number of surface points with normals, for the normal term.

    Raises:
        InputError: a count, a width or a fraction is out of its range.

    >>> Sampling(count=1000, surface=100).widths
    (0.002, 0.02)
    """

    count: int = 2_400_000
    widths: tuple[float, ...] = (0.002, 0.02)
    creases: float = 0.1
    uniform: float = 1 / 9
    surface: int = 0

    def __post_init__(self) -> None:
        if self.count < 1 or self.surface < 0:
            raise InputError(
                "Sampling needs a positive count, and no negative count on the surface; "
                f"got {self.count} and {self.surface}."
            )
        if not (0 <= self.uniform <= 1 and 0 <= self.creases <= 1):
            raise InputError(
                "Sampling needs fractions from 0 to 1 of uniform samples and at creases, "
                f"got {self.uniform} and {self.creases}."
            )
        if not self.widths or any(not 0 < width < math.inf for width in self.widths):
            raise InputError(f"Sampling needs positive widths, got {self.widths}.")


LONG_RUN_RATE, MOST_SAMPLES = 80_000, 8_000_000
"""Samples for every second of training, and the most of them: in a long run, a network would learn
a small pool by heart."""


def for_seconds(sampling: Sampling, seconds: float) -> Sampling:
    """The same sampling with enough samples for a training of so many seconds.

    >>> for_seconds(Sampling(), 60).count, for_seconds(Sampling(), 3600).count
    (4800000, 8000000)
    """
    wanted = min(MOST_SAMPLES, round(LONG_RUN_RATE * seconds))
    return replace(sampling, count=max(sampling.count, wanted))


@dataclass(frozen=True)
class Pool:
    """Samples in random order, so that any contiguous slice is a random subset.

    Attributes:
        points: float32 (N, 3), unit frame, within [-1, 1]³.
        sdf: float32 (N,), negative inside.
        surface_points, surface_normals: float32 (M, 3); outward unit normals.

    >>> points = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    >>> none = torch.empty(0, 3)
    >>> len(Pool(points, points.norm(dim=1) - 0.5, none, none))
    2
    """

    points: PointTensor
    sdf: ScalarTensor
    surface_points: Float[torch.Tensor, "surface 3"]
    surface_normals: Float[torch.Tensor, "surface 3"]

    def __len__(self) -> int:
        """Number of samples with a signed distance."""
        return len(self.sdf)

    def to(self, device: torch.device) -> "Pool":
        """The same samples on a device."""
        return Pool(
            self.points.to(device),
            self.sdf.to(device),
            self.surface_points.to(device),
            self.surface_normals.to(device),
        )


def draw_pool(shape: SampledShape, sampling: Sampling, rng: np.random.Generator) -> Pool:
    """Draw samples of a shape.

    Args:
        shape: the shape in the unit frame.
        sampling: how many, and where.
        rng: source of randomness.

    Returns:
        the samples, on the CPU.

    >>> from acutance.shapes.analytic import Box
    >>> from acutance.solid.solid import Solid
    >>> solid = Solid.of(Box().mesh())
    >>> pool = draw_pool(solid, Sampling(count=100, surface=10), np.random.default_rng(0))
    >>> pool.points.shape, pool.sdf.shape, pool.surface_normals.shape
    (torch.Size([100, 3]), torch.Size([100]), torch.Size([10, 3]))
    """
    points = _sample_points(shape, sampling, rng)
    surface = shape.sample_surface(sampling.surface, rng) if sampling.surface else None
    none = np.empty((0, 3))
    return Pool(
        torch.from_numpy(points),
        torch.from_numpy(shape.distance(points)),
        _as_tensor(surface.points if surface else none),
        _as_tensor(surface.normals if surface else none),
    )


def _sample_points(
    shape: SampledShape, sampling: Sampling, rng: np.random.Generator
) -> Float[np.ndarray, "points 3"]:
    """Shuffled positions, float32."""
    uniform = round(sampling.count * sampling.uniform)
    near, lines = sampling.count - uniform, shape.creases
    at_creases = round(near * sampling.creases) if len(lines) else 0
    at_surface = near - at_creases
    width = np.resize(np.asarray(sampling.widths, dtype=np.float32), at_surface)[:, None]
    points = np.concatenate(
        [
            _moved(shape.sample_surface(at_surface, rng).points, width, rng),
            _moved(sample_lines(lines, at_creases, rng), min(sampling.widths), rng),
            rng.random((uniform, 3), dtype=np.float32) * 2 - 1,
        ]
    )
    return points[rng.permutation(sampling.count)]


def _moved(
    points: Float[np.ndarray, "points 3"],
    width: float | Float[np.ndarray, "points 1"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "points 3"]:
    """The points moved by Gaussian noise, within the cube; float32."""
    noise = rng.standard_normal(points.shape, dtype=np.float32)
    moved: Float[np.ndarray, "points 3"] = (points.astype(np.float32) + width * noise).clip(-1, 1)
    return moved


def _as_tensor(points: Float[np.ndarray, "surface 3"]) -> Float[torch.Tensor, "surface 3"]:
    """A float32 tensor."""
    return torch.from_numpy(points.astype(np.float32))
