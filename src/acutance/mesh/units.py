"""Units of length, and lengths in words."""

from typing import Literal, get_args

from acutance.errors import InputError

Unit = Literal["um", "mm", "cm", "m", "in", "ft"]
"""What a coordinate of 1 means: the units that 3MF knows."""

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
        >>> length(12.3456, "mm"), length(0.000204, None), length(1234.6, "m")
        ('12.3 mm', '0.000204', '1230 m')
    """
    digits = f"{float(f'{value:.3g}'):.15g}" if 1e-4 <= abs(value) < 1e15 else f"{value:.3g}"
    return digits if unit is None else f"{digits} {unit}"
