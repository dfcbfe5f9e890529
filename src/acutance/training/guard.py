"""Notices a run that diverges or never leaves the ground."""

import math
from dataclasses import dataclass

PATIENCE = 20
"""Readings before a run is judged."""

GROUND_SHARE = 0.5
"""Part of the budget after which a run must beat the constant field."""

SMOOTHING = 0.8
"""Weight of the past in the running mean of the loss: some five readings."""

RISE = 3.0
"""A run diverges when the running mean is this many times its lowest value; noise stays below 2."""


@dataclass
class Guard:
    """Watches the loss.

    Attributes:
        baseline: loss of the trivial answer, a field that is zero everywhere.

    Example:
        >>> guard = Guard(baseline=0.1)
        >>> guard.complaint(0.05, used=0.01) is None
        True
        >>> guard.complaint(math.nan, used=0.02)
        'the loss is no longer a finite number'
    """

    baseline: float
    readings: int = 0
    mean: float = math.nan
    lowest: float = math.inf

    def complaint(self, loss: float, used: float) -> str | None:
        """What is wrong with the run, or None.

        Args:
            loss: distance term of a step.
            used: fraction of the budget that is used, 0 to 1.
        """
        if not math.isfinite(loss):
            return "the loss is no longer a finite number"
        self.mean = SMOOTHING * self.mean + (1 - SMOOTHING) * loss if self.readings else loss
        self.readings += 1
        self.lowest = min(self.lowest, self.mean)
        if self.readings < PATIENCE:
            return None
        if self.mean > RISE * self.lowest:
            return f"the loss rose to {self.mean / self.lowest:.1f} times its lowest value"
        if used > GROUND_SHARE and self.mean > self.baseline:
            return "the network is still no better than a field that is zero everywhere"
        return None
