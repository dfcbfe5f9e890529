"""How a solid tells inside from outside, and how sure that is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from acutance.errors import InputError
from acutance.mesh.topology import Topology

MeshRule = Literal["exact", "winding", "flood"]
"""The rules for meshes."""

Rule = Literal["auto", "exact", "winding", "flood", "points"]
"""The rules that can be asked for: `auto` decides by evidence, `points` is for point clouds."""

Thickness = float | Callable[[float], float]
"""Of a skin, in the unit frame; or a function that gives it for the longest side of a shape's box
there."""

LEAST_AGREEMENT = 0.99
"""Agreement of independent tests of inside below which the sign is called uncertain."""


@dataclass(frozen=True, kw_only=True)
class SolidReport:
    """How inside and outside were found, and how sure that is.

    Attributes:
        rule: the rule that was used.
        reason: why, as a sentence.
        agreement: share of test points on which an independent test of inside agrees.
        measured: what was compared for that, as a sentence.
        thickness: distance of the surface from the input's triangles, in the unit frame; None
            where the surface is the input's own.
        topology: how the input's faces hang together; None for points.
        warnings: sentences about what was mended and what is doubtful.
        alternative: the rule to try if the result is not what was meant; None where the evidence is
            clear.
    """

    rule: Rule
    reason: str
    agreement: float
    measured: str
    thickness: float | None
    topology: Topology | None
    warnings: tuple[str, ...]
    alternative: MeshRule | None = None

    @property
    def hint(self) -> str:
        """A sentence about the rule to try; nothing where the evidence is clear."""
        if self.alternative == "winding":
            return "If its holes are to be closed, take the rule winding."
        if self.alternative == "flood":
            return "If it is meant to be open or hollow, take the rule flood."
        return ""


def check_thickness(thickness: float) -> None:
    """Refuse a thickness that no skin can have.

    Raises:
        InputError: it does not lie between 0 and 0.1.
    """
    if not 0 < thickness < 0.1:
        raise InputError(
            f"The thickness must lie above 0 and below 0.1 (of the shape's radius); got "
            f"{thickness:g}. Leave it out for the one that fits."
        )


def thickness_in(box: Float[np.ndarray, "2 3"], thickness: Thickness) -> float:
    """The thickness for a shape in a box of the unit frame.

    Example:
        >>> thickness_in(np.array([[0.0, 0, 0], [1, 2, 1]]), lambda longest: 0.01 * longest)
        0.02
    """
    return thickness(float(np.ptp(box, axis=0).max())) if callable(thickness) else thickness


def uncertainty(agreement: float, measured: str) -> tuple[str, ...]:
    """A warning sentence where independent tests of inside agree too rarely; else nothing."""
    if agreement >= LEAST_AGREEMENT:
        return ()
    return (
        f"The sign is uncertain: only on {100 * agreement:.1f} % of test points near the surface "
        f"{measured}.",
    )
