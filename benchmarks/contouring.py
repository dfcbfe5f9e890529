"""How few evaluations and how small an error meshing takes, on fields known in closed form.

    python -m benchmarks.contouring --resolutions 64 128 256

Distances are |f| at points of the mesh, ·10³, in units of the box's half side. Evaluations count
every signed distance (octree, corners, roots); the ratio is that to a dense grid of the same
resolution. Self-intersecting faces are counted where PyMeshLab is installed.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import tyro
from scipy.spatial.transform import Rotation

from acutance.contouring.contour import Contouring, extract
from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Analytic, Box, Cylinder, Sphere, Torus
from acutance.types import Field, PointTensor, ScalarTensor

METHODS = ("dual", "marching")


@dataclass(frozen=True, kw_only=True)
class Moved(Analytic):
    """A field turned by an odd rotation and shifted."""

    of: Field
    shift: tuple[float, float, float] = (0.013, -0.021, 0.034)

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """The field where the points were before."""
        turn = Rotation.from_euler("xyz", (0.41, -0.73, 1.19)).as_matrix()
        return self.of.sdf((points - points.new_tensor(self.shift)) @ points.new_tensor(turn))


@dataclass(frozen=True, kw_only=True)
class Union(Analytic):
    """The union of fields: exact outside, a bound inside."""

    parts: tuple[Field, ...]

    def sdf(self, points: PointTensor) -> ScalarTensor:
        """The least of the distances."""
        return torch.stack([part.sdf(points) for part in self.parts]).amin(dim=0)


def shapes(cell: float) -> Iterator[tuple[str, Field]]:
    """The shapes, thin ones in units of a cell."""
    blocks = Union(parts=(Box(half=(0.6, 0.2, 0.3)), Box(half=(0.25, 0.55, 0.2))))
    yield "sphere that fills the box", Sphere(radius=0.97)
    yield "torus", Moved(of=Torus())
    yield "cylinder", Moved(of=Cylinder())
    yield "box", Box()
    yield "box, turned", Moved(of=Box())
    yield "union of boxes, turned", Moved(of=blocks)
    for thickness in (4.0, 2.0, 1.0, 0.5):
        plate = Box(half=(0.6, 0.5, thickness * cell / 2))
        yield f"plate of {thickness:g} cells", plate
        yield f"plate of {thickness:g} cells, turned", Moved(of=plate)


def self_intersections(mesh: TriangleMesh) -> str:
    """Number of faces that cut other faces of the mesh."""
    try:
        import pymeshlab
    except ImportError:
        return "-"
    meshes = pymeshlab.MeshSet()
    meshes.add_mesh(pymeshlab.Mesh(mesh.vertices, mesh.faces))
    meshes.compute_selection_by_self_intersections_per_face()
    return str(meshes.current_mesh().selected_face_number())


def line(name: str, field: Field, resolution: int, method: str, samples: int) -> str:
    """One line of the table."""
    config = Contouring(resolution=resolution, method=method)  # type: ignore[arg-type]
    start = time.perf_counter()
    try:
        result = extract(field, (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0), config)
    except InputError as error:
        return f"{name:29} {method:9} {error}"
    seconds = time.perf_counter() - start
    points = sample_surface(result.mesh, samples, np.random.default_rng(0)).points
    miss = 1e3 * field.sdf(torch.from_numpy(points)).abs().numpy()
    shape = topology(result.mesh)
    return (
        f"{name:29} {method:9} {result.evaluations:9,d} "
        f"{(resolution + 1) ** 3 / result.evaluations:7.1f} {seconds:7.2f} "
        f"{len(result.mesh.vertices):9,d} {miss.mean():8.4f} {np.quantile(miss, 0.99):8.4f} "
        f"{miss.max():8.3f} {shape.bodies:6d} {'yes' if shape.manifold else 'NO':>8} "
        f"{self_intersections(result.mesh):>6}" + "".join(f"\n    {m}" for m in result.messages)
    )


def main(resolutions: tuple[int, ...] = (64, 128), samples: int = 50_000) -> None:
    """Print the table.

    Args:
        resolutions: cells along the side of the box.
        samples: points of the mesh at which the error is measured.
    """
    for resolution in resolutions:
        print(
            f"\n{f'resolution {resolution}':29} {'method':9} evaluated   ratio seconds  vertices"
            "     mean      99%      max bodies manifold   cuts"
        )
        for name, field in shapes(2.0 / resolution):
            for method in METHODS:
                print(line(name, field, resolution, method, samples), flush=True)


if __name__ == "__main__":
    tyro.cli(main)
