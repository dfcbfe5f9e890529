"""Closed convex curves in the plane, counter-clockwise: what is swept, stacked or made a slab."""

import numpy as np
from jaxtyping import Float

from acutance.shapes.modelling.curves import rounded

Outline = Float[np.ndarray, "sides 2"]

SAGITTA = 2e-4
"""Greatest distance of a chord from its circle, in metres, on parts that should look round."""

LEAST_SIDES, MOST_SIDES = 20, 80


def circle(radius: float, sides: int | None = None) -> Outline:
    """A circle about the origin, with as many sides as it takes to look round.

    >>> len(circle(0.01)), len(circle(0.2)), len(circle(0.2, sides=6))
    (20, 71, 6)
    """
    if sides is None:
        wanted = np.pi / np.arccos(max(1.0 - SAGITTA / radius, 0.0))
        sides = int(np.clip(np.ceil(wanted), LEAST_SIDES, MOST_SIDES))
    return superellipse(radius, radius, 2.0, sides)


def superellipse(half_x: float, half_y: float, power: float = 2.0, sides: int = 72) -> Outline:
    """|x/a|^p + |y/b|^p = 1: an ellipse for p = 2, nearer to a rectangle above.

    >>> superellipse(2.0, 1.0, power=4.0).max(axis=0).round(3).tolist()
    [2.0, 1.0]
    """
    angle = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    x, y = np.cos(angle), np.sin(angle)
    size = (np.abs(x) ** power + np.abs(y) ** power) ** (-1.0 / power)
    return np.stack([half_x * size * x, half_y * size * y], axis=1)


def rectangle(width: float, height: float, corner: float = 0.0) -> Outline:
    """A rectangle about the origin with rounded corners.

    >>> rectangle(2.0, 1.0).tolist()
    [[1.0, -0.5], [1.0, 0.5], [-1.0, 0.5], [-1.0, -0.5]]
    """
    return trapezoid(width, width, height, corner)


def trapezoid(lower: float, upper: float, height: float, corner: float = 0.0) -> Outline:
    """A trapezoid about the origin: `lower` wide at −height/2, `upper` wide at +height/2."""
    a, b, h = lower / 2, upper / 2, height / 2
    return rounded(np.array([[a, -h], [b, h], [-b, h], [-a, -h]]), corner, closed=True)


def airfoil(camber: float = 0.0, knots: int = 18) -> Outline:
    """A NACA four-digit section of chord 1 and thickness 1, to be scaled (Jacobs et al. 1933).

    The trailing edge is blunt, a quarter as thick as the section, so that it can be seen.

    The first coordinate is chordwise, 0 at a quarter of the chord and positive towards the nose.

    Args:
        camber: height of the mean line at 40 % of the chord, as a part of the thickness.
        knots: points along each side, denser at the nose.

    >>> airfoil().shape
    (35, 2)
    """
    x = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, knots))
    slim = 5 * (0.2969 * np.sqrt(x) - 0.126 * x - 0.3516 * x**2 + 0.2843 * x**3 - 0.1015 * x**4)
    half = (slim + 0.115 * x) / (slim + 0.115 * x).max() / 2
    ahead, behind = 2 * 0.4 * x - x**2, 0.2 + 0.8 * x - x**2
    mean = camber * np.where(x < 0.4, ahead / 0.4**2, behind / 0.6**2)
    upper, lower = (mean + half)[::-1], (mean - half)[1:]
    return np.stack([0.25 - np.append(x[::-1], x[1:]), np.append(upper, lower)], axis=1)[::-1]
