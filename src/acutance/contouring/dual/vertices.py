"""Dual contouring: one vertex a patch, where its tangent planes meet; creases stay sharp.

Ju, Losasso, Schaefer and Warren 2002, "Dual Contouring of Hermite Data".
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from acutance.contouring.dual.hermite import Hermite
from acutance.contouring.dual.patches import Crossings, Patches
from acutance.contouring.dual.quads import Edges, quad_mesh
from acutance.contouring.dual.untangle import keep_apart, room, unfolded, untangled
from acutance.contouring.finish.specks import Specks, find_specks
from acutance.contouring.octree.cells import Cells
from acutance.contouring.octree.lattice import Lattice, Probe
from acutance.mesh.mesh import TriangleMesh

DAMPING = 0.005
"""Directions in which the normals of a patch vary less than this (mean square) are left alone.
Two planes that meet at an angle of 20° give 0.03, noise of 1e-2 rad in normals 1e-4."""

FINE_DAMPING = 0.002
"""The same for exact fields, whose normals have no noise: 6° give 0.003. On CAD parts at 128 this
takes a fifth to a third off the mean error; at 0.001 false creases appear on facetted curves."""

REACH = 0.5
"""How far, in cells, a vertex may leave its cell to stay on a crease, which also passes cells on
whose edges it leaves no trace. On turned boxes at 128 this takes the mean error from 1.3e-5 to
below 1e-6."""

LOOSE_REACH = 1.0
"""The same for the patches of thin parts, from the mean of what their edges look at."""

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


def dual_mesh(
    probe: Probe,
    lattice: Lattice,
    cells: Cells,
    patches: Patches,
    crossings: Crossings,
    hermite: Hermite,
    keep_parts_above: float,
) -> tuple[TriangleMesh, Specks]:
    """The mesh through the vertices of all patches, two triangles a crossing edge.

    Specks (see `find_specks`) are left out before faces that cut each other are looked for: an
    undertrained field has thousands of them.
    """
    vertices, mean = place_vertices(probe, lattice.spacing, patches, crossings, hermite)
    edges, limits = Edges.of(crossings, hermite), room(lattice, cells, patches)
    within = vertices.clamp(*limits)
    home = within.clone()
    reach = torch.full_like(home[:, :1], REACH * lattice.spacing)
    loose = crossings.patches[hermite.loose].unique()
    home[loose] = _onto_surface(probe, mean[loose], lattice.spacing)
    reach[loose] = LOOSE_REACH * lattice.spacing
    vertices = torch.where((vertices - home).norm(dim=1, keepdim=True) > reach, home, vertices)
    vertices[loose] = _onto_surface(probe, vertices[loose], lattice.spacing)
    vertices = unfolded(vertices, home, edges)
    keep_apart(vertices, within)
    speck, specks = find_specks(quad_mesh(vertices, edges), keep_parts_above)
    edges = edges.at(torch.from_numpy(~speck[::2]).to(edges.axis.device))
    middle = _middle(lattice, cells, crossings, hermite, len(home)).clamp(*limits)
    mesh = untangled(vertices, (home, within, middle), edges, lattice.spacing)
    return mesh.with_faces(mesh.faces), specks


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


def place_vertices(
    probe: Probe, spacing: float, patches: Patches, crossings: Crossings, hermite: Hermite
) -> tuple[Float[Tensor, "patches 3"], Float[Tensor, "patches 3"]]:
    """The vertex of every patch, and the mean of its feet.

    Where the surface bends or folds, that is the point that is closest to the patch's tangent
    planes; where it only seems to, by the noise of a learned field's normals, that beside the mean.
    """
    planes = _Planes.of(patches, crossings, hermite)
    mean = planes.mean
    some = slice(None, None, 1 + len(mean) // SEEN)
    # A bent surface passes the mean of its feet at half the distance that their planes do, so what
    # is left, in most of the patches, is the field's own unrest.
    rest = probe.sdf(mean[some]).double() - 0.5 * planes.height[some]
    unrest = USUAL * rest.abs().median()
    if unrest < CALM * spacing:
        return planes.meeting(FINE_DAMPING), mean
    vertices = planes.meeting(DAMPING)
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

    def meeting(self, damping: float) -> Float[Tensor, "patches 3"]:
        """The point closest to the planes: least squares, x = m − (A² + λ²)⁻¹ A b.

        This damps a direction of eigenvalue σ by σ² / (σ² + λ²): creases pass, noise does not (a
        filter factor, Hansen 1998; it takes the place of truncating the singular values, and needs
        no decomposition).
        """
        square = self.a @ self.a
        square += damping**2 * torch.eye(3, dtype=square.dtype, device=square.device)
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
