"""A mesh whose vertices and faces keep apart, so that every reader finds the same closed surface.

Readers round coordinates to 32 bits and merge vertices that are near each other: trimesh those
that agree to 1e-8, manifold3d those within a rounding of 32-bit numbers. Where that joins vertices
of one edge, faces lose their area; where it joins others, more than two faces meet at an edge. So
short edges are collapsed, and whatever else comes too near is pushed apart.
"""

import numpy as np
import torch

from acutance.contouring.finish.near import near_faces, pushes
from acutance.machine.devices import CPU
from acutance.mesh.collapse import without_short_edges
from acutance.mesh.io.apart import least_distance
from acutance.mesh.mesh import TriangleMesh
from acutance.types import VertexArray

CLEARANCE = 2e-6
"""How far faces keep apart in the unit of a field: 17 roundings of 32-bit numbers below 1."""

COARSEST = 0.2
"""Where faces would have to keep apart by more than this many cells, details would be lost."""

ROUNDS = 40
"""How often faces are pushed: those that are pushed may come near others."""

GROWTH, WIDEST = 1.5, 64.0
"""The gap made in each round is wider than before, up to so many clearances: faces between two
others would else go back and forth."""

EDGE = 2.0
"""Edges up to so many clearances are collapsed."""


def kept_apart(
    mesh: TriangleMesh, clearance: float, *, device: torch.device = CPU
) -> tuple[TriangleMesh, int]:
    """The mesh with edges longer than a clearance, and faces farther apart than it.

    Vertices move by about the clearance, or by half of what faces overlap.

    Args:
        mesh: closed, oriented, 2-manifold, and it stays so.
        clearance: a length, small beside the details of the mesh.
        device: where to look for faces near others.

    Returns:
        The mesh, and how many of its faces are still too near others: mostly none.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box(half=(1.0, 1.0, 1.0)).mesh()
        >>> roof = TriangleMesh(box.vertices + [0.5, 0.5, 2.0], box.faces)
        >>> two = TriangleMesh(
        ...     np.concatenate([box.vertices, roof.vertices]),
        ...     np.concatenate([box.faces, box.faces + 8]),
        ... )
        >>> near_faces(two, 1e-6).size > 0, kept_apart(two, 1e-6)[1]
        (True, 0)
    """
    few, _ = without_short_edges(mesh, EDGE * clearance)
    few = few.with_faces(few.faces)
    near = near_faces(few, clearance, device=device)
    for turn in range(ROUNDS):
        if not len(near):
            break
        width = clearance * min(GROWTH**turn, WIDEST)
        vertices = _pushed(few, near, clearance, width, device)
        moved = (vertices != few.vertices).any(axis=1)
        few = TriangleMesh(vertices, few.faces)
        again = np.union1d(near, np.flatnonzero(moved[few.faces].any(axis=1)))
        near = near_faces(few, clearance, again, device=device)
    return few, len(near)


def apart_for_readers(
    mesh: TriangleMesh, clearance: float, spacing: float
) -> tuple[TriangleMesh, tuple[str, ...]]:
    """A mesh that was moved to other coordinates, apart as far as readers there need it.

    Args:
        mesh: in the coordinates that are written.
        clearance: how far its faces keep apart.
        spacing: edge length of a cell.

    Returns:
        The mesh, and what the user should know.
    """
    needed = 3**0.5 * least_distance(mesh)  # of a gap, some coordinate has this share
    if needed <= clearance:
        return mesh, ()
    if needed <= COARSEST * spacing:
        return kept_apart(mesh, needed)[0], ()
    size = float(np.ptp(mesh.bounds, axis=0).max())
    return mesh, (
        f"The mesh is only {size:.2g} large, and programs that read it may merge vertices nearer "
        f"than {least_distance(mesh):.2g}, so that they find it open. Write it in a smaller unit: "
        f"--scale {10.0 ** np.ceil(-np.log10(size)):.0f}.",
    )


def _pushed(
    mesh: TriangleMesh,
    near: np.ndarray,
    clearance: float,
    width: float,
    device: torch.device,
) -> VertexArray:
    """The vertices of faces near others, each moved by the mean of what its faces ask for."""
    moves = pushes(mesh, clearance, width, near, device=device)
    asks = moves.any(axis=2)
    corner, moves = mesh.faces[near][asks], moves[asks]
    total = np.zeros_like(mesh.vertices)
    np.add.at(total, corner, moves)
    number = np.bincount(corner, minlength=len(total))[:, None]
    return mesh.vertices + total / np.maximum(number, 1)
