"""Dual contouring: one vertex a patch, where its tangent planes meet; creases stay sharp.

Ju, Losasso, Schaefer and Warren 2002, "Dual Contouring of Hermite Data".
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import normalize

from acutance.contouring.hermite import Hermite
from acutance.contouring.lattice import Lattice, Probe
from acutance.contouring.octree import Cells
from acutance.contouring.patches import Crossings, Patches
from acutance.geometry.intersections import intersecting_faces
from acutance.geometry.mesh import TriangleMesh

DAMPING = 0.005
"""Directions in which the normals of a patch vary less than this (mean square) are left alone.
Two planes that meet at an angle of 20° give 0.03, noise of 1e-2 rad in normals 1e-4."""

REACH = 0.5
"""How far, in cells, a vertex may leave its cell to stay on a crease, which also passes cells on
whose edges it leaves no trace. On turned boxes at 128 this takes the mean error from 1.3e-5 to
below 1e-6."""

LOOSE_REACH = 1.0
"""The same for the patches of thin parts, from the mean of what their edges look at."""

FOLD = -0.05
"""Cosine to the normal at its crossing edge below which a triangle counts as folded over; at a
crease of 90° it is 0. With noise of 1e-2 rad in the normals this leaves next to no faces that cut
each other (without: some hundred)."""

ROUNDS = 4
"""How often vertices of faces that fold or cut others are taken back: each time their neighbours
may follow."""

SHARES = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)
"""How far they are taken from where they are at home to the middle of their edges, step by step: a
small one mostly does, and leaves the rims of thin parts straight. 15 raw meshes of open5, at 128,
have 44 faces that cut others if the last share is taken at once, 6,514 with the first alone."""

USUAL = 3.0
"""A vertex goes from beside the mean of its feet to where its tangent planes meet as far as the
mean lies beyond so many times the median unrest of the field: on a crease it lies well below the
surface. On networks trained for 12 s this takes a quarter off the mean error and a third off the
false creases."""

SEEN = 10_000
"""Patches from which the unrest of a field is judged."""

MOVED = 0.02
"""Planes of a restless field that meet closer than this to the mean of their feet, in cells, are
not looked at: the vertex is the mean."""

CALM = 1e-3
"""An unrest of so many cells is that of an exact field, curved in its own way: nothing to treat."""

SHORTER = 0.01
"""Weight of the length of a diagonal against its miss: it decides where both miss by little."""

MARGIN = 1e-4
"""A vertex at home keeps this fraction of a cell away from its sides, that of the cell's next patch
three times as much, and so on: no two vertices at home coincide."""


def dual_mesh(
    probe: Probe,
    lattice: Lattice,
    cells: Cells,
    patches: Patches,
    crossings: Crossings,
    hermite: Hermite,
) -> TriangleMesh:
    """The mesh through the vertices of all patches, two triangles a crossing edge."""
    vertices, mean = place_vertices(probe, lattice.spacing, patches, crossings, hermite)
    room = _room(lattice, cells, patches)
    within = vertices.clamp(*room)
    home = within.clone()
    reach = torch.full_like(home[:, :1], REACH * lattice.spacing)
    loose = crossings.patches[hermite.loose].unique()
    home[loose] = _onto_surface(probe, mean[loose], lattice.spacing)
    reach[loose] = LOOSE_REACH * lattice.spacing
    vertices = torch.where((vertices - home).norm(dim=1, keepdim=True) > reach, home, vertices)
    vertices[loose] = _onto_surface(probe, vertices[loose], lattice.spacing)
    vertices = _unfolded(vertices, home, crossings, hermite)
    _part(vertices, within)
    middle = _middle(lattice, cells, crossings, hermite, len(home)).clamp(*room)
    return _untangled(vertices, (home, within, middle), crossings, hermite)


def _unfolded(
    vertices: Float[Tensor, "patches 3"],
    home: Float[Tensor, "patches 3"],
    crossings: Crossings,
    hermite: Hermite,
) -> Float[Tensor, "patches 3"]:
    """The vertices, those of folded faces at home."""
    for _ in range(ROUNDS):
        triangles = _triangles(vertices, crossings, hermite)
        folded = _folded(vertices[triangles], hermite).any(dim=1)
        back = crossings.patches[folded].reshape(-1)
        if torch.equal(vertices[back], home[back]):
            break
        vertices[back] = home[back]
    return vertices


def _untangled(
    vertices: Float[Tensor, "patches 3"],
    places: tuple[Float[Tensor, "patches 3"], ...],
    crossings: Crossings,
    hermite: Hermite,
) -> TriangleMesh:
    """The mesh, vertices of faces that cut others moved towards where none does.

    Args:
        vertices: of all patches.
        places: where they are at home, in their cells, and in the middle of their edges.
        crossings, hermite: the crossing edges.
    """
    home, within, middle = places
    mesh = _mesh(vertices, crossings, hermite)
    for share in SHARES:
        place = torch.lerp(home, middle, share)
        for _ in range(ROUNDS):
            cut = torch.from_numpy(np.unique(mesh.faces[intersecting_faces(mesh)])).long()
            if torch.equal(vertices[cut], place[cut]):
                break
            vertices[cut] = place[cut]
            _part(vertices, within)
            mesh = _mesh(vertices, crossings, hermite)
    return mesh


def _room(
    lattice: Lattice, cells: Cells, patches: Patches
) -> tuple[Float[Tensor, "patches 3"], Float[Tensor, "patches 3"]]:
    """Lower and upper corner of where a patch's vertex is in its cell, apart from all others."""
    low = lattice.positions(cells.keys)[patches.cell]
    rank = torch.arange(len(low), device=low.device) - patches.first[patches.cell]
    margin = (MARGIN * lattice.spacing * (1 + 2 * rank))[:, None]
    return low + margin, low + lattice.spacing - margin


def _middle(
    lattice: Lattice, cells: Cells, crossings: Crossings, hermite: Hermite, count: int
) -> Float[Tensor, "patches 3"]:
    """The mean of a patch's crossing points, those of loose edges in their middles.

    The patches of a cell part its corners into groups, so that these points hardly ever lie where
    their faces cut each other.
    """
    axes = torch.eye(3, dtype=torch.float64, device=lattice.device)[crossings.axis]
    half = lattice.positions(cells.keys[crossings.owner]) + 0.5 * lattice.spacing * axes
    points = torch.where(hermite.loose[:, None], half, hermite.points)
    number = _sum(crossings.patches, torch.ones_like(points[:, :1]), count)
    return _sum(crossings.patches, points, count) / number


def _onto_surface(
    probe: Probe, points: Float[Tensor, "loose 3"], spacing: float
) -> Float[Tensor, "loose 3"]:
    """A Newton step, of half a cell at most: planes seen from afar meet beyond a rounded rim."""
    value, gradient = probe.sdf(points).double(), probe.gradient(points).double()
    step = value / gradient.norm(dim=1).clamp(min=0.5)
    step = step.clamp(-0.5 * spacing, 0.5 * spacing)
    return points - step[:, None] * normalize(gradient, dim=1)


def _mesh(
    vertices: Float[Tensor, "patches 3"], crossings: Crossings, hermite: Hermite
) -> TriangleMesh:
    faces = _triangles(vertices, crossings, hermite).reshape(-1, 3)
    return TriangleMesh(vertices.cpu().numpy(), faces.cpu().numpy().astype(np.int32))


def _part(vertices: Float[Tensor, "patches 3"], within: Float[Tensor, "patches 3"]) -> None:
    """Take vertices at the same place into their cells, where no two are, until all are apart.

    Readers merge vertices at one place, which would join what the patches keep apart. Neighbours
    meet at the tip of a corner, where each finds the same point, and in cells with two patches.
    """
    while True:
        _, place, count = torch.unique(vertices, dim=0, return_inverse=True, return_counts=True)
        shared = (count[place] > 1) & (vertices != within).any(dim=1)
        if not shared.any():
            return
        vertices[shared] = within[shared]


def _triangles(
    vertices: Float[Tensor, "patches 3"], crossings: Crossings, hermite: Hermite
) -> Int[Tensor, "edges 2 3"]:
    """The two triangles of every crossing edge, counter-clockwise from outside."""
    outward = crossings.outward
    quads = torch.where(outward[:, None], crossings.patches, crossings.patches.flip(dims=(1,)))
    # Reversed, the first and third corners of a quadrilateral become its fourth and second.
    first = crosses_first(vertices[crossings.patches], crossings, hermite) == outward
    return torch.where(
        first[:, None], quads[:, [0, 1, 2, 0, 2, 3]], quads[:, [0, 1, 3, 1, 2, 3]]
    ).reshape(-1, 2, 3)


def _folded(corners: Float[Tensor, "edges 2 3 3"], hermite: Hermite) -> Bool[Tensor, "edges 2"]:
    """Which triangles face away from the surface at their crossing edge."""
    a, b, c = corners.unbind(dim=2)
    normal = torch.linalg.cross(b - a, c - a)
    along = (normal * hermite.normals[:, None]).sum(dim=2)
    return along < FOLD * normal.norm(dim=2)


def place_vertices(
    probe: Probe, spacing: float, patches: Patches, crossings: Crossings, hermite: Hermite
) -> tuple[Float[Tensor, "patches 3"], Float[Tensor, "patches 3"]]:
    """The vertex of every patch, and the mean of its feet.

    Where the surface bends or folds, that is the point that is closest to the patch's tangent
    planes; where it only seems to, by the noise of a learned field's normals, that beside the mean.
    """
    planes = _Planes.of(patches, crossings, hermite)
    mean, vertices = planes.mean, planes.meeting()
    some = slice(None, None, 1 + len(mean) // SEEN)
    # A bent surface passes the mean of its feet at half the distance that their planes do, so what
    # is left, in most of the patches, is the field's own unrest.
    rest = probe.sdf(mean[some]).double() - 0.5 * planes.height[some]
    unrest = USUAL * rest.abs().median()
    if unrest < CALM * spacing:
        return vertices, mean
    moved = (vertices - mean).norm(dim=1) > MOVED * spacing
    height = probe.sdf(mean[moved]).double()[:, None]
    bent = height**2 / (height**2 + unrest**2)
    placed = mean.clone()
    beside = mean[moved] - height * planes.normal[moved]
    placed[moved] = torch.lerp(beside, vertices[moved], bent)
    return placed, mean


@dataclass(frozen=True)
class _Planes:
    """The tangent planes of every patch, summed up about the mean of their feet.

    Attributes:
        mean: mean m of the feet p.
        normal: mean of the normals n, of unit length.
        height: mean of ``n·(m − p)``: how high m is above the planes.
        a, b: means of ``n nᵀ`` and of ``n (n·(m − p))``.
    """

    mean: Float[Tensor, "patches 3"]
    normal: Float[Tensor, "patches 3"]
    height: Float[Tensor, " patches"]
    a: Float[Tensor, "patches 3 3"]
    b: Float[Tensor, "patches 3"]

    @staticmethod
    def of(patches: Patches, crossings: Crossings, hermite: Hermite) -> "_Planes":
        """Sum up the planes of the crossing edges."""
        owner, count = crossings.patches, len(patches.cell)
        number = _sum(owner, torch.ones_like(hermite.distances)[:, None], count)

        def average(rows: Float[Tensor, "edges columns"]) -> Float[Tensor, "patches columns"]:
            return _sum(owner, rows, count) / number

        feet, normal = hermite.feet, hermite.normals
        offset = -(normal * feet).sum(dim=1, keepdim=True)
        mean, mean_normal = average(feet), average(normal)
        a = average((normal[:, :, None] * normal[:, None, :]).reshape(-1, 9)).reshape(-1, 3, 3)
        # The mean of n (n·m) over a patch is A m: the planes can be added before m is known.
        return _Planes(
            mean=mean,
            normal=normalize(mean_normal, dim=1),
            height=(mean_normal * mean).sum(dim=1) + average(offset)[:, 0],
            a=a,
            b=average(normal * offset) + _times(a, mean),
        )

    def meeting(self) -> Float[Tensor, "patches 3"]:
        """The point closest to the planes: least squares, x = m − (A² + λ²)⁻¹ A b.

        This damps a direction of eigenvalue σ by σ² / (σ² + λ²): creases pass, noise does not (a
        filter factor, Hansen 1998; it takes the place of truncating the singular values, and needs
        no decomposition).
        """
        square = self.a @ self.a
        square += DAMPING**2 * torch.eye(3, dtype=square.dtype, device=square.device)
        return self.mean - _solve(square, _times(self.a, self.b))


def _sum(
    owner: Tensor, rows: Float[Tensor, "edges columns"], count: int
) -> Float[Tensor, "patches columns"]:
    """Sum the rows of every crossing edge over its four patches."""
    total = torch.zeros(count, rows.shape[1], dtype=rows.dtype, device=rows.device)
    for patch in owner.unbind(dim=1):
        total.index_add_(0, patch, rows)
    return total


def _times(
    a: Float[Tensor, "patches 3 3"], x: Float[Tensor, "patches 3"]
) -> Float[Tensor, "patches 3"]:
    return (a @ x[:, :, None]).squeeze(2)


def _solve(
    a: Float[Tensor, "patches 3 3"], b: Float[Tensor, "patches 3"]
) -> Float[Tensor, "patches 3"]:
    """Solve symmetric systems by their cofactors: fast for many, exact enough for this damping."""
    rows = a.unbind(dim=1)
    cofactors = [torch.linalg.cross(rows[i - 2], rows[i - 1]) for i in range(3)]
    determinant = (rows[0] * cofactors[0]).sum(dim=1, keepdim=True)
    return sum(c * b[:, i : i + 1] for i, c in enumerate(cofactors)) / determinant


def crosses_first(
    corners: Float[Tensor, "edges 4 3"],
    crossings: Crossings,
    hermite: Hermite,
) -> Bool[Tensor, " edges"]:
    """Whether to cut quadrilaterals from their first to their third corner.

    Seen along its edge, the four corners lie in four quadrants about it, so that at least one
    diagonal cuts the quadrilateral into two triangles that do not fold, and the surface passes
    the edge in one of them. The better diagonal is the one that passes closer to the root: on a
    crease it is the one that follows the crease. Where both do, it is the shorter one.
    """
    places = torch.tensor([[1, 2, 0], [2, 0, 1], [0, 1, 2]], device=corners.device)
    relative = corners - hermite.points[:, None]
    relative = relative.gather(2, places[crossings.axis][:, None].expand(-1, 4, 3))
    flat, height = relative[..., :2], relative[..., 2]
    misses = []
    for i in (0, 1):
        miss = _miss(flat.roll(-i, dims=1), height.roll(-i, dims=1))
        length = (corners[:, i] - corners[:, i + 2]).norm(dim=1)
        misses.append(miss + SHORTER * length)
    return misses[0] <= misses[1]


def _miss(
    flat: Float[Tensor, "edges 4 2"], height: Float[Tensor, "edges 4"]
) -> Float[Tensor, " edges"]:
    """How far from the origin the diagonal from the first to the third corner is in height.

    Infinite where one of the two triangles folds over.
    """
    x, y = flat.unbind(dim=2)

    def cross(i: int, j: int) -> Float[Tensor, " edges"]:
        return x[:, i] * y[:, j] - y[:, i] * x[:, j]

    side = cross(2, 0)
    area, other = cross(0, 1) + cross(1, 2) + side, cross(2, 3) + cross(3, 0) - side
    # Barycentric coordinates of the origin in the triangle that holds it.
    before = cross(1, 2) * height[:, 0] + side * height[:, 1] + cross(0, 1) * height[:, 2]
    after = cross(2, 3) * height[:, 0] - side * height[:, 3] + cross(3, 0) * height[:, 2]
    at = torch.where(side >= 0, before / area, after / other)
    return torch.where((area > 0) & (other > 0), at.abs(), torch.inf)
