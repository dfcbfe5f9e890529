"""Faces of a mesh that come too near others of it, or cut them."""

import numpy as np
import torch
import warp as wp
from jaxtyping import Float, Int

from acutance.contouring.finish import kernels
from acutance.machine.devices import CPU, choose_device
from acutance.machine.warp import array, launch_in_parts, ray_tree, zeros
from acutance.mesh.mesh import TriangleMesh

BOX_MARGIN = 1e-6
"""How far boxes reach beyond their faces, in parts of the largest coordinate: the tree of boxes
rounds to float32."""

Pushes = Float[np.ndarray, "faces 3 3"]
"""Moves of the corners of faces: face, corner, x y z."""


def near_faces(
    mesh: TriangleMesh,
    clearance: float,
    chosen: Int[np.ndarray, " chosen"] | None = None,
    *,
    device: torch.device = CPU,
) -> Int[np.ndarray, " near"]:
    """Indices of the faces with a gap to another face below the clearance, and of those faces.

    Of neighbours, only what lies away from their common corners counts.

    Args:
        mesh: any triangles.
        clearance: a length; a tiny one finds faces that touch or lie in one plane, 0 only those
            that cut each other.
        chosen: faces to look at; all by default.
        device: where to compute.

    Example:
        >>> floor, roof = [[0, 0, 0], [2, 0, 0], [0, 2, 0]], [[0, 0, 1], [2, 0, 1], [0, 2, 1]]
        >>> faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
        >>> mesh = TriangleMesh(np.array(floor + roof, float), faces)
        >>> near_faces(mesh, 0.9).tolist(), near_faces(mesh, 1.1).tolist()
        ([], [0, 1])
    """
    return _search(mesh, clearance, 0.0, chosen, device=device)[0]


def pushes(
    mesh: TriangleMesh,
    clearance: float,
    width: float,
    chosen: Int[np.ndarray, " chosen"],
    *,
    device: torch.device = CPU,
) -> Pushes:
    """Where to move the corners of chosen faces away from all faces that are too near.

    Args:
        mesh: any triangles.
        clearance: as for `near_faces`.
        width: half the gap that there shall be.
        chosen: the faces.
        device: where to compute.

    Returns:
        The sum of the moves of every corner of the chosen faces.
    """
    return _search(mesh, clearance, width, chosen, device=device)[1][chosen]


def _search(
    mesh: TriangleMesh,
    clearance: float,
    width: float,
    chosen: Int[np.ndarray, " chosen"] | None,
    *,
    device: torch.device,
) -> tuple[Int[np.ndarray, " near"], Pushes]:
    """The faces that are too near, and the moves of corners where there is a width to reach."""
    device = choose_device(device)
    points = mesh.vertices - mesh.vertices.mean(axis=0)
    chosen = np.arange(len(mesh.faces)) if chosen is None else chosen
    near = zeros(len(mesh.faces), wp.int32, device=device)
    push = zeros(3 * len(mesh.faces) if width else 0, wp.vec3d, device=device)
    inputs = [
        array(chosen.astype(np.int32), wp.int32, device=device),
        ray_tree(points, mesh.faces, device=device),
        array(points, wp.vec3d, device=device),
        array(mesh.faces, wp.vec3i, device=device),
        float(clearance),
        float(width),
        float(BOX_MARGIN * np.abs(points).max(initial=0) + max(0.0, clearance)),
        near,
        push,
    ]
    launch_in_parts(kernels.near_kernel, len(chosen), inputs, device=device)
    return np.flatnonzero(near.numpy()), push.numpy().reshape(-1, 3, 3)
