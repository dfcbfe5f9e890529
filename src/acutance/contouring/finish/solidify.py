"""One solid body for printing, out of a closed mesh: no voids, no floating parts, known walls."""

from dataclasses import dataclass, replace

import numpy as np

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.topology import connected_faces, part_volumes
from acutance.mesh.units import Unit, length
from acutance.solid.distance.walls import wall_thickness

WALL_POINTS = 100_000
"""Points at which walls are measured: one for each hundred-thousandth of the surface."""


@dataclass(frozen=True, kw_only=True)
class Solidity:
    """What kept a mesh from being one solid, and how thick its walls are.

    Attributes:
        parts: floating parts that were left out.
        voids: closed cavities that were filled.
        share: volume of these parts, as a share of the volume that stays.
        thinnest: thickness that 99.9 % of the walls have at least, by area; the rest lies at
            creases, where a learned surface is rough.
        thin: thickness that 99 % of the walls have at least, by area.
    """

    parts: int
    voids: int
    share: float
    thinnest: float
    thin: float

    def scaled(self, factor: float) -> "Solidity":
        """The same in another unit of length: lengths are multiplied by the factor."""
        return replace(self, thinnest=factor * self.thinnest, thin=factor * self.thin)

    def messages(self, unit: Unit | None = None) -> tuple[str, ...]:
        """What the user should know; lengths are in a unit, where it is known."""
        texts = list[str]()
        if self.parts:
            texts.append(
                f"{self.parts} other part{'s' if self.parts > 1 else ''} with "
                f"{100 * self.share:.1f} % of the volume of the largest one "
                f"{'were' if self.parts > 1 else 'was'} left out; without --solid "
                f"{'they stay' if self.parts > 1 else 'it stays'}."
            )
        if self.voids:
            texts.append(
                f"{self.voids} inner void{'s were' if self.voids > 1 else ' was'} filled; without "
                f"--solid {'they stay' if self.voids > 1 else 'it stays'}."
            )
        where = "" if unit else ", in the units of the input"
        texts.append(
            f"The thinnest walls are {length(self.thinnest, unit)} thick, 99 % of the walls are "
            f"thicker than {length(self.thin, unit)}{where}."
        )
        return tuple(texts)


def solidify(mesh: TriangleMesh) -> tuple[TriangleMesh, Solidity]:
    """Keep the body of the largest volume, without its voids.

    Args:
        mesh: closed, oriented, 2-manifold; of several bodies and voids.

    Returns:
        The body, with the vertices of the mesh that it needs, and what was left out.

    Raises:
        InputError: no body has a volume.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> body, solidity = solidify(Box(half=(0.5, 0.4, 0.3)).mesh())
        >>> solidity.parts, solidity.voids, round(solidity.thinnest, 3)
        (0, 0, 0.6)
    """
    part = connected_faces(mesh)
    # The surface of a void is oriented inwards: its volume is negative.
    volumes = part_volumes(mesh, part)
    body = int(volumes.argmax())
    if volumes[body] <= 0:
        raise InputError(
            "There is no solid: every part of the mesh bounds an empty volume. Look at the mesh "
            "without --solid; the shape may have been learned too shortly."
        )
    kept = mesh.with_faces(mesh.faces[part == body])
    walls = wall_thickness(kept, WALL_POINTS, np.random.default_rng(0))
    # Parts of positive volume are bodies, those of negative volume voids; of all of the mesh.
    others = np.delete(volumes, body)
    return kept, Solidity(
        parts=int((others > 0).sum()),
        voids=int((others < 0).sum()),
        share=float(others[others > 0].sum() / volumes[body]),
        thinnest=float(np.quantile(walls, 0.001)),
        thin=float(np.quantile(walls, 0.01)),
    )
