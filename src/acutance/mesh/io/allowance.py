"""How much a file may become in memory, so that a small one can't fill it."""

import io
import zipfile

from acutance.machine.cores import memory

LEAST = 256_000_000
"""Bytes that any file may become."""

RATIO = 100
"""Times its size that a larger file may become; text of geometry deflates to a third or less."""


class Allowance:
    """Bytes that a file of some size may still become.

    Example:
        >>> Allowance(1000).take(10**12)
        Traceback (most recent call last):
        ValueError: it is 1,000 bytes, but what it holds would fill more than 256 MB
    """

    def __init__(self, size: int) -> None:
        """All is left, for a file of `size` bytes."""
        self._size = size
        self._most = min(max(LEAST, RATIO * size), memory() // 2)
        self._left = self._most

    def take(self, amount: int) -> None:
        """Use so many bytes.

        Raises:
            ValueError: they are more than what is left.
        """
        self._left -= amount
        if self._left < 0:
            raise ValueError(
                f"it is {self._size:,} bytes, but what it holds would fill more than "
                f"{self._most / 1e6:,.0f} MB"
            )


def open_zip(data: bytes) -> zipfile.ZipFile:
    """A ZIP archive whose members together unpack to no more than they may.

    `zipfile` never unpacks more of a member than the archive's directory declares, so that their
    sum is a bound.

    Raises:
        ValueError: it is no ZIP archive, or unpacks to too much.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ValueError("it is no ZIP archive, or a damaged one") from error
    Allowance(len(data)).take(sum(member.file_size for member in archive.infolist()))
    return archive
