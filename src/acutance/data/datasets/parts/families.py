"""Which parts are near-duplicates, by their names: those that differ in pins and sizes alone.

The names of KiCad's parts are words between underscores: maker, series, order number, pins, sizes
and style, as in ``JST_XH_B10B-XH-A_1x10_P2.50mm_Vertical``. The first digit of a word begins a
number of pins, a size or an order number, so that the letters before it remain. A few kinds have a
number for a name, as TO-220. Chips are called by the kind of their outline, whoever makes them.
"""

import re

_NUMBERED = re.compile(r"(?:TO|SOT|SC)-?\d+|SOD-\d+")
"""Outlines whose number is their name; TO-220-3 and TO-220-5 are one family, TO-92 another."""

_OUTLINES = {
    "can": r"TO-(?:5|8|11|12|17|18|33|38|39|46|52|72|73|75|78|99|100|101)(?!\d)",
    "QFN": r"QFN|QFPN|MLF|MLPQ",
    "DFN": r"DFN|SON|MLP",
    "QFP": r"QFP",
    "BGA": r"BGA|WLP",
    "LGA": r"LGA",
    "TSOP": r"\bTSOP",
    "SSOP": r"SSO",
    "SO": r"SO(?:P|IC|IJ|J)?(?=-|\d|$)",
    "SIP": r"SIP",
    "DIP": r"DIP",
    "two poles": r"Metric",
}
"""Kinds of outlines by what their names hold: letters before it say how thin or hot they are. A can
is the round metal case of a transistor; resistors, capacitors and more of 0603 look all alike."""

_SIZE = re.compile(r"\d(?:mm|x\d)")
"""What only a size holds, as Offset9.40mm, Drill1.0mm and 4x5."""

_DETAILS = {
    "AnodeUp", "KathodeUp", "FlatSideUp", "FlatSideDown", "SlugUp", "SlugDown", "Reverse",
    "Clear", "IRBlack", "IRGrey", "Castellated", "PullBack", "Wide", "LowProfile", "ThreadedFlange",
    "MountHole", "MountingHoles", "HandSoldering", "Handsoldering", "LongPads", "ThermalVias",
    "StaggerEven", "StaggerOdd", "Single", "Dual", "Neutral", "Generic", "style", "NSMD",
    "ClockwisePinNumbering", "NexFET", "AVX", "Kemet", "Nichicon",
    "DO", "SOD", "FKP", "FKS", "MKP", "MKS", "MKT",
}  # fmt: skip
"""Words for colours, the side that is up, footprints, makers and series of the same outline."""


def family(library: str, name: str) -> str:
    """The family of a part: all of one outline, or all that a library calls alike but for numbers.

    Args:
        library: the library that it lies in, as ``Connector_JST``.
        name: of its file, without the ending.

    >>> family("Connector_JST", "JST_XH_B10B-XH-A_1x10_P2.50mm_Vertical")
    'Connector_JST JST XH Vertical'
    >>> family("Package_SO", "HTSSOP-14-1EP_4.4x5mm_P0.65mm_EP3.4x5mm_Mask3x3.1mm")
    'SSOP'
    """
    kept = [library]
    for word in name.split("_"):
        outline = _outline(word)
        if outline:  # what stands before is who makes it
            kept = [outline]
        else:
            kept += [plain for plain in (_plain(word),) if plain and plain not in _DETAILS]
    return " ".join(kept)


def _outline(word: str) -> str:
    """The kind of outline that a word says; "" for none."""
    for kind, text in _OUTLINES.items():
        if re.search(text, word):
            return kind
    numbered = _NUMBERED.match(word)
    return numbered[0] if numbered else ""


def _plain(word: str) -> str:
    """A word without its numbers; "" for a size, and for an order number that begins so."""
    if _SIZE.search(word):
        return ""
    letters = re.split(r"\d", word)[0].rstrip("-.,")
    letters = re.sub(r"-[A-Z]$", "", letters)  # a letter for a size
    return letters if len(letters) > 1 or letters == word else ""
