"""Units of length, lengths in words, and axes."""

import math
from typing import Literal, get_args

from acutance.errors import InputError

Unit = Literal["um", "mm", "cm", "m", "in", "ft"]
"""What a coordinate of 1 means: the units that 3MF knows."""

Axis = Literal["x", "y", "z", "-x", "-y", "-z"]
"""A direction that may point up."""

UNITS: tuple[Unit, ...] = get_args(Unit)

METRES: dict[Unit, float] = {
    "um": 1e-6,
    "mm": 1e-3,
    "cm": 1e-2,
    "m": 1.0,
    "in": 0.0254,
    "ft": 0.3048,
}
"""Length of each unit in metres."""

NAMES: dict[Unit, str] = {
    "um": "micrometres",
    "mm": "millimetres",
    "cm": "centimetres",
    "m": "metres",
    "in": "inches",
    "ft": "feet",
}
"""Each unit in words."""


def check_unit(unit: str) -> Unit:
    """The unit, if it is one.

    Raises:
        InputError: it is none.

    Example:
        >>> check_unit("mm")
        'mm'
    """
    for known in UNITS:
        if unit == known:
            return known
    raise InputError(f"There is no unit {unit!r}; choose one of {', '.join(UNITS)}.")


def factor(source: Unit, target: Unit) -> float:
    """What lengths in one unit are multiplied by to be lengths in another.

    Example:
        >>> factor("in", "mm")
        25.4
    """
    # Of whole micrometres, so that a unit into itself, and inches into millimetres, are exact.
    return round(METRES[source] * 1e6) / round(METRES[target] * 1e6)


def length(value: float, unit: Unit | None) -> str:
    """A length with three significant digits, and its unit where that is known.

    Example:
        >>> length(12.3456, "mm"), length(0.0002, None), length(1234.6, "m"), length(0.0, "in")
        ('12.3 mm', '0.000200', '1230 m', '0 in')
    """
    rounded = float(f"{value:.3g}")
    places = 2 - math.floor(math.log10(abs(rounded))) if rounded else 0
    digits = f"{rounded:.{max(places, 0)}f}" if -12 < places < 8 else f"{rounded:.3g}"
    return digits if unit is None else f"{digits} {unit}"
