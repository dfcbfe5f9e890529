"""Names of categories and shapes that every file system allows."""

import re
import unicodedata
from hashlib import sha256

from acutance.errors import InputError

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])( *\..*)?")
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


def check_key(key: object) -> str:
    """The key of a shape, ``category/name``, as it was read from a file.

    Shapes are written under their keys: one that is no path of two safe names could lead anywhere.

    Raises:
        InputError: it is no such key.

    >>> check_key("chair/0001")
    'chair/0001'
    >>> check_key("../../etc/passwd")
    Traceback (most recent call last):
    acutance.errors.InputError: '../../etc/passwd' cannot be the name of a shape; expected ...
    """
    parts = key.split("/") if isinstance(key, str) else []
    if len(parts) != 2 or any(part != safe_name(part) for part in parts):
        raise InputError(
            f"{str(key)[:80]!r} cannot be the name of a shape; expected category/name, in letters "
            "that every system allows in the names of files."
        )
    return str(key)
