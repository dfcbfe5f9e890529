"""How a space is fitted."""

from dataclasses import dataclass, field

from acutance.model.configuration import check_parts
from acutance.training.losses import ClampedL1
from acutance.training.objective import Objective
from acutance.training.schedule import Decay, ExponentialDecay, grown


@dataclass(frozen=True, kw_only=True)
class SpaceFitting:
    """How a space is fitted.

    Attributes:
        objective: what is minimised at the points.
        decay: learning rates over the run, as a factor.
        learning_rate: of the decoder's layers, at the peak.
        table_rate: of the tables that codes mix, where there are any.
        code_rate: of the codes.
        lazy_codes: a code moves only in the steps in which its shape comes up, so that a step costs
            the same however many shapes there are; wants larger rates. For large codes.
        warm_up: steps of linear warm-up.
        shapes: shapes a step.
        points: samples a shape and step, at the start.
        growth: the last number of samples, in multiples of the first.
        code_penalty: λ of ``λ ‖z‖²``, the mean over the batch (DeepSDF, equation 9).
        code_deviation: standard deviation of a code's numbers at the start.
        isometry: weight of `isometry` at the start; it falls to 0, linearly.
        style_after: share of the budget in which codes that move space and mix tables only move.
        sampling_focus: exponent q: a shape is drawn in proportion to its loss to this power.
        weight_focus: the same for its weight in the loss.
        seed: of the initial weights, the codes and the order of the shapes.

    Example:
        >>> fitting = SpaceFitting(points=1000, growth=4.0)
        >>> [fitting.points_at(used) for used in (0.0, 0.5, 1.0)]
        [1000, 2000, 4000]
    """

    objective: Objective = field(default_factory=lambda: Objective(distance=ClampedL1()))
    decay: Decay = field(default_factory=ExponentialDecay)
    learning_rate: float = 1e-3
    table_rate: float = 3e-3
    code_rate: float = 1e-3
    lazy_codes: bool = False
    warm_up: int = 100
    shapes: int = 8
    points: int = 2048
    growth: float = 1.0
    code_penalty: float = 1e-4
    code_deviation: float = 0.01
    isometry: float = 0.0
    style_after: float = 0.0
    sampling_focus: float = 0.0
    weight_focus: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_parts(self)
        if not min(self.learning_rate, self.table_rate, self.code_rate) > 0:
            raise ValueError("learning rates must be positive")
        if min(self.shapes, self.points, self.warm_up) < 1 or self.growth < 1:
            raise ValueError("shapes, points, warm_up and growth must be 1 or more")
        if min(self.code_penalty, self.isometry, self.sampling_focus, self.weight_focus) < 0:
            raise ValueError("penalties and exponents must not be negative")
        if not 0 <= self.style_after < 1:
            raise ValueError(f"style_after must lie in [0, 1), got {self.style_after}")

    def points_at(self, used: float) -> int:
        """Samples a shape when a share of the budget is used: growing geometrically, in stages."""
        return grown(self.points, self.growth, used)
