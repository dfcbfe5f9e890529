"""How thick the walls of a closed mesh are."""

import numpy as np
import torch
import warp as wp
from jaxtyping import Float

from acutance.machine.devices import CPU, choose_device
from acutance.machine.warp import array, empty, launch, ray_tree
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.solid.distance import kernels

START = 1e-6
"""How far below the surface a ray starts, in diagonals of the bounding box."""


def wall_thickness(
    mesh: TriangleMesh,
    count: int,
    rng: np.random.Generator,
    *,
    device: torch.device | str = CPU,
) -> Float[np.ndarray, " walls"]:
    """Lengths of straight lines through the mesh, square to its surface, where they end at a wall.

    A line that leaves through a face that is turned by more than 37° against the one where it
    came in has cut a corner: this is no wall, and it is left out. Shapes without any wall in this
    sense give a single value, their diagonal.

    >>> import numpy as np
    >>> from acutance.shapes.analytic import Box
    >>> plate = Box(half=(0.6, 0.5, 0.01)).mesh()
    >>> round(float(np.median(wall_thickness(plate, 1000, np.random.default_rng(0)))), 4)
    0.02

    Args:
        mesh: closed, oriented.
        count: lines, spread evenly over the surface.
        rng: of their places.
        device: where to compute; see `choose_device`.
    """
    device = choose_device(device)
    samples = sample_surface(mesh, count, rng)
    diagonal = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    middle = mesh.bounds.mean(axis=0)
    starts = samples.points - middle - START * diagonal * samples.normals
    lengths = empty(count, wp.float32, device=device)
    arguments = [
        ray_tree(mesh.vertices - middle, mesh.faces, device=device),
        array(starts, wp.vec3, device=device),
        array(-samples.normals, wp.vec3, device=device),
        lengths,
    ]
    launch(kernels.wall_kernel, count, arguments, device=device)
    found = lengths.numpy().astype(np.float64)
    walls = found[np.isfinite(found)] + START * diagonal
    return walls if len(walls) else np.array([diagonal])
