"""Names of categories and shapes that every file system allows."""

import re
import unicodedata
from hashlib import sha256

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows keeps for devices, whatever ending follows."""
_LONGEST = 200
"""Bytes in a part of a key: file systems allow 255, and what stores the shape adds an ending."""


def safe_name(text: str) -> str:
    """The text as one part of a key: what some system forbids in names becomes ``_``.

    A part that is too long is cut, and ends with a hash of the whole, so that it stays unique.

    >>> safe_name("Stuhl Nr. 4 (grün)")
    'Stuhl Nr. 4 (grün)'
    >>> safe_name("a/b?"), safe_name("nul"), safe_name("..")
    ('a_b_', '_nul', '_')
    """
    # Names of files that are no UTF-8 hold halves of characters, which cannot be written.
    text = unicodedata.normalize("NFC", text.encode(errors="replace").decode())
    part = _FORBIDDEN.sub("_", text).strip(" .")
    if len(part.encode()) > _LONGEST:
        start = part.encode()[: _LONGEST - 10].decode(errors="ignore").rstrip(" .")
        part = f"{start}-{sha256(part.encode()).hexdigest()[:9]}"
    if not part or _DEVICES.fullmatch(part):
        part = f"_{part}"
    return part
