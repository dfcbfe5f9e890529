"""Faces that cut, touch or nearly touch others, moved apart."""

import numpy as np
import torch
import warp as wp
from jaxtyping import Float, Int

from acutance.contouring.finish import kernels
from acutance.machine.devices import CPU
from acutance.machine.warp import array, launch_in_parts, ray_tree, zeros
from acutance.mesh.mesh import TriangleMesh

BOX_MARGIN = 1e-6
ROUNDS = 30


def faces_apart(mesh, clearance, *, device=CPU, rounds=ROUNDS, log=None):
    vertices = mesh.vertices.copy()
    centre = vertices.mean(axis=0)
    vertices -= centre
    chosen = np.arange(len(mesh.faces), dtype=np.int32)
    for r in range(rounds):
        near, push = near_faces(vertices, mesh.faces, chosen, clearance, False, device=device)
        if log is not None: log.append(len(near))
        if not len(near):
            break
        near, push = near_faces(vertices, mesh.faces, near, clearance, True, device=device)
        total = np.zeros_like(vertices); number = np.zeros(len(vertices))
        moved = push.any(axis=2)
        np.add.at(total, mesh.faces[near][moved], push[moved])
        np.add.at(number, mesh.faces[near][moved], 1)
        at = number > 0
        vertices[at] += total[at] / number[at][:, None]
        chosen = np.flatnonzero(at[mesh.faces].any(axis=1)).astype(np.int32)
        chosen = np.union1d(chosen, near).astype(np.int32)
    return TriangleMesh(vertices + centre, mesh.faces)


def near_faces(vertices, faces, chosen, clearance, pushes, *, device=CPU):
    count = zeros(len(faces), wp.int32, device=device)
    push = wp.zeros((len(faces) if pushes else 0, 3), dtype=wp.vec3d, device=str(device))
    slack = BOX_MARGIN * float(np.abs(vertices).max()) + clearance
    inputs = [
        array(chosen.astype(np.int32), wp.int32, device=device),
        ray_tree(vertices, faces, device=device),
        array(vertices, wp.vec3d, device=device),
        array(faces, wp.vec3i, device=device),
        float(clearance), slack, count, push,
    ]
    launch_in_parts(kernels.near_kernel, len(chosen), inputs, device=device)
    near = np.flatnonzero(count.numpy()).astype(np.int32)
    return near, (push.numpy()[near] if pushes else None)
