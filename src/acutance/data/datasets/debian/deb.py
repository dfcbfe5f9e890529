"""The files in a .deb file, one after the other: an ar archive with a tar archive in it."""

import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_AR = b"!<arch>\n"


def members(archive: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """The regular files of a .deb file, each to be read before the next one is asked for.

    Raises:
        ValueError, OSError, tarfile.TarError, ...: the file is damaged.
    """
    with archive.open("rb") as file, tarfile.open(fileobj=_data(file), mode="r|*") as members:
        for member in members:
            if member.isreg():
                source = members.extractfile(member)
                assert source is not None  # it is a regular file
                yield member, source


class _Part(io.RawIOBase):
    """The next so many bytes of a file, as a file."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def _data(file: IO[bytes]) -> _Part:
    """The tar archive of files within a .deb, which is an ar archive (man 5 deb)."""
    if file.read(len(_AR)) != _AR:
        raise ValueError("it is no Debian package")
    while len(header := file.read(60)) == 60:
        digits = header[48:58].strip()
        if not digits.isdigit():  # a negative one would lead back
            raise ValueError("a file in it has no size")
        size = int(digits)
        if header.startswith(b"data.tar"):
            return _Part(file, size)
        file.seek(size + size % 2, os.SEEK_CUR)
    raise ValueError("it holds no files")
