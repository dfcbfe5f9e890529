"""Small floating parts of a mesh, and small bubbles in it, which a field of noise leaves behind."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from acutance.geometry.mesh import TriangleMesh
from acutance.geometry.topology import connected_faces

SLIVER = 1e-6
"""A part of less volume, as a fraction of the largest's, is a film of noise, however wide; a plate
a thirtieth as wide as its shape and as thin as those of open5 has some five times as much."""


@dataclass(frozen=True, kw_only=True)
class Specks:
    """What was dropped: number of parts, and of their faces."""

    parts: int = 0
    faces: int = 0


def drop_specks(mesh: TriangleMesh, fraction: float) -> tuple[TriangleMesh, Specks]:
    """Drop the parts that are small beside the largest one, by their bounding box or volume.

    Args:
        mesh: any mesh with faces.
        fraction: least diagonal of a part that stays, as a fraction of the greatest diagonal; 0
            keeps all. Inner walls of voids are parts like others.
    """
    part = connected_faces(mesh)
    diagonal, volume = _diagonals(mesh, part), np.abs(_volumes(mesh, part))
    small = diagonal < fraction * diagonal.max()
    small |= (volume < SLIVER * volume.max()) & (fraction > 0)
    if not small.any():
        return mesh, Specks()
    faces = mesh.faces[~small[part]]
    used, packed = np.unique(faces, return_inverse=True)
    kept = TriangleMesh(mesh.vertices[used], packed.reshape(-1, 3).astype(np.int32))
    return kept, Specks(parts=int(small.sum()), faces=len(mesh.faces) - len(faces))


def _diagonals(mesh: TriangleMesh, part: np.ndarray) -> Float[np.ndarray, " parts"]:
    """Diagonal of the bounding box of every part."""
    order = np.argsort(part, kind="stable")
    start = np.flatnonzero(np.diff(part[order], prepend=-1))
    corners = mesh.triangles[order]
    lower = np.minimum.reduceat(corners.min(axis=1), start, axis=0)
    upper = np.maximum.reduceat(corners.max(axis=1), start, axis=0)
    return np.linalg.norm(upper - lower, axis=1)


def _volumes(mesh: TriangleMesh, part: np.ndarray) -> Float[np.ndarray, " parts"]:
    """Signed volume that every part encloses."""
    a, b, c = np.moveaxis(mesh.triangles - mesh.vertices.mean(axis=0), 1, 0)
    return np.bincount(part, weights=np.einsum("fx,fx->f", a, np.cross(b, c))) / 6.0
