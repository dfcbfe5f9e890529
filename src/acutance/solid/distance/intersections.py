"""Faces of a mesh that cut other faces of it."""

import numpy as np
import torch
import warp as wp
from jaxtyping import Int

from acutance.machine.devices import CPU, choose_device
from acutance.machine.warp import array, launch_in_parts, ray_tree, zeros
from acutance.mesh.mesh import TriangleMesh
from acutance.solid.distance import kernels

BOX_MARGIN = 1e-6
"""How far boxes reach beyond their faces, in parts of the largest coordinate: the tree of boxes
rounds to float32."""


def intersecting_faces(
    mesh: TriangleMesh, *, device: torch.device | str = CPU
) -> Int[np.ndarray, " faces"]:
    """Indices of the faces that an edge of another face passes through, and of those faces.

    Neighbours count too: at a common vertex the edges opposite to it can cut the other face. Faces
    that only touch, or lie in one plane, do not count. Tested in float64.

    >>> import numpy as np
    >>> from acutance.mesh.mesh import TriangleMesh
    >>> floor, blade = [[0, 0, 0], [2, 0, 0], [0, 2, 0]], [[0.5, 0.5, -1], [0.5, 0.5, 1], [9, 9, 0]]
    >>> faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    >>> intersecting_faces(TriangleMesh(np.array(floor + blade, float), faces))
    array([0, 1])

    Args:
        mesh: any triangles.
        device: where to compute; see `choose_device`.
    """
    device = choose_device(device)
    if not len(mesh.faces):  # Warp builds no tree of nothing
        return np.empty(0, dtype=np.int64)
    points = mesh.vertices - mesh.vertices.mean(axis=0)
    cut = zeros(len(mesh.faces), wp.int32, device=device)
    inputs = [
        ray_tree(points, mesh.faces, device=device),
        array(points, wp.vec3d, device=device),
        array(mesh.faces, wp.vec3i, device=device),
        BOX_MARGIN * float(np.abs(points).max()),
        cut,
    ]
    launch_in_parts(kernels.intersecting_kernel, len(mesh.faces), inputs, device=device)
    return np.flatnonzero(cut.numpy())
