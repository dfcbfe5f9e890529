"""Faces that point the wrong way are turned around, where it is clear which way that is."""

import igl
import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import part_volumes
from acutance.solid.mend.nesting import parts_to_turn
from acutance.solid.mend.repeats import is_even

OPEN_SHARE = 0.05
"""Largest share of rim edges up to which the sign of a patch's volume still tells its inside."""


def turn_outward(
    mesh: TriangleMesh, two_sided: Bool[np.ndarray, " faces"] | None = None
) -> tuple[TriangleMesh, tuple[str, ...]]:
    """The mesh with its faces turned outwards, and a sentence about each thing that was done.

    Neighbours that disagree are made to agree, patch by patch (a patch is connected through edges
    of two faces). A patch that is closed, or nearly so, and bounds a negative volume is inside out
    and is turned, unless it lies wholly within the solid, where it bounds a cavity; with it what
    lies within it, since a shape is turned as a whole.

    Args:
        mesh: of distinct faces, in the unit frame.
        two_sided: which of them came front and back. Where all closed patches did, one within
            another bounds a cavity: nothing else tells. None where no face did.

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
    if two_sided is None:
        two_sided = np.zeros(len(faces), dtype=bool)
    differ = is_even(faces) != is_even(mesh.faces)
    disagreeing = int(np.sum(differ & ~two_sided))
    if disagreeing:
        notes.append(f"{disagreeing} faces disagreed with their neighbours and were turned.")
    if differ.any():
        mesh = TriangleMesh(mesh.vertices, faces)
    # A patch with a wide opening bounds no volume: it counts as 0 and stays as it is.
    nearly_closed = _rim_shares(mesh, patch) <= OPEN_SHARE
    volume = np.where(nearly_closed, part_volumes(mesh, patch), 0.0)
    unknown = (volume != 0) & (np.bincount(patch, weights=~two_sided) == 0)
    if unknown.any() and unknown[volume != 0].all():
        return _nested(mesh, patch, volume, tuple(notes))
    turned = parts_to_turn(mesh, patch, volume, np.ones(len(volume), dtype=bool))
    if turned.any():
        if turned[volume != 0].all():
            turned[:] = True  # what is open came from the same hand
            notes.append("The whole shape was inside out and was turned.")
        else:
            count = f"{turned.sum()} of {len(volume)} parts"
            notes.append(f"{count} were inside out and were turned.")
        mesh = _turned(mesh, turned[patch])
    return mesh, tuple(notes)


def _nested(
    mesh: TriangleMesh,
    patch: Int[np.ndarray, " faces"],
    volume: Float[np.ndarray, " patches"],
    notes: tuple[str, ...],
) -> tuple[TriangleMesh, tuple[str, ...]]:
    """Closed patches of which nothing tells the outer side: those within others bound cavities."""
    inward = -np.abs(volume)
    outer = parts_to_turn(_turned(mesh, (volume > 0)[patch]), patch, inward, volume == 0)
    cavities = int(np.sum((volume != 0) & ~outer))
    if cavities:
        taken = (
            "1 part lies within the others and was taken for a void"
            if cavities == 1
            else f"{cavities} parts lie within others and were taken for voids"
        )
        notes += (f"All faces came front and back; {taken}.",)
    return _turned(mesh, (outer != (volume > 0))[patch] & (volume != 0)[patch]), notes


def _turned(mesh: TriangleMesh, which: Bool[np.ndarray, " faces"]) -> TriangleMesh:
    faces = np.where(which[:, None], mesh.faces[:, ::-1], mesh.faces)
    return TriangleMesh(mesh.vertices, faces)


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
