"""Straight rays from points to far away: a test of inside that needs no orientation."""

import numpy as np
import warp as wp
from jaxtyping import Bool, Float

from acutance.mesh.mesh import TriangleMesh
from acutance.solid.distance import kernels
from acutance.types import PointArray


def escapes(
    mesh: TriangleMesh, points: PointArray, directions: int = 64
) -> Bool[np.ndarray, " points"]:
    """Whether one of some straight rays from each point hits no triangle.

    A point from which one escapes is outside. The reverse does not follow: outside can be hidden.
    """
    tree = wp.Mesh(
        wp.array(mesh.vertices.astype(np.float32), dtype=wp.vec3, device="cpu"),
        wp.array(mesh.faces.astype(np.int32).ravel(), dtype=wp.int32, device="cpu"),
    )
    ways = wp.array(spread_directions(directions).astype(np.float32), dtype=wp.vec3, device="cpu")
    starts = wp.array(points.astype(np.float32), dtype=wp.vec3, device="cpu")
    result = wp.empty(len(points), dtype=wp.bool, device="cpu")
    inputs = [tree.id, starts, ways]
    wp.launch(kernels.escape_kernel, len(points), inputs=inputs, outputs=[result], device="cpu")
    return result.numpy()


def spread_directions(count: int) -> Float[np.ndarray, "count 3"]:
    """Unit vectors spread evenly over the sphere (the golden spiral)."""
    index = np.arange(count) + 0.5
    z = 1.0 - 2.0 * index / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * index
    around = np.sqrt(1.0 - z * z)
    return np.stack([around * np.cos(angle), around * np.sin(angle), z], axis=1)
