"""The neural signed distance function of one shape, in the coordinates of its input."""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.contouring.contour import Contouring, Extraction, extract
from acutance.errors import InputError
from acutance.geometry.mesh import TriangleMesh
from acutance.geometry.normalize import UNIT_CUBE, Box, Similarity
from acutance.model.network import Network
from acutance.model.storage import read_model, write_model
from acutance.types import PointTensor, ScalarTensor

CHUNKS = (1 << 12, 1 << 14, 1 << 16)
"""Points evaluated at a time: a wide network is fastest where its layers fit the cache, a small one
and a GPU where there is much to do at once. All keep memory bounded."""


class UnitField:
    """A decoder as a field over the whole of the unit frame.

    A decoder knows the cube [-1, 1]³. Outside, the distance is that of the nearest point of the
    cube plus the distance to that point: the right sign, and never less than half the true value.
    """

    def __init__(self, decoder: nn.Module) -> None:
        """Wrap a decoder (points 3) → (points)."""
        self.decoder = decoder
        self._chunk: int | None = None

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Signed distance at points of the unit frame; with a graph if they require gradients."""
        if points.requires_grad and torch.is_grad_enabled():
            return _in_chunks(self._evaluate, points, CHUNKS[-1])
        with torch.no_grad():
            if self._chunk is None and len(points) >= CHUNKS[-1]:
                self._chunk = _fastest_chunk(self._evaluate, points[: CHUNKS[-1]])
            return _in_chunks(self._evaluate, points, self._chunk or CHUNKS[-1])

    def gradient(self, points: PointTensor) -> PointTensor:
        """Gradient of the signed distance; of length close to 1, not exactly."""
        return _in_chunks(self._differentiate, points, self._chunk or CHUNKS[-1])

    def _evaluate(self, points: PointTensor) -> ScalarTensor:
        within = points.clamp(-1.0, 1.0)
        outside = (points != within).any(dim=1)
        # At zero a norm has no second derivative.
        offset = torch.where(outside[:, None], points - within, 1.0)
        return self.decoder(within) + torch.where(outside, offset.norm(dim=1), 0.0)

    def _differentiate(self, points: PointTensor) -> PointTensor:
        with torch.enable_grad():
            points = points.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(self._evaluate(points).sum(), points)
        return gradient


class NeuralSDF:
    """One shape as a network: signed distances, gradients and normals in the input frame.

    Attributes:
        decoder: the network, in the unit frame.
        transform: how the unit frame lies in the input frame.
        bounds: lower and upper corner of a box about the shape, in the unit frame.
        field: the decoder as a field over the unit frame, as contouring takes it.
    """

    def __init__(self, decoder: Network, transform: Similarity, bounds: Box = UNIT_CUBE) -> None:
        """Join a decoder and a frame; the decoder is put into evaluation mode."""
        self.decoder = decoder.eval().requires_grad_(False)
        self.transform = transform
        self.bounds = bounds
        self.field = UnitField(self.decoder)

    @property
    def device(self) -> torch.device:
        """Where the network lives."""
        return next(self.decoder.parameters()).device

    def to(self, device: str | torch.device) -> "NeuralSDF":
        """The same shape on another device."""
        self.decoder.to(device)
        return self

    def sdf(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, " points"]:
        """Signed distance in input units, negative inside.

        Args:
            points: positions in the input frame, any floating dtype. Use float64 where the
                coordinates are large against the shape (geographic ones, say). Where they require
                gradients, the result can be differentiated by them, twice if need be.

        Raises:
            InputError: the points are no floating-point tensor of shape (N, 3).
        """
        return self.field.sdf(self._to_unit(points)).to(points.dtype) * self.transform.scale

    def gradient(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """Gradient of `sdf` by the position; without unit, of length close to 1."""
        return self.field.gradient(self._to_unit(points)).to(points.dtype)

    def normal(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """Unit vector along the gradient; at points on the surface its outward normal."""
        return nn.functional.normalize(self.gradient(points), dim=1)

    def mesh(self, resolution: int = 256) -> TriangleMesh:
        """The surface as a closed, 2-manifold mesh with sharp creases, in the input frame.

        Args:
            resolution: cells along the longest side of the shape's box.

        Raises:
            InputError: the field has no surface; the message says why that may be.
        """
        return self.extract(Contouring(resolution=resolution)).mesh

    def extract(self, contouring: Contouring) -> Extraction:
        """The mesh in the input frame, with what it took and what the user should know.

        Args:
            contouring: resolution and method.

        Raises:
            InputError: the field has no surface; the message says why that may be.
        """
        extraction = extract(self.field, *self.bounds, contouring, device=self.device)
        if abs(extraction.mesh.vertices).max(axis=1).min() > 1.0:
            raise InputError(
                "The field has no surface where it was trained, only beyond: it is negative "
                "(inside) everywhere there, so its training has failed or was too short."
            )
        return extraction.moved(self.transform)

    def save(self, folder: str | Path) -> None:
        """Write `config.json` and `model.safetensors` into a folder, atomically.

        Raises:
            InputError: the folder cannot be written.
        """
        write_model(Path(folder), self.decoder, self.transform, self.bounds)

    @classmethod
    def load(cls, folder: str | Path, device: str | torch.device = "cpu") -> "NeuralSDF":
        """Read what `save` wrote.

        Raises:
            InputError: a file is missing, damaged, or of another version.
        """
        decoder, transform, bounds = read_model(Path(folder))
        return cls(decoder.to(device), transform, bounds)

    def _to_unit(self, points: Tensor) -> Tensor:
        """Positions of the input frame in the unit frame, rounded to float32 only there."""
        if not isinstance(points, Tensor) or points.ndim != 2 or points.shape[1] != 3:
            shape = tuple(getattr(points, "shape", ()))
            raise InputError(
                "Points are a PyTorch tensor of shape (N, 3), but these are "
                f"{type(points).__name__} of shape {shape}: torch.as_tensor(points).reshape(-1, 3)."
            )
        centre = torch.tensor(self.transform.centre, dtype=torch.float64, device=points.device)
        unit = (points.double() - centre) / self.transform.scale
        return unit.to(device=self.device, dtype=torch.float32)


def _in_chunks(evaluate: Callable[[Tensor], Tensor], points: Tensor, chunk: int) -> Tensor:
    """`evaluate` over the points, `chunk` at a time."""
    if len(points) <= chunk:
        return evaluate(points)
    return torch.cat([evaluate(part) for part in points.split(chunk)])


def _fastest_chunk(evaluate: Callable[[Tensor], Tensor], points: Tensor) -> int:
    """The size of chunks that takes these points in the shortest time, the better of two runs."""

    def seconds(chunk: int) -> float:
        start = time.perf_counter()
        _in_chunks(evaluate, points, chunk)[-1].item()  # waits for a GPU
        return time.perf_counter() - start

    return min(CHUNKS, key=lambda chunk: min(seconds(chunk), seconds(chunk)))
