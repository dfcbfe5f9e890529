"""Java's .properties files, in which Sweet Home 3D keeps its catalogues."""

import re

_CONTINUED = re.compile(r"(?<!\\)((?:\\\\)*)\\\r?\n[ \t]*")
_LINE = re.compile(r"((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_properties(data: bytes) -> dict[str, str]:
    """Keys and values; the last of several lines with the same key counts."""
    text = _CONTINUED.sub(r"\1", data.decode("latin-1"))
    lines = (line.strip() for line in re.split(r"[\r\n]+", text))
    found = (_LINE.match(line) for line in lines if line and line[0] not in "#!")
    return {_plain(match[1]): _plain(match[2]) for match in found if match}


def _plain(text: str) -> str:
    return _ESCAPE.sub(
        lambda match: chr(int(match[1], 16)) if match[1] else _LETTERS.get(match[2], match[2]), text
    )
