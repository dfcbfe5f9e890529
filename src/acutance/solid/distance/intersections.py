"""Faces of a mesh that cut other faces of it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import warp as wp
from jaxtyping import Int

from acutance.machine.cores import cores
from acutance.mesh.mesh import TriangleMesh
from acutance.solid.distance import kernels

CHUNK = 1 << 15
"""Faces a launch."""


def intersecting_faces(mesh: TriangleMesh) -> Int[np.ndarray, " faces"]:
    """Indices of the faces that an edge of another face passes through, and of those faces.

    Neighbours count too: at a common vertex the edges opposite to it can cut the other face. Faces
    that only touch, or lie in one plane, do not count. Tested in float64.
    """
    points = mesh.vertices - mesh.vertices.mean(axis=0)
    tree = wp.Mesh(
        points=wp.array(points, dtype=wp.vec3),
        indices=wp.array(mesh.faces.reshape(-1), dtype=wp.int32),
    )
    vertices = wp.array(points, dtype=wp.vec3d)
    faces = wp.array(mesh.faces, dtype=wp.vec3i)
    cut = wp.zeros(len(mesh.faces), dtype=wp.int32)
    slack = 1e-6 * float(np.abs(points).max())  # the tree rounds to float32

    def launch(first: int) -> None:
        count = min(CHUNK, len(mesh.faces) - first)
        inputs = [tree.id, vertices, faces, first, slack]
        wp.launch(kernels.intersecting_kernel, count, inputs=inputs, outputs=[cut], device="cpu")

    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(launch, range(0, len(mesh.faces), CHUNK)))
    return np.flatnonzero(cut.numpy())
