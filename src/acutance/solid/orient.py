"""Faces that point the wrong way are turned around, where it is clear which way that is."""

import igl
import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import part_volumes
from acutance.solid.repeats import is_even
from acutance.solid.sides import OFFSET
from acutance.solid.winding import winding_number

OPEN_SHARE = 0.05
"""Largest share of rim edges up to which the sign of a patch's volume still tells its inside."""


def turn_outward(mesh: TriangleMesh) -> tuple[TriangleMesh, tuple[str, ...]]:
    """The mesh with its faces turned outwards, and a sentence about each thing that was done.

    Neighbours that disagree are made to agree, patch by patch (a patch is connected through edges
    of two faces). A patch that is closed, or nearly so, and bounds a negative volume is inside out
    and is turned, unless it lies within the solid, where it bounds a cavity.

    Args:
        mesh: of distinct faces, in the unit frame.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> inside_out = TriangleMesh(box.vertices, box.faces[:, ::-1])
        >>> mesh, notes = turn_outward(inside_out)
        >>> round(inside_out.volume, 6), round(mesh.volume, 6)
        (-0.48, 0.48)
        >>> notes
        ('The whole shape was inside out and was turned.',)
    """
    notes = []
    faces, patch = igl.bfs_orient(mesh.faces.astype(np.int64))
    faces, patch = faces.astype(np.int32), patch.ravel().astype(np.int32)
    disagreeing = int(np.sum(is_even(faces) != is_even(mesh.faces)))
    if disagreeing:
        notes.append(f"{disagreeing} faces disagreed with their neighbours and were turned.")
        mesh = TriangleMesh(mesh.vertices, faces)
    # A patch with a wide opening bounds no volume: it counts as 0 and stays as it is.
    nearly_closed = _rim_shares(mesh, patch) <= OPEN_SHARE
    volume = np.where(nearly_closed, part_volumes(mesh, patch), 0.0)
    if volume.sum() < 0:
        notes.append("The whole shape was inside out and was turned.")
        mesh, volume = _flip(mesh, np.ones(len(patch), dtype=bool)), -volume
    inside_out = _inside_out(mesh, patch, volume)
    if inside_out.any():
        notes.append(f"{inside_out.sum()} of {len(volume)} parts were inside out and were turned.")
        mesh = _flip(mesh, inside_out[patch])
    return mesh, tuple(notes)


def _flip(mesh: TriangleMesh, which: Bool[np.ndarray, " faces"]) -> TriangleMesh:
    faces = np.where(which[:, None], mesh.faces[:, ::-1], mesh.faces)
    return TriangleMesh(mesh.vertices, faces)


def _rim_shares(
    mesh: TriangleMesh, patch: Int[np.ndarray, " faces"]
) -> Float[np.ndarray, " patches"]:
    """Share of the edges of each patch that do not belong to two faces of the patch."""
    ends = np.sort(mesh.edges, axis=1)
    owner = np.repeat(patch, 3)
    keys = np.column_stack([ends, owner])
    _, edge, count = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    rim = count[edge.ravel()] % 2 == 1
    return np.bincount(owner, weights=rim) / np.bincount(owner)


def _inside_out(
    mesh: TriangleMesh,
    patch: Int[np.ndarray, " faces"],
    volume: Float[np.ndarray, " patches"],
) -> Bool[np.ndarray, " patches"]:
    """Which patches bound a negative volume and do not lie within the solid."""
    largest = np.empty(len(volume), dtype=np.int64)
    order = np.argsort(mesh.face_areas)
    largest[patch[order]] = order
    behind = mesh.triangles[largest].mean(axis=1) - OFFSET * mesh.face_normals[largest]
    negative = volume < 0
    inside_out = negative.copy()
    inside_out[negative] = winding_number(mesh, behind[negative]) < 0.5
    return inside_out
