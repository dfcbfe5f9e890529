"""Which parts of space hang together without crossing a surface."""

from collections.abc import Callable
from itertools import product

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.ndimage import label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.types import PointArray, ScalarArray

UNKNOWN = -1
"""The region of a point from which no way was found."""

ROUNDING = 1e-6
"""Room for the rounding of float32 coordinates in the unit frame (1e-7) when lengths compare."""

STEPS = 12
"""Steps tried from a point; each nearly doubles the clearance, so that 12 lead out of anything."""

CHUNK = 1 << 18
"""Points whose regions are looked up at once, so that the temporary arrays stay below 100 MB."""

HALVES = np.array(list(product((0, 1), repeat=3)))
"""The eight halves of a cell along x, y, z; number 4x + 2y + z."""


class FreeSpace:
    """The regions of space in which a ball can roll without touching a surface.

    Space is cut into cells; those that the ball passes freely hang together through their faces.
    Cells are visited coarse to fine, only where the coarser one was not entirely free; a dense
    array holds the second finest, and those that are not free are halved once more. Any other
    point belongs to a region if a few steps, all within balls that touch no surface, lead from it
    into one of its cells.

    Attributes:
        radius: of the ball; 0 for a point.
        count: number of regions.
        outside: the region that contains everything far away.
        samples: for each region the deepest of its cell centres.
    """

    samples: Float[np.ndarray, "regions 3"]

    def __init__(
        self,
        surface: SurfaceDistance,
        *,
        cell: float,
        radius: float = 0.0,
        limit: Callable[[PointArray], ScalarArray] | None = None,
        bounds: Float[np.ndarray, "2 3"] | None = None,
    ) -> None:
        """Find the regions.

        Args:
            surface: the triangles that may not be crossed.
            cell: size of the smallest cells.
            radius: of the ball.
            limit: a further bound of the clearance, where more than the surface is to be avoided.
            bounds: lower and upper corner of what is to be avoided, if not those of the surface.
        """
        self.surface = surface
        self.radius = radius
        self._limit = limit
        self._cell = cell
        lower, upper = surface.mesh.bounds if bounds is None else bounds
        margin = radius + 4 * cell  # a layer of cells around the box is free for sure: the outside
        self._origin = lower - margin
        blocks = np.ceil((upper - lower + 2 * margin) / (16 * cell)).astype(int)
        free, halved, centres, room = self._coarse(8 * blocks)
        self._cells, self._coarse_count = label(free)
        self._cells[tuple(halved.T)] = -1 - np.arange(len(halved))
        fine = self._origin + (2 * halved[:, None] + HALVES + 0.5) * cell
        self._room = self.clearance(fine.reshape(-1, 3)).reshape(-1, 8) - radius
        self._free = self._room > 0.5 * cell
        self._regions = self._connect(halved)
        self.outside = int(self._regions[self._cells[0, 0, 0]])
        self.count = int(self._regions.max()) + 1
        self._take_deepest(
            np.concatenate([centres, fine[self._free]]),
            np.concatenate([room, self._room[self._free]]),
        )

    def clearance(self, points: PointArray) -> ScalarArray:
        """Radius of the largest ball around each point that touches nothing."""
        return self._limited(self.surface.unsigned(points), points)

    def _limited(self, distance: ScalarArray, points: PointArray) -> ScalarArray:
        room = distance.astype(float)
        return room if self._limit is None else np.minimum(room, self._limit(points))

    def regions(self, points: PointArray) -> tuple[Int[np.ndarray, " points"], ScalarArray]:
        """The region of each point, or `UNKNOWN`, and its distance to the surface."""
        region = np.empty(len(points), dtype=np.int64)
        distance = np.empty(len(points), dtype=np.float32)
        for start in range(0, len(points), CHUNK):
            part = slice(start, start + CHUNK)
            region[part], distance[part] = self._follow(points[part].astype(float))
        return region, distance

    def _follow(self, points: PointArray) -> tuple[Int[np.ndarray, " points"], ScalarArray]:
        """Lead the points away from the surface until they are in a cell of a region.

        The first step is a leap to where a cell must be free if the surface is flat. Each further
        one goes by what is free around the point. A step is only taken if the balls around its two
        ends overlap, so that no surface lies between.
        """
        region = np.full(len(points), UNKNOWN)
        active = np.arange(len(points))
        here, way = points, np.zeros_like(points)
        first = np.zeros(0, dtype=np.float32)
        for step in range(STEPS):
            closest = self.surface.closest(here)
            room, away = self._limited(closest.distance, here), _unit(here - closest.points)
            arrived = self._lookup(here, room)
            region[active] = arrived
            stay = arrived == UNKNOWN
            active, here, room, away, way = (x[stay] for x in (active, here, room, away, way))
            if step == 0:
                first = closest.distance
                here, room = self._leap(here, room, away)
            # Turning by halves leads out along the middle of a corner, whose walls take turns in
            # being closest.
            way = _unit(way + away)
            here = here + 0.95 * np.maximum(room, 0.0)[:, None] * way
        return region, first

    def _leap(
        self, points: PointArray, room: ScalarArray, away: PointArray
    ) -> tuple[PointArray, ScalarArray]:
        """Step away from the surface to where a free cell is near, if nothing is in between."""
        # A point this far from a plane lies in a cell whose centre is free (see `_lookup`).
        goal = self.radius + 1.4 * self._cell
        length = np.maximum(goal - room, 0.0)
        there = points + length[:, None] * away
        clear = self.clearance(there) + np.maximum(room, 0.0) > length + ROUNDING
        return np.where(clear[:, None], there, points), np.where(clear, 0.0, room)

    def _lookup(self, points: PointArray, room: ScalarArray) -> Int[np.ndarray, " points"]:
        """The region of the cell that each point is in, if the point sees its centre."""
        place = (points - self._origin) / (2 * self._cell)
        coarse = np.floor(place).astype(int)
        shape = np.array(self._cells.shape)
        inside = np.all((coarse >= 0) & (coarse < shape), axis=1)
        value = self._cells[tuple(np.clip(coarse, 0, shape - 1).T)]
        half = ((place - coarse) >= 0.5) @ np.array([4, 2, 1])
        block = np.maximum(-1 - value, 0)
        fine = 2 * self._cell * coarse + self._cell * (HALVES[half] + 0.5) + self._origin
        # The balls around the point and the centre overlap: nothing lies between. The last steps
        # may be narrower than the rolling ball, so that corners belong to what they open to.
        theirs = self.radius + np.take(self._room.ravel(), 8 * block + half, mode="clip")
        sees = np.linalg.norm(points - fine, axis=1) + ROUNDING < room + theirs
        free = np.take(self._free.ravel(), 8 * block + half, mode="clip")
        node = np.where(value > 0, value, self._coarse_count + 1 + 8 * block + half)
        known = (value > 0) | (sees & free)
        region = np.where(known, self._regions[node], UNKNOWN)
        return np.where(inside, region, self.outside)

    def _coarse(
        self, shape: Int[np.ndarray, " 3"]
    ) -> tuple[Bool[np.ndarray, "x y z"], Int[np.ndarray, "halved 3"], PointArray, ScalarArray]:
        """Free cells of twice the finest size, and the indices of those that are not.

        Also the centres of all free cells, however large, and their clearance.
        """
        free = np.zeros(tuple(shape), dtype=bool)
        cells = np.stack(np.meshgrid(*(np.arange(n // 8) for n in shape), indexing="ij"), axis=-1)
        cells = cells.reshape(-1, 3)
        centres, rooms = [], []
        for width in (8, 4, 2, 1):
            size = 2 * width * self._cell
            middle = self._origin + (cells + 0.5) * size
            room = self.clearance(middle) - self.radius
            through = room > 0.5 * np.sqrt(3) * size
            x, y, z = shape // width
            i, j, k = cells[through].T
            free.reshape(x, width, y, width, z, width)[i, :, j, :, k, :] = True
            centres.append(middle[through])
            rooms.append(room[through])
            cells = cells[~through]
            if width > 1:
                cells = (2 * cells[:, None] + HALVES).reshape(-1, 3)
        return free, cells, np.concatenate(centres), np.concatenate(rooms)

    def _connect(self, halved: Int[np.ndarray, "halved 3"]) -> Int[np.ndarray, " nodes"]:
        """The region of every node: components of coarse cells, then the eight halves of others."""
        first = self._coarse_count + 1
        node = first + 8 * np.arange(len(halved))[:, None] + np.arange(8)
        pairs = []
        for axis, bit in enumerate((4, 2, 1)):
            low, high = np.flatnonzero(HALVES[:, axis] == 0), np.flatnonzero(HALVES[:, axis] == 1)
            pairs.append((node[:, low], node[:, low + bit]))
            for near, far, step in ((high, low, 1), (low, high, -1)):
                beside = halved.copy()
                beside[:, axis] += step
                value = self._cells[tuple(beside.T)]
                across = first + 8 * (-1 - value)[:, None] + far
                pairs.append((node[:, near], np.where(value[:, None] > 0, value[:, None], across)))
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

    def _take_deepest(self, centres: PointArray, room: ScalarArray) -> None:
        """Set `samples` to the centre with the most room of each region."""
        self.samples = np.empty((self.count, 3))
        region = self._lookup(centres, room + self.radius)
        order = np.argsort(room)
        self.samples[region[order]] = centres[order]


def _unit(vectors: PointArray) -> PointArray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, np.finfo(float).tiny)
