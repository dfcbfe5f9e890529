"""Files and folders that are written whole or not at all."""

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acutance.errors import DiskFullError, InputError
from acutance.machine.exchange import exchange

_REASONS = {
    errno.EACCES: ("permission is denied", "change its permissions or choose another folder"),
    errno.EPERM: ("permission is denied", "change its permissions or choose another folder"),
    errno.EROFS: ("its file system is read-only", "choose another folder"),
    errno.ENOSPC: ("the disk is full", "free some space or choose another folder"),
    errno.EDQUOT: ("the disk quota is used up", "free some space or choose another folder"),
    errno.EFBIG: ("the file is larger than the system allows", "choose another folder"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "choose another folder"),
    errno.EEXIST: ("a part of the path is a file, not a folder", "choose another folder"),
    errno.EISDIR: ("there is a folder of that name", "choose another name"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
}


LEAST_FREE = 16 << 20
"""Bytes that must be free before work begins whose results take some megabytes."""


@contextmanager
def atomically(path: Path) -> Iterator[Path]:
    """A temporary path to write, which takes the place of `path` when the block succeeds.

    The temporary file lies in the same folder (a rename is atomic only within a file system) and
    has the same suffixes (writers choose the format by them). Missing parent folders are created.
    When the block or the replacement fails, in whatever way, the temporary file is removed and
    what was at `path` before is untouched. A symbolic link stays one: its target is replaced.

    Args:
        path: the file to write.

    Yields:
        the path to write instead; nothing exists there yet.

    Raises:
        InputError: the file cannot be written (no permission, disk full, a parent that is a
            file, a folder at `path`).
    """
    target = Path(os.path.realpath(path))
    with explaining(path):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _sibling(target, "".join(target.suffixes))
        try:
            yield temporary
            if target.exists():
                shutil.copymode(target, temporary)
            _synchronize(temporary)
            temporary.replace(target)
            _synchronize(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a whole file, atomically; text is UTF-8.

    Raises:
        InputError: the file cannot be written.
    """
    with atomically(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def write_json(path: Path, content: object) -> None:
    """Write plain values as JSON, atomically.

    Raises:
        InputError: the file cannot be written.
    """
    write_file(path, json.dumps(content, indent=2) + "\n")


@contextmanager
def atomically_folder(path: Path) -> Iterator[Path]:
    """A temporary folder to fill, which takes the place of `path` when the block succeeds.

    As `atomically`, for a folder of files. The two change places in one step on Linux and macOS.
    Elsewhere the previous one is renamed, the new one takes its name, and only then the previous
    one is removed (a loss of power between the two renames leaves it beside `path`, as a hidden
    folder ending in ``.previous``). What the previous folder holds under names that the new one
    does not have is not ours to delete, and is kept.

    Args:
        path: the folder to write.

    Yields:
        an existing empty folder to fill instead.

    Raises:
        InputError: as for `atomically`; or there is a file at `path`.
    """
    target = Path(os.path.realpath(path))
    with explaining(path):
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _sibling(target, ".partial")
        temporary.mkdir()
        try:
            yield temporary
            synchronize_all(temporary)
            _put_folder(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _put_folder(fresh: Path, target: Path) -> None:
    """Put a filled folder at a place of the same file system, where another one may be."""
    if not target.exists():
        fresh.replace(target)
        return
    keep_others(target, fresh)
    previous = fresh
    if not exchange(fresh, target):
        previous = _sibling(target, ".previous")
        target.replace(previous)
        try:
            fresh.replace(target)
        except BaseException:
            previous.replace(target)
            raise
    _synchronize(target.parent)
    shutil.rmtree(previous, ignore_errors=True)


def keep_others(previous: Path, fresh: Path) -> None:
    """Have in a folder what only the one has whose place it will take."""
    for entry in previous.iterdir():
        if not (fresh / entry.name).exists():
            _also_at(entry, fresh / entry.name)


def _also_at(entry: Path, place: Path) -> None:
    """Give a file or a folder a second name, or copy it where the file system knows no such."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.copytree(entry, place, symlinks=True, copy_function=_link)
    else:
        _link(entry, place)


def _link(source: str | Path, target: str | Path) -> None:
    """A second name for a file, or a copy."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target, follow_symlinks=False)


def _sibling(target: Path, ending: str) -> Path:
    """A hidden name beside the target that nothing has yet; short, to stay within limits."""
    stem = target.name.split(".")[0][:32]
    return target.with_name(f".{stem}-{secrets.token_hex(4)}{ending}")


def _synchronize(path: Path) -> None:
    """Waits until a file or folder is on the disk; Windows cannot open folders for that."""
    if path.is_dir() and os.name == "nt":
        return
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def synchronize_all(folder: Path) -> None:
    """Wait until all that a folder holds is on the disk."""
    for file in folder.rglob("*"):
        _synchronize(file)


def check_writable(path: Path) -> None:
    """Makes sure that a file can be written, before the work whose result it shall hold.

    Missing parent folders are created; nothing else is left behind.

    Raises:
        InputError: the file cannot be written.
    """
    with explaining(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        probe = _sibling(target, "")
        probe.touch()
        probe.unlink()


def check_folder(folder: Path) -> None:
    """Makes sure that files can be written into a folder, before the work that shall fill it.

    Nothing is left behind, also where the folder is missing yet.

    Raises:
        InputError: no files can be written there.
        DiskFullError: there is no room for a result.
    """
    target = Path(os.path.realpath(folder))
    with explaining(folder):
        nearest = next(path for path in (target, *target.parents) if path.exists())
        if shutil.disk_usage(nearest).free < LEAST_FREE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        probe = _sibling(nearest / "file", "")
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:  # it is the folder that the user knows, not this file
            raise OSError(error.errno, error.strerror) from error


def _takes_files(folder: Path) -> bool:
    """Whether a file can be made in a folder; in /proc, which is there, none can."""
    if not folder.is_dir():
        return False
    probe = _sibling(folder / "file", "")
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turns the system's errors about writing to a path into one sentence for the user.

    An error that names a file elsewhere (the block may read, too) is not about the path, and a
    file that is missing in a folder that exists was never written by the block: a bug.

    Raises:
        InputError: the path cannot be written.
    """
    target = Path(os.path.realpath(path))
    try:
        yield
    except OSError as error:
        named = None if error.filename is None else Path(os.path.realpath(error.filename))
        ours = named is None or target.parent in (named, *named.parents) or named in target.parents
        unwritten = isinstance(error, FileNotFoundError) and _takes_files(target.parent)
        if unwritten or not ours:
            raise
        reason, remedy = _REASONS.get(
            error.errno or 0, (error.strerror or str(error), "choose another place")
        )
        kind = DiskFullError if error.errno in (errno.ENOSPC, errno.EDQUOT) else InputError
        raise kind(f"{path} cannot be written: {reason}; {remedy}.") from error
