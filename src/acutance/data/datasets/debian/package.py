"""Files of a Debian package: installed, unpacked, in a .deb file, or fetched."""

import lzma
import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from acutance.data.datasets.debian.deb import members
from acutance.errors import InputError

LARGEST_PACKAGE = 1 << 33
"""Bytes that a package may unpack to; the largest of those that are used has half of that."""

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

    @property
    def copyright(self) -> str:
        """The file that says on what terms the package may be used, relative to the root."""
        return f"usr/share/doc/{self.name}/copyright"


Choice = Callable[[list[PurePosixPath]], Collection[PurePosixPath]]
"""Picks those that are needed of the wanted files, all given relative to the package's folder."""


def package_root(
    package: Package, given: Path | None, temporary: Path, root: Path = Path("/")
) -> Path:
    """The root below which the wanted files of a package lie, unpacked if need be.

    Args:
        package: what to find.
        given: a folder with its .deb file, or into which it was unpacked; None to take it from
            the machine, or to fetch it with apt.
        temporary: an existing folder that may be filled.
        root: where packages are installed.

    Raises:
        InputError: the package can't be had, or is damaged.
    """
    found = find_package(package, given, temporary, root)
    if found.is_dir():
        return found
    unpack(found, package, temporary)
    return temporary


def find_package(
    package: Package, given: Path | None, temporary: Path, root: Path = Path("/")
) -> Path:
    """The root below which a package lies, or its .deb file; see `package_root`.

    Raises:
        InputError: the package can't be had.
    """
    if given is None:
        if (root / package.folder).is_dir():
            return root
        given = _fetched(package, temporary)
    archives = sorted(given.glob(f"{package.name}_*.deb"))
    if archives:
        return archives[-1]
    if (given / package.folder).is_dir():
        return given
    raise InputError(
        f"{given} holds neither {package.name}_*.deb nor {package.folder}. {_remedy(package)}"
    )


def unpack(archive: Path, package: Package, folder: Path, choose: Choice | None = None) -> None:
    """Write the wanted files of a .deb file, and what says on what terms; they keep their times.

    Args:
        archive: the .deb file.
        package: what is wanted of it.
        folder: an existing folder, which becomes the root of the files.
        choose: which of the wanted files are needed; all by default.

    Raises:
        InputError: it is damaged, or too large.
    """
    left = LARGEST_PACKAGE
    try:
        needed = None if choose is None else set(choose(_paths(archive, package)))
        for member, source in members(archive):
            path = PurePosixPath(member.name)
            inside = _inside(path, package)
            wanted = inside is not None and (needed is None or inside in needed)
            if not wanted and path != PurePosixPath(package.copyright):
                continue
            left -= member.size
            if left < 0:
                raise ValueError(f"it holds more than {LARGEST_PACKAGE} bytes")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
            os.utime(target, (member.mtime, member.mtime))
    except (
        *(tarfile.TarError, lzma.LZMAError, zlib.error, EOFError),
        *(OSError, ValueError, OverflowError),
    ) as error:
        raise InputError(
            f"{archive} cannot be unpacked: {error}. Fetch it again, or unpack it with 'dpkg -x' "
            "and give the folder."
        ) from error


def terms(package: Package, root: Path) -> str:
    """The text that says who made the package, and on what terms it may be used.

    Raises:
        InputError: it is missing.
    """
    path = root / package.copyright
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(
            f"{path} is missing, which says on what terms {package.name} may be used. "
            f"{_remedy(package)}"
        ) from error


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


def _paths(archive: Path, package: Package) -> list[PurePosixPath]:
    """The wanted files of a .deb file, relative to the package's folder."""
    paths = (_inside(PurePosixPath(member.name), package) for member, _ in members(archive))
    return [path for path in paths if path is not None]


def _inside(path: PurePosixPath, package: Package) -> PurePosixPath | None:
    """Where a wanted file lies in the package's folder; None for one that is not wanted."""
    if ".." in path.parts or path.suffix.lower() != package.ending:
        return None
    return path.relative_to(package.folder) if path.is_relative_to(package.folder) else None
