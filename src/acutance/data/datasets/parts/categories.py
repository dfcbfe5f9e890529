"""Of which category a part is, by the library of KiCad that it lies in."""

from fnmatch import fnmatchcase

_CATEGORIES = {
    "Connector*": "connector",
    "Package_TO_SOT*": "discrete",
    "Package_*": "chip",
    "Capacitor*": "capacitor",
    "Crystal": "discrete",
    "Diode*": "discrete",
    "Filter": "discrete",
    "Fuse": "discrete",
    "LED*": "discrete",
    "Oscillator": "discrete",
    "Resistor*": "discrete",
    "Valve": "discrete",
    "Varistor": "discrete",
    "Button_Switch*": "switch",
    "Relay*": "switch",
    "TerminalBlock*": "switch",
    "Ferrite*": "inductor",
    "Inductor*": "inductor",
    "Transformer*": "inductor",
}
"""Categories that are learned, by the names of libraries; the first pattern that fits counts."""

_UNSEEN = {
    "Battery": "battery",
    "Buzzer*": "buzzer",
    "Converter*": "converter",
    "Display*": "display",
    "Heatsink": "heatsink",
    "*Module": "module",
    "RF_*": "module",
    "Mounting*": "mounting",
    "OptoDevice": "sensor",
    "Potentiometer*": "potentiometer",
    "Sensor*": "sensor",
    "TestPoint": "testpoint",
}
"""Likewise, the categories that are for testing alone: what was learned has seen none of them."""

UNSEEN = frozenset(_UNSEEN.values())
"""The names of the categories that are for testing alone."""


def category(library: str) -> str:
    """The category of the parts in a library; "" for a library that is of none.

    >>> category("Connector_JST"), category("Package_TO_SOT_SMD"), category("Package_QFP")
    ('connector', 'discrete', 'chip')
    >>> category("Buzzer_Beeper") in UNSEEN
    True
    """
    patterns = {**_CATEGORIES, **_UNSEEN}
    return next((patterns[each] for each in patterns if fnmatchcase(library, each)), "")
