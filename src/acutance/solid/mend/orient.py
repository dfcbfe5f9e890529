"""Faces that point the wrong way are turned around, where it is clear which way that is."""

import igl
import numpy as np
from jaxtyping import Float, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import part_volumes
from acutance.solid.mend.nesting import parts_to_turn
from acutance.solid.mend.repeats import is_even

OPEN_SHARE = 0.05
"""Largest share of rim edges up to which the sign of a patch's volume still tells its inside."""


def turn_outward(mesh: TriangleMesh) -> tuple[TriangleMesh, tuple[str, ...]]:
    """The mesh with its faces turned outwards, and a sentence about each thing that was done.

    Neighbours that disagree are made to agree, patch by patch (a patch is connected through edges
    of two faces). A patch that is closed, or nearly so, and bounds a negative volume is inside out
    and is turned, unless it lies wholly within the solid, where it bounds a cavity; with it what
    lies within it, since a shape is turned as a whole.

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
    if not len(mesh.faces):  # igl ends the process
        return mesh, ()
    notes = []
    faces, patch = igl.bfs_orient(mesh.faces.astype(np.int64))
    faces, patch = faces.astype(np.int32), patch.ravel().astype(np.int64)
    disagreeing = int(np.sum(is_even(faces) != is_even(mesh.faces)))
    if disagreeing:
        notes.append(f"{disagreeing} faces disagreed with their neighbours and were turned.")
        mesh = TriangleMesh(mesh.vertices, faces)
    # A patch with a wide opening bounds no volume: it counts as 0 and stays as it is.
    nearly_closed = _rim_shares(mesh, patch) <= OPEN_SHARE
    volume = np.where(nearly_closed, part_volumes(mesh, patch), 0.0)
    turned = parts_to_turn(mesh, patch, volume)
    if turned.any():
        if turned[volume != 0].all():
            turned[:] = True  # what is open came from the same hand
            notes.append("The whole shape was inside out and was turned.")
        else:
            count = f"{turned.sum()} of {len(volume)} parts"
            notes.append(f"{count} were inside out and were turned.")
        which = turned[patch]
        mesh = TriangleMesh(
            mesh.vertices, np.where(which[:, None], mesh.faces[:, ::-1], mesh.faces)
        )
    return mesh, tuple(notes)


def _rim_shares(
    mesh: TriangleMesh, patch: Int[np.ndarray, " faces"]
) -> Float[np.ndarray, " patches"]:
    """Share of the edges of each patch that do not belong to two faces of the patch."""
    ends = np.sort(mesh.edges, axis=1).astype(np.int64)
    owner = np.repeat(patch, 3)
    order = np.lexsort([ends[:, 1], ends[:, 0], owner])
    keys = np.column_stack([owner, ends])[order]
    first = np.flatnonzero(np.any(np.diff(keys, axis=0, prepend=-1) != 0, axis=1))
    uses = np.diff(first, append=len(order))
    rim = np.empty(len(order), dtype=bool)
    rim[order] = np.repeat(uses % 2 == 1, uses)
    return np.bincount(owner, weights=rim) / np.bincount(owner)
