"""The neural signed distance function of one shape, in the coordinates of its input."""

from collections.abc import Callable
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn

from acutance.contouring.contour import Contouring, Extraction, extract
from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import UNIT_CUBE, Bounds, Similarity
from acutance.mesh.units import Unit
from acutance.model.network import Network
from acutance.model.storage import read_model, write_model
from acutance.types import PointTensor, ScalarTensor

CHUNK = 1 << 13
"""Points evaluated at a time on a CPU: the layers of a network then fit its cache. Close to the
fastest size for every preset, where 65,536 takes twice as long for the wide ones. It is the same
everywhere and not measured: sums round differently with the size, and so would meshes."""

GPU_CHUNK = 1 << 17
"""The same on a GPU, which is fastest with much to do at once. The gradient of the widest preset, 8
layers of 512 neurons, keeps 16 kB a point until it is known: 2 GB for so many."""


class UnitField:
    """A decoder as a field over the whole of the unit frame.

    A decoder knows the cube [-1, 1]³. Outside, the distance is that of the nearest point of the
    cube plus the distance to that point: the right sign, and never less than half the true value.

    Example:
        >>> from acutance.model.decoder import DecoderConfig
        >>> from acutance.model.encodings import Fourier
        >>> network = DecoderConfig(encoding=Fourier(frequencies=4)).build(torch.Generator())
        >>> edge, far = UnitField(network).sdf(torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 3.0]]))
        >>> round(float(far - edge), 4)
        2.0
    """

    def __init__(self, decoder: nn.Module) -> None:
        """Wrap a decoder (points 3) → (points)."""
        self.decoder = decoder

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """Signed distance at points of the unit frame; with a graph if they require gradients."""
        with torch.set_grad_enabled(points.requires_grad and torch.is_grad_enabled()):
            return _in_chunks(self._evaluate, points, _chunk(points.device))

    def gradient(self, points: PointTensor) -> PointTensor:
        """Gradient of the signed distance; of length close to 1, not exactly."""
        return _in_chunks(self._differentiate, points, _chunk(points.device))

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

    Example:
        >>> from acutance.model.decoder import DecoderConfig
        >>> from acutance.model.encodings import Fourier
        >>> network = DecoderConfig(encoding=Fourier(frequencies=4)).build(torch.Generator())
        >>> shape = NeuralSDF(network, Similarity(centre=(10.0, 0.0, 0.0), scale=5.0))
        >>> points = torch.tensor([[10.0, 1.0, 2.0], [12.0, 0.0, 0.0]])
        >>> shape.sdf(points).shape, shape.gradient(points).shape
        (torch.Size([2]), torch.Size([2, 3]))
        >>> [round(float(length), 4) for length in shape.normal(points).norm(dim=1)]
        [1.0, 1.0]
    """

    def __init__(self, decoder: Network, transform: Similarity, bounds: Bounds = UNIT_CUBE) -> None:
        """Join a decoder and a frame; the decoder is put into evaluation mode."""
        self.decoder = decoder.eval().requires_grad_(False)
        self.transform = transform
        self.bounds = bounds
        self.field = UnitField(self.decoder)

    def in_unit(self, unit: Unit | None) -> "NeuralSDF":
        """The same, of a shape whose unit of length is known; as it is for None."""
        if unit is None:
            return self
        return NeuralSDF(self.decoder, self.transform.in_unit(unit), self.bounds)

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

        Returns:
            distances on the device of the points. The network's device sees so many points at a
            time that its memory stays bounded.

        Raises:
            InputError: the points are no floating-point tensor of shape (N, 3).
        """
        return self._evaluate(self.field.sdf, points) * self.transform.scale

    def gradient(self, points: Float[Tensor, "points 3"]) -> Float[Tensor, "points 3"]:
        """Gradient of `sdf` by the position; without unit, of length close to 1."""
        return self._evaluate(self.field.gradient, points)

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

        Example:
            >>> from acutance.model.space.shape_space import ShapeSpace
            >>> space = ShapeSpace.load("run/model")  # `acutance train` wrote it, of balls
            >>> extraction = space.shape("ball/r50").extract(Contouring(resolution=16))
            >>> extraction.mesh.volume > 0
            True
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

        Example:
            >>> import tempfile
            >>> from acutance.model.decoder import DecoderConfig
            >>> from acutance.model.encodings import Fourier
            >>> network = DecoderConfig(encoding=Fourier(frequencies=4)).build(torch.Generator())
            >>> shape = NeuralSDF(network, Similarity(centre=(10.0, 0.0, 0.0), scale=5.0))
            >>> folder = Path(tempfile.mkdtemp()) / "model"
            >>> shape.save(folder)
            >>> sorted(file.name for file in folder.iterdir())
            ['config.json', 'model.safetensors']
            >>> NeuralSDF.load(folder).transform.scale
            5.0
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

    def _evaluate(self, evaluate: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
        """A function of the unit frame at points of the input frame, so many at a time."""
        _check_points(points)
        centre = torch.tensor(self.transform.centre, dtype=torch.float64, device=points.device)

        def at(part: Tensor) -> Tensor:
            """Positions are rounded to float32 in the unit frame only."""
            unit = (part.double() - centre) / self.transform.scale
            return evaluate(unit.to(device=self.device, dtype=torch.float32)).to(part)

        return _in_chunks(at, points, _chunk(self.device))


def _check_points(points: Tensor) -> None:
    """Refuse what is no tensor of points."""
    if not isinstance(points, Tensor) or points.ndim != 2 or points.shape[1] != 3:
        shape = tuple(getattr(points, "shape", ()))
        raise InputError(
            "Points are a PyTorch tensor of shape (N, 3), but these are "
            f"{type(points).__name__} of shape {shape}: torch.as_tensor(points).reshape(-1, 3)."
        )


def _chunk(device: torch.device) -> int:
    """Points that a device evaluates at a time."""
    return CHUNK if device.type == "cpu" else GPU_CHUNK


def _in_chunks(evaluate: Callable[[Tensor], Tensor], points: Tensor, chunk: int) -> Tensor:
    """`evaluate` over the points, so many at a time."""
    if len(points) <= chunk:
        return evaluate(points)
    return torch.cat([evaluate(part) for part in points.split(chunk)])
