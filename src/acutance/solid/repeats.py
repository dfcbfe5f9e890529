"""Faces that repeat other faces, which would count double in the winding number."""

import numpy as np
from jaxtyping import Bool, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.solid.winding import winding_number
from acutance.types import FaceArray


def distinct_faces(mesh: TriangleMesh) -> TriangleMesh:
    """The mesh without repeated faces, which would count double in the winding number.

    Of faces with the same three vertices, those of opposite orientation cancel in pairs, as they
    enclose nothing; of what is left one is kept. The vertices stay as they are.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> twice = TriangleMesh(box.vertices, np.concatenate([box.faces, box.faces]))
        >>> len(twice.faces), len(distinct_faces(twice).faces)
        (24, 12)
        >>> turned = TriangleMesh(box.vertices, np.concatenate([box.faces, box.faces[:, ::-1]]))
        >>> len(distinct_faces(turned).faces)
        0
    """
    return _cancel_repeats(mesh)[0]


def panel_share(mesh: TriangleMesh) -> float:
    """Share of the surface, by area, in panels of no volume that stand outside of the solid.

    A panel consists of faces back to back, which `distinct_faces` drops. Inside of other parts they
    are of no account; outside, as the cloth of a deck chair, they can be seen and would be lost.
    """
    kept, first, panels = _cancel_repeats(mesh)
    if not len(panels) or not len(kept.faces):
        return 0.0
    outside = winding_number(kept, mesh.triangles[panels].mean(axis=1)) < 0.5
    return float(mesh.face_areas[panels[outside]].sum() / mesh.face_areas[first].sum())


def _cancel_repeats(
    mesh: TriangleMesh,
) -> tuple[TriangleMesh, Int[np.ndarray, " sets"], Int[np.ndarray, " panels"]]:
    """The distinct faces; one face of every set of vertices; and those of sets that cancel."""
    _, first, group = np.unique(
        np.sort(mesh.faces, axis=1), axis=0, return_index=True, return_inverse=True
    )
    group = group.ravel()
    sign = np.where(is_even(mesh.faces), 1, -1)
    surplus = np.bincount(group, weights=sign)
    kept = np.flatnonzero(sign * surplus[group] > 0)
    _, kept_first = np.unique(group[kept], return_index=True)
    distinct = TriangleMesh(mesh.vertices, mesh.faces[np.sort(kept[kept_first])])
    return distinct, first, first[surplus == 0]


def is_even(faces: FaceArray) -> Bool[np.ndarray, " faces"]:
    """Whether the vertices of each face are an even permutation of their sorted order."""
    a, b, c = faces.T
    return (a < b).astype(int) + (b < c) + (c < a) == 2
