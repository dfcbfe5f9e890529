"""Two folders change places in one step, where the system can do that."""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

_AT_FDCWD, _EXCHANGE = -100, 2
"""Of Linux: paths are relative to the current folder; both names stay, and change their meaning.
The second is the same number on macOS."""


@cache
def _library() -> ctypes.CDLL | None:
    """The system's library; None where folders cannot be exchanged."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
    except (OSError, TypeError):  # Windows
        return None
    name = "renamex_np" if sys.platform == "darwin" else "renameat2"
    return library if hasattr(library, name) else None


def exchange(first: Path, second: Path) -> bool:
    """Let two paths change places in one step; False where the system cannot, and nothing changed.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name:
    ...     a, b = Path(name, "a"), Path(name, "b")
    ...     _ = a.mkdir(), b.mkdir(), (a / "in a").touch()
    ...     done = exchange(a, b)
    ...     moved = (b / "in a").exists()
    >>> moved == done
    True
    """
    library = _library()
    if library is None:
        return False
    one, two = os.fsencode(first), os.fsencode(second)
    if sys.platform == "darwin":
        return library.renamex_np(one, two, _EXCHANGE) == 0
    return library.renameat2(_AT_FDCWD, one, _AT_FDCWD, two, _EXCHANGE) == 0
