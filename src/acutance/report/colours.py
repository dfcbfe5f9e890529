"""Colours of the pictures."""

import numpy as np
from jaxtyping import Float

VIRIDIS = (
    "#440154", "#481a6c", "#472f7d", "#414487", "#39568c", "#31688e", "#2a788e", "#23888e",
    "#1f988b", "#22a884", "#35b779", "#54c568", "#7ad151", "#a5db36", "#d2e21b", "#fde725",
)  # fmt: skip
"""Sixteen even stops of viridis (van der Walt and Smith 2015, CC0): perceptually uniform, readable
without colour vision, from dark (small) to bright (large)."""

PLASTER = "#c3ccd6"
"""A face seen from its front."""

REVERSE = "#d98a5b"
"""A face seen from behind: the inside of an open surface, or a face that is turned round."""


def linear_rgb(colour: str) -> Float[np.ndarray, " 3"]:
    """A colour of the form ``#rrggbb`` as linear light in [0, 1] (IEC 61966-2-1)."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def sequential(values: Float[np.ndarray, " values"]) -> Float[np.ndarray, "values 3"]:
    """Linear light of values in [0, 1], clipped, along viridis."""
    stops = np.stack([linear_rgb(colour) for colour in VIRIDIS])
    position = np.linspace(0.0, 1.0, len(stops))
    return np.stack([np.interp(values, position, stops[:, c]) for c in range(3)], axis=1)
