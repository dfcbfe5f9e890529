"""All numbers that say how good a result is."""

from dataclasses import asdict, dataclass

from acutance.metrics.chamfer import Floored
from acutance.metrics.surface import Deviation, both_ways
from acutance.metrics.volume import Overlap

UNIT = "lengths in `radius`, that of the reference's bounding sphere; Chamfer distances ×10³"


@dataclass(frozen=True, kw_only=True)
class OverHoles:
    """The part of the result that lies over holes of the reference, and is judged apart.

    Attributes:
        fraction: part of the result's points, by area, that lie over holes.
        deviation: their distance to the reference, that is, to the rims.
    """

    fraction: float
    deviation: Deviation


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """How good a result is; all lengths in radii of the reference.

    Attributes:
        radius: of the reference's bounding sphere, in its own unit: the centre is that of the
            bounding box, the radius the distance of the farthest vertex.
        result_to_reference: distances from the result to the reference, without what lies over
            holes.
        reference_to_result: distances from the reference to the result.
        floor: mean distance that a perfect result would show: rounding for a mesh, the distance
            from point to point for a cloud; and how far it lies outside by intent.
        over_holes: what lies over holes of the reference; None if nothing does.
        chamfer: DeepSDF's Chamfer distance ×10³, of everything.
        f_score_5: F-score at 0.005.
        f_score_10: F-score at 0.01.
        normal_consistency: mean |cos| of the normals, both ways; None if the reference has none.
        volume: overlap of the volumes; None if the reference has no inside.
        sharp_chamfer: Chamfer distance ×10³ of the samples near creases of the one and of the
            other; None if either has no crease.
        crease: distance from the reference's samples near creases to the result: how much of the
            creases was cut off; None if the reference has no crease.

    Example:
        >>> from acutance.metrics.measure import SampleCounts, measure
        >>> from acutance.shapes.analytic import Box
        >>> counts = SampleCounts(surface=1000, chamfer=1000, volume=1000)
        >>> metrics = measure(Box().mesh(), Box().mesh(), counts=counts)
        >>> metrics.surface.mean < 1e-6, metrics.volume.iou
        (True, 1.0)
    """

    radius: float
    result_to_reference: Deviation
    reference_to_result: Deviation
    floor: float
    over_holes: OverHoles | None
    chamfer: Floored
    f_score_5: float
    f_score_10: float
    normal_consistency: float | None
    volume: Overlap | None
    sharp_chamfer: Floored | None
    crease: Deviation | None

    @property
    def surface(self) -> Deviation:
        """Distances both ways: the headline."""
        return both_ways(self.result_to_reference, self.reference_to_result)

    def to_json(self) -> dict[str, object]:
        """Plain numbers, lists and mappings, with the headline under ``surface``."""
        return {"unit": UNIT, "surface": asdict(self.surface), **asdict(self)}
