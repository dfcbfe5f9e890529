"""Straight rays from points to far away: a test of inside that needs no orientation."""

import numpy as np
import torch
import warp as wp
from jaxtyping import Bool, Float

from acutance.machine.devices import CPU, choose_device
from acutance.machine.warp import array, empty, launch, ray_tree
from acutance.mesh.mesh import TriangleMesh
from acutance.solid.distance import kernels
from acutance.types import PointArray


def escapes(
    mesh: TriangleMesh,
    points: PointArray,
    directions: int = 64,
    *,
    device: torch.device | str = CPU,
) -> Bool[np.ndarray, " points"]:
    """Whether one of some straight rays from each point hits no triangle.

    A point from which one escapes is outside. The reverse does not follow: outside can be hidden.

    >>> import numpy as np
    >>> from acutance.shapes.part import part
    >>> escapes(part(), np.array([[0.0, 0.0, 90.0]]))
    array([ True])

    Args:
        mesh: any triangles.
        points: where rays start, in the frame of the mesh.
        directions: number of rays from each point, spread evenly.
        device: where to compute; see `choose_device`.
    """
    device = choose_device(device)
    if not len(mesh.faces) or not len(points):  # Warp builds no tree of nothing
        return np.ones(len(points), dtype=bool)
    result = empty(len(points), wp.bool, device=device)
    arguments = [
        ray_tree(mesh.vertices, mesh.faces, device=device),
        array(points.astype(np.float32), wp.vec3, device=device),
        array(spread_directions(directions).astype(np.float32), wp.vec3, device=device),
        result,
    ]
    launch(kernels.escape_kernel, len(points), arguments, device=device)
    return result.numpy()


def spread_directions(count: int) -> Float[np.ndarray, "count 3"]:
    """Unit vectors spread evenly over the sphere (the golden spiral)."""
    index = np.arange(count) + 0.5
    z = 1.0 - 2.0 * index / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * index
    around = np.sqrt(1.0 - z * z)
    return np.stack([around * np.cos(angle), around * np.sin(angle), z], axis=1)
