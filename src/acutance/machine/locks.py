"""One process at a time works in a folder."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from acutance.errors import InputError
from acutance.machine.files import explaining

LOCK_FILE = ".lock"
"""An empty file in the folder. It stays; what counts is whether a process holds it."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """No other process has the folder inside the block; a process that is killed gives it back.

    Args:
        folder: made if it is not there.

    Raises:
        InputError: another process has it, or the folder cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name, locked(Path(name)), locked(Path(name)):
    ...     pass
    Traceback (most recent call last):
    acutance.errors.InputError: Another process is at work in ...
    """
    with explaining(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_FILE).open("ab")
    with file:
        if not _held(file):
            raise InputError(
                f"Another process is at work in {folder}; wait until it has ended, or choose "
                "another folder."
            )
        yield


def _held(file: IO[bytes]) -> bool:
    """Take the lock of an open file; False where another one has it.

    Some file systems of networks know no locks: there everyone goes on.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return not isinstance(error, BlockingIOError | PermissionError)
    return True
