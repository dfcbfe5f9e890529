"""The unit of length of a STEP file, from its text (ISO 10303-41, named units)."""

import math
import re
from collections import Counter
from dataclasses import dataclass

from acutance.mesh.units import METRES, NAMES, Unit

_PREFIXES = {
    "EXA": 1e18,
    "PETA": 1e15,
    "TERA": 1e12,
    "GIGA": 1e9,
    "MEGA": 1e6,
    "KILO": 1e3,
    "HECTO": 1e2,
    "DECA": 1e1,
    "DECI": 1e-1,
    "CENTI": 1e-2,
    "MILLI": 1e-3,
    "MICRO": 1e-6,
    "NANO": 1e-9,
    "PICO": 1e-12,
}
_DEEP = 8
"""Most units that are defined by each other."""


@dataclass(frozen=True)
class StepUnit:
    """The unit that coordinates are given in, and what is to be said of it."""

    unit: Unit
    notes: tuple[str, ...] = ()


def step_unit(text: str) -> StepUnit:
    """The unit of most shapes in a file; millimetres, with a note, where it is none of ours.

    Example:
        >>> text = '''#1=GLOBAL_UNIT_ASSIGNED_CONTEXT((#2)); #3=(LENGTH_UNIT()SI_UNIT($,.METRE.));
        ... #2=(CONVERSION_BASED_UNIT('INCH',#4)LENGTH_UNIT());
        ... #4=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(0.0254),#3);'''
        >>> step_unit(text)
        StepUnit(unit='in', notes=())
    """
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    statements = dict[str, str]()
    for statement in text.split(";"):
        if "UNIT" in statement and (match := re.match(r"\s*#(\d+)\s*=", statement)):
            statements[match[1]] = re.sub(r"\s+", "", statement[match.end() :])
    assigned = [
        re.findall(r"#(\d+)", match[1])
        for each in statements.values()
        if (match := re.search(r"GLOBAL_UNIT_ASSIGNED_CONTEXT\(\(([^)]*)\)", each))
    ]
    metres = Counter(
        length
        for units in assigned
        for unit in units
        if "LENGTH_UNIT" in statements.get(unit, "") and (length := _metres(unit, statements))
    )
    if not metres:
        return StepUnit("mm", ("It names no unit of length; coordinates count as millimetres.",))
    mixed = "Its parts are in different units of length; all are given in the most common."
    notes = (mixed,) if len(metres) > 1 else ()
    most = metres.most_common(1)[0][0]
    for unit, known in METRES.items():
        if math.isclose(known, most, rel_tol=1e-5):
            return StepUnit(unit, notes)
    return StepUnit("mm", (f"Its unit is {most:g} m; its coordinates are given in {NAMES['mm']}.",))


def _metres(unit: str, statements: dict[str, str], depth: int = 0) -> float | None:
    """The length of a unit; None where it is of nothing known."""
    text = statements.get(unit, "")
    if match := re.search(r"SI_UNIT\((?:\.(\w+)\.|\$),\.METRE\.\)", text):
        return _PREFIXES.get(match[1], 1.0) if match[1] else 1.0
    based = re.search(r"CONVERSION_BASED_UNIT\('[^']*',#(\d+)\)", text)
    measure = statements.get(based[1], "") if based else ""
    match = re.search(r"MEASURE_WITH_UNIT\(\w*\(?([\d.eE+-]+)\)?,#(\d+)\)", measure)
    if not match or depth > _DEEP:
        return None
    base = _metres(match[2], statements, depth + 1)
    return None if base is None else float(match[1]) * base
