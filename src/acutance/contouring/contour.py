"""The surface of a field as a closed, 2-manifold mesh."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch

from acutance.contouring.dual.hermite import tangent_planes
from acutance.contouring.dual.patches import find_crossings, find_patches
from acutance.contouring.dual.vertices import dual_mesh
from acutance.contouring.finish.apart import CLEARANCE, apart_for_readers, kept_apart
from acutance.contouring.finish.simplify import simplified
from acutance.contouring.finish.solidify import Solidity, solidify
from acutance.contouring.finish.specks import Specks, drop_specks
from acutance.contouring.marching import marching_mesh
from acutance.contouring.octree.lattice import Probe
from acutance.contouring.octree.search import find_cells
from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.surface import sample_surface
from acutance.types import Field

RESOLUTIONS = (64, 128, 256, 512, 1024)
"""Tried one after the other where an error is wanted."""

LEAST_ERROR = 1e-5
"""Smallest error that can be asked for: float32 coordinates are no more exact."""

SIMPLIFIED = (1.0, 0.25, 0.0)
"""Shares of the wanted simplification, tried one after the other."""

ERROR_POINTS = 20_000
"""Points of a mesh at which the field says how far off it is: they give the 99 % quantile to some
3 %."""


@dataclass(frozen=True, kw_only=True)
class Contouring:
    """How a surface is taken from a field.

    Attributes:
        resolution: cells along the longest side of the box.
        error: distance, in the unit of the field, within which 99 % of the mesh shall lie; the
            resolution is then the first of `RESOLUTIONS` that does it. None for `resolution`.
        method: `dual` puts vertices where tangent planes meet, so that creases stay sharp;
            `marching` puts them on the edges of the cells.
        simplify: how far, in cells, the surface may move where flat regions get fewer triangles;
            0 keeps all. Where an error is given, it is half of that.
        solid: whether to keep the largest body alone, without voids, and to measure its walls.
        safety: how many times faster than a signed distance the field may change (its Lipschitz
            constant): the octree leaves out cells by it. It is raised where samples show that it
            is too small.
        crowd: how many cells a level of the octree may have to test, as a multiple of the square
            of its cells along the longest side; more is no surface but noise, and refused. A
            sphere that fills the box has 14.
        keep_parts_above: parts with a bounding box smaller than this fraction of the largest
            part's, or of next to no volume, are dropped as specks; 0 keeps everything.

    Raises:
        InputError: a setting is out of its range.

    Example:
        >>> Contouring(resolution=128, method="marching").simplify
        0.0
    """

    resolution: int = 256
    error: float | None = None
    method: Literal["dual", "marching"] = "dual"
    simplify: float = 0.0
    solid: bool = False
    safety: float = 1.25
    crowd: float = 64.0
    keep_parts_above: float = 0.02

    def __post_init__(self) -> None:
        if not 8 <= self.resolution <= 2048:
            raise InputError(
                f"The resolution must be from 8 to 2048 cells, but it is {self.resolution}."
            )
        if self.error is not None and not LEAST_ERROR <= self.error <= 0.5:
            raise InputError(
                f"The error must be from {LEAST_ERROR:g} to 0.5 (of the radius), but it is "
                f"{self.error:g}."
            )
        if self.method not in ("dual", "marching"):
            raise InputError(f"The method must be dual or marching, but it is {self.method!r}.")
        if not 0 <= self.simplify <= 1:
            raise InputError(f"simplify must be from 0 to 1 cell, but it is {self.simplify}.")
        if not 1.0 <= self.safety <= 100.0:
            raise InputError(f"The safety must be from 1 to 100, but it is {self.safety}.")
        if not self.crowd >= 1.0:
            raise InputError(f"The crowd must be 1 or more, but it is {self.crowd}.")
        if not 0.0 <= self.keep_parts_above <= 1.0:
            raise InputError(
                "The fraction below which parts are dropped must be from 0 to 1, but it is "
                f"{self.keep_parts_above}."
            )


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """A mesh taken from a field, and what it took.

    Attributes:
        mesh: closed, 2-manifold, in the frame of the field.
        spacing: edge length of a cell, in the unit of the field.
        evaluations: points at which the signed distance was evaluated.
        gradients: points at which the gradient was evaluated.
        dropped: small floating parts that are not in the mesh.
        solidity: what kept it from being one solid, and its walls; None where not asked for.
        messages: sentences for the user about what is not as it should be.

    Example:
        >>> from acutance.mesh.normalize import Similarity
        >>> from acutance.shapes.analytic import Sphere
        >>> result = extract(Sphere(), [-1.0] * 3, [1.0] * 3, Contouring(resolution=16))
        >>> result.spacing, result.moved(Similarity(scale=10.0)).spacing
        (0.125, 1.25)
    """

    mesh: TriangleMesh
    spacing: float
    evaluations: int
    gradients: int
    dropped: Specks
    solidity: Solidity | None
    messages: tuple[str, ...]

    def moved(self, transform: Similarity) -> "Extraction":
        """The same in the input frame of a transform: lengths are multiplied by its scale.

        There, too, faces keep so far apart that files and their readers can tell them apart.
        """
        scale = transform.scale
        mesh, said = apart_for_readers(
            transform.mesh_to_input(self.mesh), scale * CLEARANCE, scale * self.spacing
        )
        return replace(
            self,
            mesh=mesh,
            spacing=scale * self.spacing,
            messages=self.messages + said,
            solidity=None if self.solidity is None else self.solidity.scaled(scale),
        )

    @property
    def all_messages(self) -> tuple[str, ...]:
        """The messages, and those about the one solid body."""
        return self.messages + (() if self.solidity is None else self.solidity.messages())


def extract(
    field: Field,
    lower: Sequence[float],
    upper: Sequence[float],
    config: Contouring | None = None,
    *,
    device: torch.device | str = "cpu",
    chunk: int = 1 << 16,
) -> Extraction:
    """Take the zero level set of a field as a mesh.

    Args:
        field: negative inside. It need not be an exact distance (see `Contouring.safety`).
        lower: lower corner of a box that holds the shape, x, y, z in the frame of the field.
        upper: its upper corner.
        config: how; the defaults where it is left out.
        device: where the field takes its points.
        chunk: most points the field is given at once.

    Returns:
        The mesh, in the frame of the field, and what it took.

    Raises:
        InputError: where the field has no surface in the box, is inside on the border of the box
            (also after the box was made larger), or has values that are not finite.

    Example:
        >>> from acutance.shapes.analytic import Sphere
        >>> corners = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
        >>> mesh = extract(Sphere(radius=0.7), *corners, Contouring(resolution=16)).mesh
        >>> mesh.vertices.shape, mesh.faces.shape
        ((584, 3), (1164, 3))
        >>> round(mesh.volume, 2)  # of the ball: 1.44
        1.45
    """
    config = Contouring() if config is None else config
    probe, box, device = Probe(field, chunk), (lower, upper), torch.device(device)
    if config.error is None:
        return _finish(_contour(probe, *box, config, device), config, device)
    # Half of the error goes into cells, the other half into simplification (see `_finish`).
    for resolution in RESOLUTIONS:
        found = _contour(probe, *box, replace(config, resolution=resolution), device)
        if _surface_error(probe, found.mesh, device) <= config.error / 2:
            break
    done = _finish(found, config, device)
    reached = _surface_error(probe, done.mesh, device)
    if reached > config.error:
        sentence = (
            f"The error of {config.error:g} was not reached at resolution {resolution}: 99 % of "
            f"the surface is within {reached:.2g}."
        )
        return replace(done, messages=(*done.messages, sentence))
    return done


def _contour(
    probe: Probe,
    lower: Sequence[float],
    upper: Sequence[float],
    config: Contouring,
    device: torch.device,
) -> Extraction:
    """The mesh at a resolution, without specks."""
    # 1. The cells with a change of sign.
    dual = config.method == "dual"
    found = find_cells(
        probe,
        lower,
        upper,
        config.resolution,
        safety=config.safety,
        thin=dual,
        crowd=config.crowd,
        device=device,
    )
    lattice, cells, messages = found.lattice, found.cells, found.messages
    # 2. The topology: patches of surface in the cells, and the edges that join them.
    patches = find_patches(lattice, cells)
    crossings = find_crossings(lattice, cells, patches)
    # 3. The geometry: roots and normals on the edges, and the vertices of the mesh.
    hermite = tangent_planes(probe, lattice, cells, crossings, found.thin_points)
    if dual:
        mesh, dropped = dual_mesh(
            probe, lattice, cells, patches, crossings, hermite, config.keep_parts_above
        )
    else:
        mesh = marching_mesh(lattice, patches, crossings, hermite)
        mesh, dropped = drop_specks(mesh, config.keep_parts_above)
    if dropped.parts:
        many = dropped.parts > 1
        messages += (
            f"{dropped.parts} floating part{'s' if many else ''} of {dropped.faces} faces "
            f"{'were dropped as specks' if many else 'was dropped as a speck'}: smaller than "
            f"{config.keep_parts_above:g} of the largest part, or of next to no volume.",
        )
    return Extraction(
        mesh=mesh,
        spacing=lattice.spacing,
        evaluations=probe.evaluations,
        gradients=probe.gradients,
        dropped=dropped,
        solidity=None,
        messages=messages,
    )


def _finish(found: Extraction, config: Contouring, device: torch.device) -> Extraction:
    """The mesh simplified and made one solid, as far as that is asked for."""
    tolerance = config.simplify * found.spacing if config.error is None else config.error / 2
    solidity = None
    # Rarely a simplified mesh has faces that do not come apart: then less is simplified.
    for share in SIMPLIFIED if tolerance else (0.0,):
        mesh = simplified(found.mesh, share * tolerance) if share else found.mesh
        mesh, near = kept_apart(mesh, CLEARANCE, device=device)
        if not near:
            break
    if config.solid:
        mesh, solidity = solidify(mesh)
    return replace(found, mesh=mesh, solidity=solidity)


def _surface_error(probe: Probe, mesh: TriangleMesh, device: torch.device) -> float:
    """Distance to the surface within which 99 % of a mesh lies, by the field itself."""
    points = sample_surface(mesh, ERROR_POINTS, np.random.default_rng(0)).points
    return float(probe.sdf(torch.from_numpy(points).to(device)).abs().quantile(0.99))
