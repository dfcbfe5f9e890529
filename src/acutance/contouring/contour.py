"""The surface of a field as a closed, 2-manifold mesh."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import torch

from acutance.contouring.dual.hermite import tangent_planes
from acutance.contouring.dual.patches import find_crossings, find_patches
from acutance.contouring.dual.vertices import dual_mesh
from acutance.contouring.fineness import Contoured, fine_enough, within
from acutance.contouring.finish.apart import CLEARANCE, apart_for_readers, kept_apart
from acutance.contouring.finish.simplify import simplified
from acutance.contouring.finish.solidify import Solidity, solidify
from acutance.contouring.finish.specks import Specks, drop_specks
from acutance.contouring.marching import marching_mesh
from acutance.contouring.octree.lattice import TRAIN_LONGER, Probe
from acutance.contouring.octree.search import find_cells
from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.units import Unit
from acutance.types import Field

LEAST_ERROR = 1e-5
"""Smallest error that can be asked for: float32 coordinates are no more exact."""

SIMPLIFIED = (1.0, 0.25, 0.0)
"""Shares of the wanted simplification, tried one after the other."""


@dataclass(frozen=True, kw_only=True)
class Contouring:
    """How a surface is taken from a field.

    Attributes:
        resolution: cells along the longest side of the box, of a shape as compact as furniture;
            a long thin one gets as many cells in all, and so smaller ones.
        error: distance, in the unit of the field, within which 99 % of the mesh shall lie of the
            surface, and 99 % of the surface of the mesh; the resolution is then the first of
            `RESOLUTIONS` that does it. None for `resolution`.
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
        unit: unit of length of the mesh; None where it is not known.

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
    unit: Unit | None = None

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
            unit=transform.unit,
        )

    @property
    def all_messages(self) -> tuple[str, ...]:
        """The messages, and those about the one solid body."""
        return self.messages + (() if self.solidity is None else self.solidity.messages(self.unit))


def extract(
    field: Field,
    lower: Sequence[float],
    upper: Sequence[float],
    config: Contouring | None = None,
    *,
    device: torch.device | str = "cpu",
    chunk: int = 1 << 16,
    remedy: str = TRAIN_LONGER,
) -> Extraction:
    """Take the zero level set of a field as a mesh.

    Args:
        field: negative inside. It need not be an exact distance (see `Contouring.safety`).
        lower: lower corner of a box that holds the shape, x, y, z in the frame of the field.
        upper: its upper corner.
        config: how; the defaults where it is left out.
        device: where the field takes its points.
        chunk: most points the field is given at once.
        remedy: what the user can do where the field is no distance, as an order for messages.

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
    probe = Probe(field, chunk, remedy)
    device = torch.device(device)
    contour = partial(_contour, probe, lower, upper, config, device)
    if config.error is None:
        return _finish(fine_enough(contour, probe, config.resolution), probe, config, device)
    # Half of the error goes into cells, the other half into simplification (see `_finish`).
    made, resolution = within(contour, probe, config.error / 2)
    done = _finish(made, probe, config, device)
    reached = made.deviation(probe, done.mesh)
    if reached.p99 <= config.error or config.solid:  # what --solid leaves out is no error
        return done
    sentence = (
        f"The error of {config.error:g} was not reached at resolution {resolution}: 99 % of the "
        f"mesh is within {np.quantile(reached.to_field, 0.99):.2g} of the surface, and 99 % of "
        f"the surface within {np.quantile(reached.to_mesh, 0.99):.2g} of the mesh."
    )
    return replace(done, messages=(*done.messages, sentence))


def _contour(
    probe: Probe,
    lower: Sequence[float],
    upper: Sequence[float],
    config: Contouring,
    device: torch.device,
    resolution: int,
) -> Contoured:
    """The mesh with so many cells along the longest side, without specks."""
    # 1. The cells with a change of sign.
    dual = config.method == "dual"
    found = find_cells(
        probe,
        lower,
        upper,
        resolution,
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
    return Contoured(
        mesh=mesh,
        spacing=lattice.spacing,
        near=lattice.positions(found.near + sum(lattice.strides)),
        dropped=dropped,
        messages=messages,
    )


def _finish(made: Contoured, probe: Probe, config: Contouring, device: torch.device) -> Extraction:
    """The mesh simplified and made one solid, as far as that is asked for."""
    tolerance = config.simplify * made.spacing if config.error is None else config.error / 2
    solidity = None
    # Rarely a simplified mesh has faces that do not come apart: then less is simplified.
    for share in SIMPLIFIED if tolerance else (0.0,):
        mesh = simplified(made.mesh, share * tolerance) if share else made.mesh
        mesh, near = kept_apart(mesh, CLEARANCE, device=device)
        if not near:
            break
    if config.solid:
        mesh, solidity = solidify(mesh)
    return Extraction(
        mesh=mesh,
        spacing=made.spacing,
        evaluations=probe.evaluations,
        gradients=probe.gradients,
        dropped=made.dropped,
        solidity=solidity,
        messages=made.messages,
    )
