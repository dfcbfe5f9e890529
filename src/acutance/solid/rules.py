"""The rule by which a mesh tells inside from outside: chosen, applied and tested."""

import numpy as np
import torch

from acutance.errors import InputError
from acutance.mesh.defects import find_defects
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import topology
from acutance.solid.closed import ClosedSolid
from acutance.solid.distance.rays import escapes
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.evidence import Choice, choose_by_evidence, collect_evidence
from acutance.solid.flood import FloodedSolid
from acutance.solid.report import MeshRule, Rule
from acutance.solid.winding import winding_number
from acutance.solid.winding_solid import WindingSolid

ASKED = "The rule was asked for."

MOST_PANELS = 0.005
"""Share of the surface in panels of no volume above which only flooding keeps the panels."""

TESTS = 4000
"""Points on which independent tests of inside are compared: shares are known to about 0.3 %."""

TEST_SPREAD = 0.02
"""Standard deviation of the distance of those points from the surface, in the unit frame."""

MeshSolid = ClosedSolid | WindingSolid | FloodedSolid


def choose_rule(
    clean: SurfaceDistance | None,
    rule: Rule,
    panels: float,
    frame: Similarity,
    rng: np.random.Generator,
) -> Choice:
    """The rule for a mesh, and why.

    Args:
        clean: the distance to its distinct faces, oriented outwards; None if none is left.
        rule: what was asked for.
        panels: its `panel_share`.
        frame: from the unit frame to the input's, whose lengths are named.
        rng: of the places that are looked at.

    Raises:
        InputError: the rule that was asked for does not fit the mesh.
    """
    if rule == "flood":
        return Choice(rule=rule, reason=ASKED)
    if clean is None and rule == "auto":
        reason = "All faces cancel in pairs of opposite orientation: they bound nothing."
        return Choice(rule="flood", reason=reason)
    if clean is None:
        raise InputError(
            "All faces of the mesh cancel in pairs of opposite orientation, so that the rule "
            f"'{rule}' finds nothing inside; use 'flood' or 'auto'."
        )
    if rule == "winding":
        return Choice(rule=rule, reason=ASKED)
    facts = topology(clean.mesh)
    if rule == "exact":
        if not (facts.closed and facts.oriented):
            raise InputError(
                "The rule 'exact' needs a closed, consistently oriented mesh; this one has "
                f"{facts.boundary_edges} open and {facts.misoriented_edges} misoriented edges. "
                "Use 'winding', 'flood' or 'auto'."
            )
        return Choice(rule=rule, reason=ASKED)
    if panels > MOST_PANELS:
        reason = f"{100 * panels:.1f} % of the surface are panels of no volume, faces back to back."
        return Choice(rule="flood", reason=reason)
    return choose_by_evidence(facts, collect_evidence(clean, rng), frame)


def doubted(agreement: float, measured: str) -> Choice:
    """Flooding, where what was measured contradicts the winding number."""
    reason = (
        f"The winding number is doubtful: only on {100 * agreement:.1f} % of test points near the "
        f"surface {measured}."
    )
    return Choice(rule="flood", reason=reason, alternative="winding")


def apply_rule(
    rule: MeshRule,
    surface: SurfaceDistance,
    clean: SurfaceDistance | None,
    thickness: float,
    rng: np.random.Generator,
) -> MeshSolid:
    """The solid of a mesh by a rule.

    Args:
        rule: the rule.
        surface: the distance to the mesh as it came, which flooding looks at.
        clean: that to its distinct faces, oriented outwards, which the other rules look at; None if
            none is left.
        thickness: of the skin, for flooding; in the unit frame.
        rng: source of randomness.

    Raises:
        InputError: nothing is inside by the rule.
    """
    if rule == "flood" or clean is None:
        return FloodedSolid(surface, thickness=thickness, rng=rng)
    return WindingSolid(clean, rng) if rule == "winding" else ClosedSolid(clean)


def apply_choice(
    choice: Choice,
    surface: SurfaceDistance,
    clean: SurfaceDistance | None,
    thickness: float,
    rng: np.random.Generator,
) -> tuple[Choice, MeshSolid]:
    """The solid by the rule that the evidence speaks for, and that rule.

    A badly rounded soup, whose faces stand alone, is flooded: lids would cancel all of them.
    """
    try:
        return choice, apply_rule(choice.rule, surface, clean, thickness, rng)
    except InputError:
        if choice.rule != "winding":
            raise
    reason = (
        "The faces do not meet: with their holes closed, nothing is inside by the winding number."
    )
    choice = Choice(rule="flood", reason=reason)
    return choice, apply_rule(choice.rule, surface, clean, thickness, rng)


def measure_agreement(
    solid: MeshSolid,
    clean: TriangleMesh,
    rng: np.random.Generator,
    *,
    covered: bool = False,
    device: torch.device,
) -> tuple[float, str]:
    """The share of points near the surface on which an independent test of inside agrees.

    Args:
        solid: what is tested.
        clean: its distinct faces, oriented outwards.
        rng: of the points.
        covered: whether faces are known to dip into other parts: they then tell nothing.
        device: where to compute.

    Returns:
        The share, and what was compared, as a sentence.
    """
    mesh = solid.surface.mesh if isinstance(solid, FloodedSolid) else clean
    drawn = sample_surface(mesh, TESTS, rng)
    points = drawn.points + rng.normal(scale=TEST_SPREAD, size=(TESTS, 3))
    distance = solid.distance(points)
    inside = distance < 0
    if isinstance(solid, ClosedSolid):
        agrees = inside == (winding_number(clean, points) > 0.5)
        how = "the sign by pseudonormals is that of the winding number"
    elif isinstance(solid, WindingSolid) and len(find_defects(clean).radii):
        behind, tells = solid.behind_nearest(points)
        agrees = (inside == behind) | (~tells & covered)
        how = "the sign by the winding number is that of the nearest face"
    else:
        # Points in the skin around soup are inside although they may see out.
        skin = 2.0 * solid.thickness if isinstance(solid, FloodedSolid) else 0.0
        agrees = ~((distance < -skin) & escapes(mesh, points, device=device))
        how = "no straight ray leads out from what is called inside"
    return float(np.mean(agrees)), how
