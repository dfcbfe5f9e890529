"""How thick the walls of a closed mesh are."""

import numpy as np
import warp as wp
from jaxtyping import Float

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.solid.distance import kernels

START = 1e-6
"""How far below the surface a ray starts, in diagonals of the bounding box."""


def wall_thickness(
    mesh: TriangleMesh, count: int, rng: np.random.Generator
) -> Float[np.ndarray, " walls"]:
    """Lengths of straight lines through the mesh, square to its surface, where they end at a wall.

    A line that leaves through a face that is turned by more than 37° against the one where it
    came in has cut a corner: this is no wall, and it is left out. Shapes without any wall in this
    sense give a single value, their diagonal.

    Args:
        mesh: closed, oriented.
        count: lines, spread evenly over the surface.
        rng: of their places.
    """
    samples = sample_surface(mesh, count, rng)
    diagonal = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    middle = mesh.bounds.mean(axis=0)
    tree = wp.Mesh(
        wp.array(mesh.vertices - middle, dtype=wp.vec3, device="cpu"),
        wp.array(mesh.faces.astype(np.int32).ravel(), dtype=wp.int32, device="cpu"),
    )
    starts = samples.points - middle - START * diagonal * samples.normals
    lengths = wp.empty(count, dtype=wp.float32, device="cpu")
    inputs = [
        tree.id,
        wp.array(starts, dtype=wp.vec3, device="cpu"),
        wp.array(-samples.normals, dtype=wp.vec3, device="cpu"),
    ]
    wp.launch(kernels.wall_kernel, count, inputs=inputs, outputs=[lengths], device="cpu")
    found = lengths.numpy().astype(np.float64)
    walls = found[np.isfinite(found)] + START * diagonal
    return walls if len(walls) else np.array([diagonal])
