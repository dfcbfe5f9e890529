"""Files and folders that are written whole or not at all."""

import errno
import json
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acutance.errors import InputError

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


@contextmanager
def undisturbed() -> Iterator[None]:
    """Interrupts (Ctrl-C) are ignored inside the block: what it saves is saved whole."""
    main = threading.current_thread() is threading.main_thread()  # others get no signals
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, before)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Interrupts (Ctrl-C) wait for the end of the block: what it changes is changed as a whole."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    waiting = list[int]()
    signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        before(signal.SIGINT, None)


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

    As `atomically`, for a folder of files. No system replaces a folder in one step, so the previous
    one is renamed, the new one takes its name, and only then the previous one is removed; it
    survives every failure (a loss of power between the two renames leaves it beside `path`, as a
    hidden folder ending in ``.previous``). What the previous folder holds under names that the new
    one does not have is not ours to delete, and is kept.

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
            for file in temporary.rglob("*"):
                _synchronize(file)
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _swap(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.replace(target)
        return
    previous = _sibling(target, ".previous")
    target.replace(previous)
    try:
        fresh.replace(target)
    except BaseException:
        previous.replace(target)
        raise
    _synchronize(target.parent)
    for entry in previous.iterdir():
        if not (target / entry.name).exists():
            entry.replace(target / entry.name)
    shutil.rmtree(previous, ignore_errors=True)


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
    """
    target = Path(os.path.realpath(folder))
    with explaining(folder):
        nearest = next(path for path in (target, *target.parents) if path.exists())
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
        raise InputError(f"{path} cannot be written: {reason}; {remedy}.") from error
