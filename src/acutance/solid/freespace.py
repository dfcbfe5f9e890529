"""Which parts of space are connected without crossing a surface."""

from itertools import product
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float32, Int
from scipy.ndimage import label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.types import PointArray, ScalarArray

UNKNOWN = -1
"""The region of a point from which no path into a region was found."""

ROUNDING = 1e-6
"""Allowance for the rounding of float32 coordinates in the unit frame (1e-7) in comparisons."""

STEPS = 12
"""Steps tried from a point; each nearly doubles the clearance, so that 12 lead out of any gap."""

CHUNK = 1 << 18
"""Points whose regions are looked up at once, so that the temporary arrays stay below 100 MB."""

OCTANTS = np.array(list(product((0, 1), repeat=3)))
"""The eight octants of a cell, as halves along x, y, z; number 4x + 2y + z."""


@runtime_checkable
class Obstacle(Protocol):
    """What may not be touched, in the unit frame."""

    def unsigned(self, points: PointArray) -> Float32[np.ndarray, " points"]:
        """Distance to it, never negative."""
        ...


class RollingSpace:
    """The regions of space in which a ball can roll without touching an obstacle.

    Space is cut into cells; those that the ball passes freely are connected through their faces.
    Cells are visited coarse to fine, only where the coarser one was not entirely free; a dense
    array holds the second finest, and those that are not free are split into octants.

    Attributes:
        radius: of the ball; 0 for a point.
        count: number of regions.
        outside: the region that contains everything far away.
        samples: for each region the deepest of its cell centres.
    """

    samples: Float[np.ndarray, "regions 3"]

    def __init__(
        self,
        obstacle: Obstacle,
        *,
        cell: float,
        bounds: Float[np.ndarray, "2 3"],
        radius: float = 0.0,
    ) -> None:
        """Find the regions.

        Args:
            obstacle: what may not be touched.
            cell: size of the smallest cells.
            bounds: lower and upper corner of what is to be avoided.
            radius: of the ball.
        """
        self._obstacle = obstacle
        self.radius = radius
        self._cell = cell
        lower, upper = bounds
        margin = radius + 4 * cell  # a layer of cells around the box is always free: the outside
        self._origin = lower - margin
        blocks = np.ceil((upper - lower + 2 * margin) / (16 * cell)).astype(int)
        # `_cells` holds the label of a free component from 1 on, or −1 − i for the i-th split cell.
        free, split, centres, margins = self._coarse(8 * blocks)
        self._cells, self._coarse_count = label(free)
        self._cells[tuple(split.T)] = -1 - np.arange(len(split))
        fine = self._origin + (2 * split[:, None] + OCTANTS + 0.5) * cell
        self._margins = self.clearance(fine.reshape(-1, 3)).reshape(-1, 8) - radius
        self._free = self._margins > 0.5 * cell
        self._regions = self._connect(split)
        self.outside = int(self._regions[self._cells[0, 0, 0]])
        self.count = int(self._regions.max()) + 1
        self._set_samples(
            np.concatenate([centres, fine[self._free]]),
            np.concatenate([margins, self._margins[self._free]]),
        )

    def clearance(self, points: PointArray) -> ScalarArray:
        """Radius of the largest ball around each point that touches nothing."""
        return self._obstacle.unsigned(points).astype(float)

    def lookup(self, points: PointArray, clearance: ScalarArray) -> Int[np.ndarray, " points"]:
        """The region of the cell that each point is in and sees the centre of, or `UNKNOWN`."""
        scaled = (points - self._origin) / (2 * self._cell)
        coarse = np.floor(scaled).astype(int)
        shape = np.array(self._cells.shape)
        inside = np.all((coarse >= 0) & (coarse < shape), axis=1)
        entry = self._cells[tuple(np.clip(coarse, 0, shape - 1).T)]
        octant = ((scaled - coarse) >= 0.5) @ np.array([4, 2, 1])
        fine = 8 * np.maximum(-1 - entry, 0) + octant
        centre = 2 * self._cell * coarse + self._cell * (OCTANTS[octant] + 0.5) + self._origin
        # The balls around the point and the centre overlap: nothing lies between. The last steps
        # may be narrower than the rolling ball, so that corners belong to what they open to.
        centre_clearance = self.radius + np.take(self._margins.ravel(), fine, mode="clip")
        gap = np.linalg.norm(points - centre, axis=1)
        sees = gap + ROUNDING < clearance + centre_clearance
        free = np.take(self._free.ravel(), fine, mode="clip")
        node = np.where(entry > 0, entry, self._coarse_count + 1 + fine)
        known = (entry > 0) | (sees & free)
        region = np.where(known, self._regions[node], UNKNOWN)
        return np.where(inside, region, self.outside)

    def _coarse(
        self, shape: Int[np.ndarray, " 3"]
    ) -> tuple[Bool[np.ndarray, "x y z"], Int[np.ndarray, "split 3"], PointArray, ScalarArray]:
        """The cells of twice the finest size, found coarse to fine.

        Returns:
            Which are free; the indices of the others, which are split; the centres of all free
            cells, however large; and their clearance less the radius of the ball.
        """
        free = np.zeros(tuple(shape), dtype=bool)
        cells = np.stack(np.meshgrid(*(np.arange(n // 8) for n in shape), indexing="ij"), axis=-1)
        cells = cells.reshape(-1, 3)
        centres, margins = [], []
        for width in (8, 4, 2, 1):
            size = 2 * width * self._cell
            middle = self._origin + (cells + 0.5) * size
            margin = self.clearance(middle) - self.radius
            passable = margin > 0.5 * np.sqrt(3) * size
            x, y, z = shape // width
            i, j, k = cells[passable].T
            free.reshape(x, width, y, width, z, width)[i, :, j, :, k, :] = True
            centres.append(middle[passable])
            margins.append(margin[passable])
            cells = cells[~passable]
            if width > 1:
                cells = (2 * cells[:, None] + OCTANTS).reshape(-1, 3)
        return free, cells, np.concatenate(centres), np.concatenate(margins)

    def _connect(self, split: Int[np.ndarray, "split 3"]) -> Int[np.ndarray, " nodes"]:
        """The region of every node.

        Nodes are the components of free coarse cells, then the octants of the cells that are split.
        """
        first = self._coarse_count + 1
        node = first + 8 * np.arange(len(split))[:, None] + np.arange(8)
        pairs = []
        for axis, bit in enumerate((4, 2, 1)):
            low, high = np.flatnonzero(OCTANTS[:, axis] == 0), np.flatnonzero(OCTANTS[:, axis] == 1)
            pairs.append((node[:, low], node[:, low + bit]))
            for near, far, step in ((high, low, 1), (low, high, -1)):
                neighbour = split.copy()
                neighbour[:, axis] += step
                entry = self._cells[tuple(neighbour.T)]
                across = first + 8 * (-1 - entry)[:, None] + far
                pairs.append((node[:, near], np.where(entry[:, None] > 0, entry[:, None], across)))
        start, end = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in (0, 1))
        free = np.concatenate([np.ones(first, dtype=bool), self._free.ravel()])
        both = free[start] & free[end]
        links = (np.ones(both.sum(), dtype=bool), (start[both], end[both]))
        graph = coo_array(links, shape=(len(free), len(free))).tocsr()
        _, region = connected_components(graph, directed=False)
        free[0] = False  # `label` leaves number 0 to what is not free
        number = np.full(len(free), UNKNOWN)
        number[free] = np.unique(region[free], return_inverse=True)[1]
        return number

    def _set_samples(self, centres: PointArray, margins: ScalarArray) -> None:
        """Set `samples` to the centre with the largest clearance of each region."""
        self.samples = np.empty((self.count, 3))
        region = self.lookup(centres, margins + self.radius)
        order = np.argsort(margins)
        self.samples[region[order]] = centres[order]


class FreeSpace(RollingSpace):
    """The regions beside a surface, and to which of them any point leads.

    A point that is in no cell of a region belongs to one if a few steps, all within balls that
    touch no surface, lead from it into one of its cells.
    """

    def __init__(self, surface: SurfaceDistance, *, cell: float, radius: float = 0.0) -> None:
        """Find the regions.

        Args:
            surface: the triangles that may not be crossed.
            cell: size of the smallest cells.
            radius: of the ball.
        """
        self.surface = surface
        super().__init__(surface, cell=cell, bounds=surface.mesh.bounds, radius=radius)

    def regions(self, points: PointArray) -> tuple[Int[np.ndarray, " points"], ScalarArray]:
        """The region of each point, or `UNKNOWN`, and its distance to the surface."""
        region = np.empty(len(points), dtype=np.int64)
        distance = np.empty(len(points), dtype=np.float32)
        for start in range(0, len(points), CHUNK):
            part = slice(start, start + CHUNK)
            region[part], distance[part] = self._walk(points[part].astype(float))
        return region, distance

    def _walk(self, points: PointArray) -> tuple[Int[np.ndarray, " points"], ScalarArray]:
        """Move the points away from the surface until they are in a cell of a region.

        The first step leads at once to where a cell must be free if the surface is flat. Each
        further one is as long as the clearance allows. A step is only taken if the balls around its
        two ends overlap, so that no surface lies between.

        Returns:
            The region of each point, and its distance to the surface where it started.
        """
        region = np.full(len(points), UNKNOWN)
        active = np.arange(len(points))
        position, direction = points, np.zeros_like(points)
        start_distance = np.zeros(0, dtype=np.float32)
        for step in range(STEPS):
            closest = self.surface.closest(position)
            clearance = closest.distance.astype(float)
            outward = _unit(position - closest.points)
            found = self.lookup(position, clearance)
            region[active] = found
            unknown = found == UNKNOWN
            active, position, clearance, outward, direction = (
                x[unknown] for x in (active, position, clearance, outward, direction)
            )
            if step == 0:
                start_distance = closest.distance
                position, clearance = self._first_step(position, clearance, outward)
            # The mean of the old and the new direction leads out along the middle of a corner,
            # whose walls take turns in being closest.
            direction = _unit(direction + outward)
            position = position + 0.95 * np.maximum(clearance, 0.0)[:, None] * direction
        return region, start_distance

    def _first_step(
        self, points: PointArray, clearance: ScalarArray, outward: PointArray
    ) -> tuple[PointArray, ScalarArray]:
        """Step away from the surface to where a free cell is near, if nothing is in between."""
        # A point this far from a plane lies in a cell whose centre is free (see `lookup`).
        goal = self.radius + 1.4 * self._cell
        length = np.maximum(goal - clearance, 0.0)
        target = points + length[:, None] * outward
        clear = self.clearance(target) + np.maximum(clearance, 0.0) > length + ROUNDING
        return np.where(clear[:, None], target, points), np.where(clear, 0.0, clearance)


def _unit(vectors: PointArray) -> PointArray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, np.finfo(float).tiny)
