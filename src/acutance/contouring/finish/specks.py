"""Small floating parts of a mesh, and small bubbles in it, which a field of noise leaves behind."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import connected_faces, part_volumes

LEAST_VOLUME = 1e-6
"""A part of less volume, as a fraction of the largest's, is a film of noise, however wide; a plate
a thirtieth as wide as its shape and as thin as those of open5 has some five times as much."""


@dataclass(frozen=True, kw_only=True)
class Specks:
    """Number of parts that are specks, and of their faces."""

    parts: int = 0
    faces: int = 0


def drop_specks(mesh: TriangleMesh, fraction: float) -> tuple[TriangleMesh, Specks]:
    """The mesh without its specks (see `find_specks`).

    Example:
        >>> from acutance.contouring.contour import Contouring, extract
        >>> from acutance.shapes.analytic import Sphere
        >>> mesh = extract(Sphere(), [-1.0] * 3, [1.0] * 3, Contouring(resolution=16)).mesh
        >>> drop_specks(mesh, 0.02)[1]
        Specks(parts=0, faces=0)
    """
    speck, specks = find_specks(mesh, fraction)
    return mesh.with_faces(mesh.faces[~speck]), specks


def find_specks(mesh: TriangleMesh, fraction: float) -> tuple[Bool[np.ndarray, " faces"], Specks]:
    """The faces of parts that are small beside the largest one, by their bounding box or volume.

    Args:
        mesh: any mesh with faces.
        fraction: least diagonal of a part that stays, as a fraction of the greatest diagonal; 0
            keeps all. Inner walls of voids are parts like others.

    Returns:
        Which faces belong to specks, and how many there are.
    """
    part = connected_faces(mesh)
    diagonal, volume = _diagonals(mesh, part), np.abs(part_volumes(mesh, part))
    small = diagonal < fraction * diagonal.max()
    small |= (volume < LEAST_VOLUME * volume.max()) & (fraction > 0)
    speck = small[part]
    return speck, Specks(parts=int(small.sum()), faces=int(speck.sum()))


def _diagonals(mesh: TriangleMesh, part: np.ndarray) -> Float[np.ndarray, " parts"]:
    """Diagonal of the bounding box of every part."""
    # Faces sorted by part; least and greatest corner of each run.
    order = np.argsort(part, kind="stable")
    start = np.flatnonzero(np.diff(part[order], prepend=-1))
    corners = mesh.triangles[order]
    lower = np.minimum.reduceat(corners.min(axis=1), start, axis=0)
    upper = np.maximum.reduceat(corners.max(axis=1), start, axis=0)
    return np.linalg.norm(upper - lower, axis=1)
