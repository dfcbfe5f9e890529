"""The gain of HOSC's weights, by which a network of it starts like a SIREN."""

import math
from collections.abc import Callable
from functools import cache

import torch

SIREN_VARIANCE = 0.797
"""Fixed point q of q = 1 − exp(−2q): variance of ωz in a deep SIREN without bias."""

SIREN_GROWTH = 1.203
"""1 + exp(−2q) there: growth of the mean squared gradient a layer."""


@cache
def hosc_gain(beta: float) -> float:
    """Gain g of HOSC's weights, of deviation g / (√width_in ω), that makes it start like a SIREN.

    In a wide layer the pre-activation u = ωz is Gaussian of variance q. With weights of variance
    g² / (width_in ω²) and no bias the mean field recursions (Poole et al. 2016, arXiv 1606.05340;
    Schoenholz et al. 2017, arXiv 1611.01232) are

        q = g² E[φ(u)²]        the variance stays, and
        χ = g² E[φ'(u)²]       the squared gradient grows by χ a layer,

    with φ(u) = tanh(β sin u). Eliminating g leaves χ(q) = q E[φ'²] / E[φ²], which grows with q
    from 1. We solve χ(q) = `SIREN_GROWTH`; for β → 0 that is SIREN's own initialisation of the
    scaled activation, and for β = 8 the weights come out several times smaller than SIREN's.

    Args:
        beta: sharpness β; positive.

    Example:
        >>> hosc_gain(8.0) < hosc_gain(2.0)
        True
    """

    def growth(q: float) -> float:
        square, slope = _gaussian_moments(beta, q)
        return q * slope / square

    q = _bisect(lambda q: growth(q) - SIREN_GROWTH, low=1e-6, high=SIREN_VARIANCE * 1.5)
    return math.sqrt(q / _gaussian_moments(beta, q)[0])


def _gaussian_moments(beta: float, variance: float) -> tuple[float, float]:
    """E[φ(u)²] and E[φ'(u)²] for φ(u) = tanh(β sin u), u ~ N(0, variance), by quadrature."""
    z = torch.linspace(-8.0, 8.0, 20_001, dtype=torch.float64, device="cpu")
    weight = torch.exp(-0.5 * z * z)
    weight = weight / weight.sum()
    u = math.sqrt(variance) * z
    value = torch.tanh(beta * torch.sin(u))
    slope = (1.0 - value**2) * beta * torch.cos(u)
    return float((weight * value**2).sum()), float((weight * slope**2).sum())


def _bisect(function: Callable[[float], float], *, low: float, high: float) -> float:
    """Root of an increasing function between two bounds."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if function(middle) > 0 else (middle, high)
    return 0.5 * (low + high)
