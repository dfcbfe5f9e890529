"""The methods that Acutance is compared with, each from a source to a mesh and its bytes."""

import importlib.util
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from acutance.contouring.contour import Contouring, extract
from acutance.contouring.exact import ExactField
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.model.activations import Sine
from acutance.model.decoder import Decoder, DecoderConfig
from acutance.model.encodings import Identity
from acutance.model.neural_sdf import NeuralSDF
from acutance.solid.solid import Solid
from acutance.training.objective import field_gradient
from acutance.types import PointArray


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a method made of the input.

    Attributes:
        method: its name.
        seconds: from the mesh in memory to the mesh in memory.
        size: bytes of what must be kept to have the surface again.
        mesh: the result in the input frame.
    """

    method: str
    seconds: float
    size: int
    mesh: TriangleMesh


def screened_poisson(source: TriangleMesh, depth: int, points: int = 300_000) -> Outcome | None:
    """PyMeshLab's screened Poisson reconstruction from exact oriented points.

    Its bytes are those of its mesh as binary PLY with float32 vertices.
    """
    start = time.perf_counter()
    samples = sample_surface(source, points, np.random.default_rng(0))
    mesh = poisson_mesh(samples.points, samples.normals, depth)
    if mesh is None:
        return None
    return Outcome(
        method=f"screened Poisson, depth {depth}",
        seconds=time.perf_counter() - start,
        size=12 * len(mesh.vertices) + 13 * len(mesh.faces),
        mesh=mesh,
    )


def poisson_mesh(points: PointArray, normals: PointArray, depth: int) -> TriangleMesh | None:
    """PyMeshLab's screened Poisson reconstruction of oriented points; None where it is missing."""
    if importlib.util.find_spec("pymeshlab") is None:
        return None
    import pymeshlab

    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(vertex_matrix=points, v_normals_matrix=normals))
    meshes.generate_surface_reconstruction_screened_poisson(depth=depth, preclean=True)
    result = meshes.current_mesh()
    return TriangleMesh(
        np.ascontiguousarray(result.vertex_matrix(), dtype=np.float64),
        np.ascontiguousarray(result.face_matrix(), dtype=np.int32),
    )


class BandGrid:
    """Exact distances at the corners of a grid, as float16, interpolated trilinearly.

    The distances are computed where they are asked for; what a file of them would hold is counted
    by `stored`: the corners of the cells that the surface passes through.
    """

    def __init__(self, solid: Solid, resolution: int) -> None:
        self.solid, self.resolution = solid, resolution

    def sdf(self, points: Tensor) -> Tensor:
        """Interpolated distance."""
        return self._interpolate(points)[0]

    def gradient(self, points: Tensor) -> Tensor:
        """Gradient of the interpolation."""
        return self._interpolate(points)[1]

    def stored(self) -> int:
        """Number of corners of cells at the surface."""
        on_surface = self.solid.sample_surface(2_000_000, np.random.default_rng(0)).points
        cells = np.unique(np.floor((on_surface + 1) * self.resolution / 2).astype(np.int64), axis=0)
        corners = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)])
        return len(np.unique((cells[:, None] + corners).reshape(-1, 3), axis=0))

    def _interpolate(self, points: Tensor) -> tuple[Tensor, Tensor]:
        position = (points + 1) * (self.resolution / 2)
        cell = position.floor()
        share = position - cell
        value = torch.zeros(len(points))
        gradient = torch.zeros(len(points), 3)
        for corner in range(8):
            bits = torch.tensor([corner & 1, corner >> 1 & 1, corner >> 2], dtype=torch.float32)
            place = (cell + bits) * (2 / self.resolution) - 1
            distance = torch.from_numpy(self.solid.distance(place.numpy())).half().float()
            weights = torch.where(bits.bool(), share, 1 - share)
            slopes = (2 * bits - 1) * (self.resolution / 2)
            value += distance * weights.prod(dim=1)
            for axis in range(3):
                others = weights[:, [a for a in range(3) if a != axis]].prod(dim=1)
                gradient[:, axis] += distance * slopes[axis] * others
        return value, gradient


def narrow_band(source: TriangleMesh, resolution: int) -> list[Outcome]:
    """A band of exact distances on a grid, as float16, by marching cubes and dual contouring."""
    outcomes = []
    start = time.perf_counter()
    solid = Solid.of(source)
    grid = BandGrid(solid, resolution)
    size = 2 * grid.stored()
    made = time.perf_counter() - start
    for method in ("marching", "dual"):
        start = time.perf_counter()
        contouring = Contouring(resolution=resolution, method=method)
        extraction = extract(grid, (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0), contouring)
        outcomes.append(
            Outcome(
                method=f"narrow band {resolution}³, {method}",
                seconds=made + time.perf_counter() - start,
                size=size,
                mesh=solid.transform.mesh_to_input(extraction.mesh),
            )
        )
    return outcomes


def published_siren(source: TriangleMesh, seconds: float, resolution: int = 256) -> Outcome:
    """SIREN as published for shapes (Sitzmann et al. 2020, section 4.2, supplement 5).

    5 × 256 with ω = 30 from oriented points alone, Adam at 1e-4, loss weights 3000 |f| and
    100 (1 − cos) on the surface, 100 exp(−100 |f|) off it, 50 |‖∇f‖ − 1| everywhere.
    """
    start = time.perf_counter()
    solid = Solid.of(source)
    samples = solid.sample_surface(500_000, np.random.default_rng(0))
    surface = torch.from_numpy(samples.points.astype(np.float32))
    normals = torch.from_numpy(samples.normals.astype(np.float32))
    torch.manual_seed(0)
    config = DecoderConfig(encoding=Identity(), activation=Sine(), width=256, depth=4)
    decoder, batch = Decoder(config, torch.Generator().manual_seed(0)), 1400
    optimizer = torch.optim.Adam(decoder.parameters(), lr=1e-4)
    step = 0
    while time.perf_counter() - start < seconds:
        chosen = slice(step * batch % (len(surface) - batch), None)
        on, n = surface[chosen][:batch], normals[chosen][:batch]
        points = torch.cat([on, torch.rand(batch, 3) * 2 - 1])
        f, g = decoder(points), field_gradient(decoder, points)
        cosine = torch.nn.functional.cosine_similarity(g[:batch], n, dim=1)
        loss = 3e3 * f[:batch].abs().mean() + 1e2 * (1 - cosine).mean()
        loss = loss + 1e2 * torch.exp(-1e2 * f[batch:].abs()).mean()
        loss = loss + 5e1 * (g.norm(dim=1) - 1).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
    shape = NeuralSDF(decoder, solid.transform)
    mesh = shape.mesh(resolution)
    return Outcome(
        method="SIREN as published",
        seconds=time.perf_counter() - start,
        size=4 * decoder.parameter_count,
        mesh=mesh,
    )


def isomesh(solid: Solid, resolution: int) -> tuple[TriangleMesh, int]:
    """isomesh's mesh of the exact distance, in the unit frame, and its evaluations."""
    import isomesh as library

    field, count = ExactField(solid), 0

    def function(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal count
        count += len(points)
        places = torch.from_numpy(np.ascontiguousarray(points))
        return field.sdf(places).double().numpy(), field.gradient(places).double().numpy()

    corners = np.array(solid.bounds)
    middle, half = corners.mean(axis=0), 0.5 * np.ptp(corners, axis=0).max()  # it wants a cube
    vertices, faces = library.extract(
        function,
        bbox_min=tuple(middle - half),
        bbox_max=tuple(middle + half),
        max_depth=int(np.ceil(np.log2(resolution))),
    )
    return TriangleMesh(np.asarray(vertices, np.float64), np.asarray(faces, np.int32)), count
