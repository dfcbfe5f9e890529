"""How a mesh tells inside from outside, judged by what its own surface shows."""

from dataclasses import dataclass

import numpy as np

from acutance.mesh.defects import find_defects, hole_lids
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.surface import sample_surface
from acutance.mesh.topology import Topology
from acutance.solid.distance.intersections import intersecting_faces
from acutance.solid.distance.surface_distance import SurfaceDistance
from acutance.solid.report import MeshRule
from acutance.solid.sides import OFFSET
from acutance.solid.winding import winding_number

PROBES = 5000
"""Surface points that are looked at from both sides: shares are known to about 0.3 %."""

NEAR_WHOLE = 0.25
"""A winding number this near to a whole one counts as whole."""

EXACT_BOUNDS = 0.9995
"""Share of the surface with outside in front and inside behind that the pseudonormal rule needs.

Parts within other parts have the wrong sign on both sides, so that almost none are allowed. Even a
share of one is not enough: what is hidden where two faces cut each other can be closest to points
half the shape away, which then get the wrong sign. So no face may cut another, either.
"""

WINDING_WHOLE, WINDING_BOUNDS = 0.97, 0.985
"""Least shares of whole winding numbers, and of the surface that bounds or lies in the solid.

What the second share lacks are open sheets, which the winding number does not see.
"""

LARGEST_OPENING = 0.12
"""Radius of a hole, in the unit frame, up to which it is taken for a defect and is closed.

The holes under the feet of a scanned figure are smaller. The mouth of a vessel or a nozzle, which
is meant to be open, is larger.
"""

SCAN_WHOLE, SCAN_OPENING = 0.95, 0.5
"""Least share of whole winding numbers, and largest opening, for closing holes of a single sheet.

Scans and machine parts that lack a face pass. A bust without its underside and half of a hollow
ball do not: whether they were meant to be open cannot be seen.
"""


WEAK = 0.8
"""Share of the surface on which the winding number tells inside from outside, from which on closing
the holes may be what was meant."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A rule for a mesh.

    Attributes:
        rule: the rule.
        reason: why, as a sentence.
        alternative: the rule to try if the result is not what was meant.
        covered: whether other parts cover large holes, so that faces lie partly within others.
    """

    rule: MeshRule
    reason: str
    alternative: MeshRule | None = None
    covered: bool = False


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was found on both sides of the surface, as shares of its area.

    Attributes:
        opening: radius of the largest hole through which inside and outside meet, in the unit
            frame.
        covered: whether a larger hole is covered by other parts.
        whole: where the winding number is nearly a whole number on both sides, or above one.
        bounds: where it is outside in front of the face and inside behind it.
        within: where it is inside on both sides, as where parts overlap.
        agreement: probes where the pseudonormal's sign is the winding number's.
        cutting: number of faces that cut others.
    """

    opening: float
    covered: bool
    whole: float
    bounds: float
    within: float
    agreement: float
    cutting: int


def collect_evidence(surface: SurfaceDistance, rng: np.random.Generator) -> Evidence:
    """The evidence of a mesh of distinct faces: its surface, looked at from both sides."""
    mesh = surface.mesh
    drawn = sample_surface(mesh, PROBES, rng)
    shift = OFFSET * drawn.normals
    both = np.concatenate([drawn.points + shift, drawn.points - shift])
    number = winding_number(mesh, both)
    front, back = np.split(number, 2)
    whole = (np.abs(number - np.round(number)) < NEAR_WHOLE) | (number > 1.0)
    largest = float(find_defects(mesh).openings.max(initial=0.0))
    opening = _largest_opening(mesh, rng) if largest > LARGEST_OPENING else largest
    return Evidence(
        opening=opening,
        covered=opening <= LARGEST_OPENING < largest,
        whole=float(np.mean(whole[:PROBES] & whole[PROBES:])),
        bounds=float(np.mean((front < 0.5) & (back > 0.5))),
        within=float(np.mean((front > 0.5) & (back > 0.5))),
        agreement=float(np.mean((surface.signed(both) < 0) == (number > 0.5))),
        cutting=len(intersecting_faces(mesh, device=surface.device)),
    )


def _largest_opening(mesh: TriangleMesh, rng: np.random.Generator) -> float:
    """Radius of the largest hole, of whose lid only what neither in- nor outside holds counts.

    The mouth of a pot that another part covers, or the end of a spout within the pot, is no
    opening: all of its lid is inside.
    """
    openings = find_defects(mesh).openings
    lids, hole = hole_lids(mesh)
    large = openings[hole] > LARGEST_OPENING
    drawn = sample_surface(TriangleMesh(lids.vertices, lids.faces[large]), PROBES, rng)
    number = winding_number(mesh, drawn.points)
    owner = hole[large][drawn.faces]
    undecided = np.bincount(
        owner, weights=np.abs(number - 0.5) < NEAR_WHOLE, minlength=len(openings)
    )
    share = undecided / np.maximum(np.bincount(owner, minlength=len(openings)), 1)
    open_radii = openings * np.where(openings > LARGEST_OPENING, np.sqrt(share), 1.0)
    return float(open_radii.max())


def choose_by_evidence(topology: Topology, evidence: Evidence, frame: Similarity) -> Choice:
    """The rule that fits, and the reason as a sentence, with lengths of the input frame."""
    if topology.closed and topology.oriented:
        if min(evidence.bounds, evidence.agreement) >= EXACT_BOUNDS:
            if not evidence.cutting:
                reason = "The mesh is closed and its faces agree on which side is outside."
                return Choice(rule="exact", reason=reason)
            reason = f"The mesh is closed, but {evidence.cutting} of its faces cut others."
            return Choice(rule="winding", reason=reason)
        if evidence.bounds + evidence.within >= WINDING_BOUNDS:
            share = f"{100 * evidence.within:.1f} %"
            reason = f"The mesh is closed, but {share} of its surface lies within itself."
            return Choice(rule="winding", reason=reason)
    defective = topology.boundary_edges + topology.nonmanifold_edges + topology.misoriented_edges
    bounding = evidence.bounds + evidence.within
    whole = f"its winding number is whole on {100 * evidence.whole:.1f} % of the surface."
    small = evidence.opening <= LARGEST_OPENING
    if small and evidence.whole >= WINDING_WHOLE and bounding >= WINDING_BOUNDS:
        holes = ", its large holes are covered by other parts" if evidence.covered else ""
        reason = f"The mesh is closed up to {defective} defective edges{holes}: {whole}"
        return Choice(rule="winding", reason=reason, alternative="flood", covered=evidence.covered)
    single = topology.bodies == 1 and defective == topology.boundary_edges
    narrow = evidence.opening <= SCAN_OPENING
    clear = min(evidence.whole, bounding)
    if single and narrow and clear >= SCAN_WHOLE:
        reason = (
            f"The mesh is one sheet with holes of a radius up to "
            f"{frame.in_words(evidence.opening)}, and {whole} The holes are closed."
        )
        return Choice(rule="winding", reason=reason, alternative="flood")
    reason = (
        f"{_why_not_closed(topology, evidence, frame)}, and the winding number tells inside "
        f"from outside on {100 * clear:.0f} % of the surface."
    )
    may_close = single or clear >= WEAK
    return Choice(rule="flood", reason=reason, alternative="winding" if may_close else None)


def _why_not_closed(topology: Topology, evidence: Evidence, frame: Similarity) -> str:
    """What keeps a mesh from bounding a solid."""
    if topology.boundary_edges:
        return (
            f"The mesh is no closed surface: {topology.boundary_edges} edges are open, the largest "
            f"hole has a radius of {frame.in_words(evidence.opening)}"
        )
    if topology.misoriented_edges:
        return (
            "The mesh has no open edges, but its faces disagree on which side is outside at "
            f"{topology.misoriented_edges} edges"
        )
    if not topology.closed:
        return f"At {topology.odd_edges} edges of the mesh an odd number of faces meet"
    return "The mesh is closed, but parts of it cancel each other"
