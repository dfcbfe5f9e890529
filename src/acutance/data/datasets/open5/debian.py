"""Files of a Debian package: installed, unpacked, in a .deb file, or fetched."""

import io
import lzma
import os
import shutil
import subprocess
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from acutance.errors import InputError

LARGEST_PACKAGE = 1 << 32
"""Bytes that a package may unpack to; the two of open5 have less than a tenth of that."""

_AR = b"!<arch>\n"

_SECONDS = 1800
"""Time for fetching a package; apt itself gives up on servers that do not answer."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package and what is wanted of it.

    Attributes:
        name: its name.
        folder: where it installs what is wanted, relative to the root.
        ending: of the files that are wanted.
    """

    name: str
    folder: str
    ending: str


def package_folder(
    package: Package, given: Path | None, temporary: Path, root: Path = Path("/")
) -> Path:
    """The folder with the wanted files of a package.

    Args:
        package: what to find.
        given: a folder with its .deb file, or into which it was unpacked; None to take it from
            the machine, or to fetch it with apt.
        temporary: an existing folder that may be filled.
        root: where packages are installed.

    Raises:
        InputError: the package can't be had, or is damaged.
    """
    if given is None:
        if (root / package.folder).is_dir():
            return root / package.folder
        given = _fetched(package, temporary)
    archives = sorted(given.glob(f"{package.name}_*.deb"))
    if archives:
        return _unpacked(archives[-1], package, temporary)
    if (given / package.folder).is_dir():
        return given / package.folder
    raise InputError(
        f"{given} holds neither {package.name}_*.deb nor {package.folder}. {_remedy(package)}"
    )


def _remedy(package: Package) -> str:
    return (
        f"Install the package with 'apt-get install {package.name}', or fetch its .deb file from "
        f"https://packages.debian.org/{package.name} and give the folder that it lies in."
    )


def _fetched(package: Package, temporary: Path) -> Path:
    """The folder into which apt has put the .deb file."""
    apt = shutil.which("apt-get")
    if apt is None:
        raise InputError(
            f"{package.name} is not installed, and there is no apt to fetch it. {_remedy(package)}"
        )
    try:
        done = subprocess.run(
            [apt, "download", package.name],
            cwd=temporary,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    else:
        if not done.returncode:
            return temporary
        reason = done.stderr.strip().rpartition("\n")[2].removeprefix("E: ") or "it did not say why"
    raise InputError(
        f"apt could not fetch {package.name}: {reason}. Try again after 'apt-get update'. "
        f"{_remedy(package)}"
    )


def _unpacked(archive: Path, package: Package, temporary: Path) -> Path:
    """The wanted files, in a folder within the temporary one."""
    left = LARGEST_PACKAGE
    try:
        with archive.open("rb") as file, tarfile.open(fileobj=_data(file), mode="r|*") as members:
            for member in members:
                path = PurePosixPath(member.name)
                if not member.isreg() or not _wanted(path, package):
                    continue
                left -= member.size
                if left < 0:
                    raise ValueError(f"it holds more than {LARGEST_PACKAGE} bytes")
                source = members.extractfile(member)
                assert source is not None  # it is a regular file
                (temporary / path).parent.mkdir(parents=True, exist_ok=True)
                with source, (temporary / path).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError) as error:
        raise InputError(
            f"{archive} cannot be unpacked: {error}. Fetch it again, or unpack it with 'dpkg -x' "
            "and give the folder."
        ) from error
    return temporary / package.folder


def _wanted(path: PurePosixPath, package: Package) -> bool:
    inside = path.is_relative_to(package.folder) and ".." not in path.parts
    return inside and path.suffix.lower() == package.ending


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
