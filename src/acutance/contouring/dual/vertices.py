"""Dual contouring: one vertex a patch, where its tangent planes meet; creases stay sharp.

Ju, Losasso, Schaefer and Warren 2002, "Dual Contouring of Hermite Data": the vertex minimises the
quadratic error function (QEF) of the tangent planes at the crossing edges around it.

Example:
    >>> import torch
    >>> from acutance.contouring.dual.hermite import tangent_planes
    >>> from acutance.contouring.dual.patches import find_crossings, find_patches
    >>> from acutance.contouring.octree.search import find_cells
    >>> from acutance.shapes.analytic import Box
    >>> probe = Probe(Box(half=(0.5, 0.5, 0.5)), 1000)
    >>> box, cpu = ([-1.0] * 3, [1.0] * 3), torch.device("cpu")
    >>> found = find_cells(probe, *box, 16, safety=1.25, thin=True, crowd=64.0, device=cpu)
    >>> lattice, cells = found.lattice, found.cells
    >>> patches = find_patches(lattice, cells)
    >>> crossings = find_crossings(lattice, cells, patches)
    >>> hermite = tangent_planes(probe, lattice, cells, crossings, found.thin_points)
    >>> mesh, specks = dual_mesh(probe, lattice, cells, patches, crossings, hermite, 0.02)
    >>> round(mesh.volume, 3), specks.parts
    (1.0, 0)
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from acutance.contouring.dual.hermite import Hermite
from acutance.contouring.dual.patches import Crossings, Patches
from acutance.contouring.dual.quads import Edges, quad_mesh
from acutance.contouring.dual.untangle import (
    cell_limits,
    without_folds,
    without_intersections,
)
from acutance.contouring.finish.specks import Specks, find_specks
from acutance.contouring.octree.cells import Cells
from acutance.contouring.octree.lattice import Lattice, Probe
from acutance.mesh.mesh import TriangleMesh

NOISY_DAMPING = 0.005
"""Directions in which the normals of a patch vary less than this (mean square) are left alone.
Two planes that meet at an angle of 20° give 0.03, noise of 1e-2 rad in normals 1e-4."""

EXACT_DAMPING = 0.002
"""The same for exact fields, whose normals have no noise: 6° give 0.003. On CAD parts at 128 this
takes a fifth to a third off the mean error; at 0.001 false creases appear on facetted curves."""

CREASE_REACH = 0.5
"""How far, in cells, a vertex may leave its cell to stay on a crease, which also passes cells on
whose edges it leaves no trace. On turned boxes at 128 this takes the mean error from 1.3e-5 to
below 1e-6."""

THIN_REACH = 1.0
"""How far, in cells, a vertex of a thin part may be from the mean of its feet, on the surface."""

NOISE_FACTOR = 3.0
"""A vertex goes from beside the mean of its feet to where its tangent planes meet as far as the
mean is off the surface by more than so many times the median noise of the field: on a crease the
mean lies well below the surface. On networks trained for 12 s this takes a quarter off the mean
error and a third off the false creases."""

NOISE_SAMPLES = 10_000
"""Patches from which the noise of a field is judged."""

SMOOTH = 0.85
"""Length of the mean normal of a patch above which it may have no crease, but noise in its normals:
two planes that meet at 64° have it, and noise of 30°."""

LEAST_SHIFT = 0.02
"""Planes of a noisy field that meet closer than this to the mean of their feet, in cells, are not
looked at: the vertex is the mean."""

EXACT_NOISE = 1e-3
"""Noise of so many cells is that of an exact field, curved in its own way: nothing to treat."""


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

    Args:
        probe: the field.
        lattice: the lattice of the cells.
        cells: complete (see `follow`).
        patches: their patches.
        crossings: their edges with a change of sign.
        hermite: the tangent planes there.
        keep_parts_above: least size of a part that stays (see `Contouring`).

    Returns:
        The mesh, closed and 2-manifold, in the frame of the field, and what was left out.
    """
    # 1. The minimisers of the QEFs.
    vertices, mean = place_vertices(probe, lattice.spacing, patches, crossings, hermite)
    edges, limits = Edges.of(crossings, hermite), cell_limits(lattice, cells, patches)
    # 2. The fallback: where a vertex goes if its planes meet too far away, or if its faces fold or
    # cut others. It is the nearest point of its cell; at a thin part, whose surface is elsewhere,
    # the surface itself.
    fallback = vertices.clamp(*limits)
    reach = torch.full_like(fallback[:, :1], CREASE_REACH * lattice.spacing)
    thin = crossings.patches[hermite.thin].unique()
    fallback[thin] = _newton_step(probe, mean[thin], lattice.spacing)
    reach[thin] = THIN_REACH * lattice.spacing
    far = (vertices - fallback).norm(dim=1, keepdim=True) > reach
    vertices = torch.where(far, fallback, vertices)
    vertices[thin] = _newton_step(probe, vertices[thin], lattice.spacing)
    # 3. No folds, no specks, no faces that cut each other.
    vertices = without_folds(vertices, fallback, edges)
    speck, specks = find_specks(quad_mesh(vertices, edges), keep_parts_above)
    edges = edges.at(torch.from_numpy(~speck[::2]).to(edges.axis.device))  # two faces an edge
    middle = _edge_middles(lattice, cells, crossings, hermite, len(fallback)).clamp(*limits)
    mesh = without_intersections(vertices, (fallback, middle), edges, lattice.spacing)
    return mesh.with_faces(mesh.faces), specks  # without the vertices of specks


def _edge_middles(
    lattice: Lattice, cells: Cells, crossings: Crossings, hermite: Hermite, count: int
) -> Float[Tensor, "patches 3"]:
    """The mean of a patch's crossing points; those of edges at thin parts are their middles.

    The patches of a cell part its corners into groups, so that these points hardly ever lie where
    their faces cut each other.
    """
    axes = torch.eye(3, dtype=torch.float64, device=lattice.device)[crossings.axis]
    half = lattice.positions(cells.keys[crossings.owner]) + 0.5 * lattice.spacing * axes
    points = torch.where(hermite.thin[:, None], half, hermite.points)
    number = _sum(crossings.patches, torch.ones_like(points[:, :1]), count)
    return _sum(crossings.patches, points, count) / number


def _newton_step(
    probe: Probe, points: Float[Tensor, "points 3"], spacing: float
) -> Float[Tensor, "points 3"]:
    """The points moved towards the surface, by x − f ∇f / |∇f|² and half a cell at most.

    Planes of edges far from the surface meet beyond a rounded rim.
    """
    value, gradient = probe.sdf(points).double(), probe.gradient(points).double()
    step = value / gradient.norm(dim=1).clamp(min=0.5)
    step = step.clamp(-0.5 * spacing, 0.5 * spacing)
    return points - step[:, None] * normalize(gradient, dim=1)


def place_vertices(
    probe: Probe, spacing: float, patches: Patches, crossings: Crossings, hermite: Hermite
) -> tuple[Float[Tensor, "patches 3"], Float[Tensor, "patches 3"]]:
    """The vertex of every patch, and the mean of its feet (the mass point of the paper).

    Where the surface bends or folds, the vertex is the minimiser of the patch's QEF; where it only
    seems to, by the noise of a learned field's normals, it lies beside the mean.
    """
    qef = _Qef.of(patches, crossings, hermite)
    mean = qef.mean
    some = slice(None, None, 1 + len(mean) // NOISE_SAMPLES)
    # How noisy is the field? A bent surface passes the mean of its feet at half the distance that
    # their planes do, and a crease where they meet, so what is left, in most of the patches, is
    # the field's own noise.
    exact, smooth = qef.minimiser(EXACT_DAMPING), qef.agreement[some] > SMOOTH
    expected = torch.where(smooth, 0.5 * qef.height[some], 0.0)
    rest = probe.sdf(torch.where(smooth[:, None], mean[some], exact[some])).double() - expected
    noise = NOISE_FACTOR * rest.abs().median()
    if noise < EXACT_NOISE * spacing:
        return exact, mean
    vertices = qef.minimiser(NOISY_DAMPING)
    moved = (vertices - mean).norm(dim=1) > LEAST_SHIFT * spacing
    height = probe.sdf(mean[moved]).double()[:, None]
    # From 0, where the field at the mean is noise, to 1 on a crease.
    bent = height**2 / (height**2 + noise**2)
    placed = mean.clone()
    beside = mean[moved] - height * qef.normal[moved]
    placed[moved] = torch.lerp(beside, vertices[moved], bent)
    return placed, mean


@dataclass(frozen=True)
class _Qef:
    """The quadratic error function E(x) = Σ (n·(x − p))² of every patch, about the mean of the p.

    Its normal equations AᵀA (x − m) = −Aᵀb, with a row nᵀ of A and an entry n·(m − p) of b for each
    tangent plane, are kept divided by the number of planes.

    Attributes:
        mean: m, mean of the feet p.
        normal: mean of the normals n, scaled to unit length.
        agreement: length of that mean before: 1 where the normals are the same.
        height: mean of ``n·(m − p)``: how high m is above the planes.
        ata: mean of ``n nᵀ``: AᵀA of the paper.
        atb: mean of ``n (n·(m − p))``: Aᵀb of the paper.
    """

    mean: Float[Tensor, "patches 3"]
    normal: Float[Tensor, "patches 3"]
    agreement: Float[Tensor, " patches"]
    height: Float[Tensor, " patches"]
    ata: Float[Tensor, "patches 3 3"]
    atb: Float[Tensor, "patches 3"]

    @staticmethod
    def of(patches: Patches, crossings: Crossings, hermite: Hermite) -> "_Qef":
        """Sum up the planes of the crossing edges."""
        owner, count = crossings.patches, len(patches.cell)
        number = _sum(owner, torch.ones_like(hermite.distances)[:, None], count)

        def average(rows: Float[Tensor, "edges columns"]) -> Float[Tensor, "patches columns"]:
            return _sum(owner, rows, count) / number

        feet, normal = hermite.feet, hermite.normals
        offset = -(normal * feet).sum(dim=1, keepdim=True)
        mean, mean_normal = average(feet), average(normal)
        ata = average((normal[:, :, None] * normal[:, None, :]).reshape(-1, 9)).reshape(-1, 3, 3)
        # The mean of n (n·m) over a patch is AᵀA m: the planes can be added before m is known.
        return _Qef(
            mean=mean,
            normal=normalize(mean_normal, dim=1),
            agreement=mean_normal.norm(dim=1),
            height=(mean_normal * mean).sum(dim=1) + average(offset)[:, 0],
            ata=ata,
            atb=average(normal * offset) + _times(ata, mean),
        )

    def minimiser(self, damping: float) -> Float[Tensor, "patches 3"]:
        """The regularised minimiser, with M = AᵀA: x = m − (M² + λ²)⁻¹ M Aᵀb.

        This damps a direction of eigenvalue σ by σ² / (σ² + λ²): creases pass, noise does not (a
        filter factor, Hansen 1998). It takes the place of the paper's truncated singular values,
        which are set to 0 below a threshold, and needs no decomposition.
        """
        # Tikhonov regularisation of M y = −Aᵀb, solved by its own normal equations.
        square = self.ata @ self.ata
        square += damping**2 * torch.eye(3, dtype=square.dtype, device=square.device)
        return self.mean - _solve(square, _times(self.ata, self.atb))


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
    # Cramer's rule: the columns of the adjugate are cross products of the rows.
    rows = a.unbind(dim=1)
    cofactors = [torch.linalg.cross(rows[i - 2], rows[i - 1]) for i in range(3)]
    determinant = (rows[0] * cofactors[0]).sum(dim=1, keepdim=True)
    return sum(c * b[:, i : i + 1] for i, c in enumerate(cofactors)) / determinant
