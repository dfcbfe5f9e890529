"""Parts that are next to nothing and far away, which would set the scale of the whole."""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.units import Unit, length
from acutance.types import PointArray

LEAST_AREA = 1e-3
"""Share of the largest part's area up to which a group of parts is next to nothing; that of a small
copy of a thirtieth of its size."""

LEAST_SIZE = 2e-3
"""Size up to which a group of parts is next to nothing, in sizes of all: below a cell at a
resolution of 512."""

BEYOND = 0.01
"""How far parts of no area may reach beyond the others, in sizes of these."""

FLAT = 1e-9
"""Area of a part, in squares of its size, up to which it has none."""


def set_strays_aside(
    mesh: TriangleMesh, unit: Unit | None = None
) -> tuple[TriangleMesh, tuple[str, ...]]:
    """The mesh without its strays, and a sentence about them.

    Parts are connected through vertices. Those that are no farther apart than the largest part is
    wide belong to one group. A group is a stray if it reaches beyond the box of the others, has
    next to no area, and is so small that no mesh of the whole would show it. Two shapes far apart
    both stay. A part of no area is a stray wherever it reaches beyond.

    Args:
        mesh: welded, with some area.
        unit: of its coordinates; None where it is not known.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> far = np.array([[1000.0, 0, 0], [1000.001, 0, 0], [1000, 0.001, 0]])
        >>> stray = np.array([[8, 9, 10]], dtype=np.int32)
        >>> both = TriangleMesh(
        ...     np.concatenate([box.vertices, far]), np.concatenate([box.faces, stray])
        ... )
        >>> mesh, notes = set_strays_aside(both)
        >>> len(both.faces), len(mesh.faces)
        (13, 12)
        >>> notes[0].split(": ")[0]
        '1 part of a size of up to 0.00141, near (1000, 0, 0), was set aside'
    """
    part = _parts(mesh)
    if part.max(initial=0) == 0:
        return mesh, ()
    area = np.bincount(part, weights=mesh.face_areas)
    lower, upper = _boxes(mesh, part)
    size = np.linalg.norm(upper - lower, axis=1)
    flat = area <= FLAT * size**2
    large = ~flat & (area > LEAST_AREA * area.max())
    group = _groups(mesh.vertices, mesh.faces, part, flat, float(size[large].max()))
    stray = _strays(group, area, lower, upper, large) | (flat & _beyond(lower, upper, ~flat))
    if not stray.any():
        return mesh, ()
    return mesh.with_faces(mesh.faces[~stray[part]]), (_sentence(lower, size, stray, unit),)


def _parts(mesh: TriangleMesh) -> Int[np.ndarray, " faces"]:
    """The number, from 0, of the part of each face; parts are connected through vertices."""
    a, b, c = mesh.faces.T
    links = np.ones(2 * len(a), dtype=bool)
    ends = (np.concatenate([a, b]), np.concatenate([b, c]))
    graph = coo_array((links, ends), shape=(len(mesh.vertices),) * 2).tocsr()
    return connected_components(graph, directed=False)[1][a]


def _boxes(
    mesh: TriangleMesh, part: Int[np.ndarray, " faces"]
) -> tuple[Float[np.ndarray, "parts 3"], Float[np.ndarray, "parts 3"]]:
    """Lower and upper corners of the parts."""
    order = np.argsort(part, kind="stable")
    start = np.flatnonzero(np.diff(part[order], prepend=-1))
    corners = mesh.triangles[order]
    return (
        np.minimum.reduceat(corners.min(axis=1), start, axis=0),
        np.maximum.reduceat(corners.max(axis=1), start, axis=0),
    )


def _groups(
    vertices: PointArray,
    faces: Int[np.ndarray, "faces 3"],
    part: Int[np.ndarray, " faces"],
    flat: Bool[np.ndarray, " parts"],
    width: float,
) -> Int[np.ndarray, " parts"]:
    """A number for the group of every part; parts of no area are groups of their own.

    Parts belong together if cubes of the given width that they have vertices in touch, also through
    other such cubes: for sure if they are no farther apart than the width.
    """
    corner, owner = faces.ravel(), np.repeat(part, 3)
    some = ~flat[owner]
    cells, cell = np.unique(np.floor(vertices[corner[some]] / width), axis=0, return_inverse=True)
    touching = cKDTree(cells).query_pairs(1.5, p=np.inf, output_type="ndarray")
    # Nodes are the cells, and after them the parts.
    start = np.concatenate([touching[:, 0], cell.ravel()])
    end = np.concatenate([touching[:, 1], len(cells) + owner[some]])
    count = len(cells) + len(flat)
    graph = coo_array((np.ones(len(start), dtype=bool), (start, end)), shape=(count, count))
    label = connected_components(graph.tocsr(), directed=False)[1]
    return np.unique(label[len(cells) :], return_inverse=True)[1]


def _strays(
    group: Int[np.ndarray, " parts"],
    area: Float[np.ndarray, " parts"],
    lower: Float[np.ndarray, "parts 3"],
    upper: Float[np.ndarray, "parts 3"],
    large: Bool[np.ndarray, " parts"],
) -> Bool[np.ndarray, " parts"]:
    """Which parts belong to a group that is next to nothing and far away."""
    count = int(group.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, group, lower)
    np.maximum.at(high, group, upper)
    total = np.bincount(group, weights=area)
    small = total <= LEAST_AREA * area.max()
    small[group[large]] = False
    core_low, core_high = low[~small].min(axis=0), high[~small].max(axis=0)
    whole = np.maximum(high, core_high) - np.minimum(low, core_low)
    small &= np.linalg.norm(high - low, axis=1) <= LEAST_SIZE * np.linalg.norm(whole, axis=1)
    small &= np.any((low < core_low) | (high > core_high), axis=1)
    return small[group]


def _beyond(
    lower: Float[np.ndarray, "parts 3"],
    upper: Float[np.ndarray, "parts 3"],
    core: Bool[np.ndarray, " parts"],
) -> Bool[np.ndarray, " parts"]:
    """Which parts reach clearly beyond the box of the core."""
    low, high = lower[core].min(axis=0), upper[core].max(axis=0)
    margin = BEYOND * float(np.linalg.norm(high - low))
    return np.any((lower < low - margin) | (upper > high + margin), axis=1)


def _sentence(
    lower: Float[np.ndarray, "parts 3"],
    size: Float[np.ndarray, " parts"],
    stray: Bool[np.ndarray, " parts"],
    unit: Unit | None,
) -> str:
    count = int(stray.sum())
    place = "({:.4g}, {:.4g}, {:.4g})".format(*lower[stray][size[stray].argmax()])
    return (
        f"{count} part{'s' if count > 1 else ''} of a size of up to "
        f"{length(float(size[stray].max()), unit)}, near "
        f"{place}{' and elsewhere' if count > 1 else ''}, {'were' if count > 1 else 'was'} set "
        f"aside: far from the rest and next to nothing beside it, "
        f"{'they' if count > 1 else 'it'} would have set the scale."
    )
