"""Several results of one job take their places together."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acutance.errors import InputError
from acutance.machine.files import explaining, keep_others, synchronize_all
from acutance.machine.interrupts import uninterrupted
from acutance.machine.locks import LOCK_FILE, locked

_FILLING, _READY, _PREVIOUS = ".partial", ".ready", ".previous"


@contextmanager
def written_as_one(folder: Path) -> Iterator[Path]:
    """A temporary folder to fill, whose files and folders move into `folder` when the block ends.

    Until all are on the disk, the results of an earlier job stay as they are. The moves take no
    measurable time; if even they are cut off, `finish_set` makes the rest of them. What else lies
    in `folder` is kept.

    Yields:
        an existing empty folder to fill, within `folder`.

    Raises:
        InputError: the folder cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name:
    ...     with written_as_one(Path(name)) as fresh:
    ...         _ = (fresh / "a.txt").write_text("a"), (fresh / "b.txt").write_text("b")
    ...         before = [path.name for path in Path(name).glob("*.txt")]
    ...     after = sorted(path.name for path in Path(name).iterdir())
    >>> before, after
    ([], ['a.txt', 'b.txt'])
    """
    with explaining(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _forget_abandoned(folder)
        stage = folder / f".acutance-{secrets.token_hex(4)}{_FILLING}"
        try:
            with locked(stage):  # held by whoever fills it
                yield stage
        except InputError as error:  # the user knows the files by their places
            raise type(error)(str(error).replace(str(stage), str(folder))) from error
        else:
            (stage / LOCK_FILE).unlink(missing_ok=True)
            _check_places(stage, folder)
            synchronize_all(stage)
            with uninterrupted():
                stage.replace(stage.with_suffix(_READY))
                finish_set(folder)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _check_places(stage: Path, folder: Path) -> None:
    """See that no move can fail because a folder is where a file must go, or the reverse."""
    for entry in stage.iterdir():
        place = folder / entry.name
        if place.exists() and place.is_dir() != entry.is_dir():
            kind = errno.EISDIR if place.is_dir() else errno.ENOTDIR
            raise OSError(kind, os.strerror(kind), str(place))


def finish_set(folder: Path) -> None:
    """Move what `written_as_one` had ready, but could not move before its process was killed.

    Raises:
        OSError: the folder cannot be written.
    """
    for stage in folder.glob(f".acutance-*{_READY}"):
        for entry in [*stage.iterdir()]:
            place = folder / entry.name
            if entry.suffix == _PREVIOUS:
                continue
            if entry.is_dir() and place.exists():
                keep_others(place, entry)
                place.replace(entry.with_name(f"{entry.name}{_PREVIOUS}"))
            elif place.exists():
                shutil.copymode(place, entry)
            entry.replace(place)
        shutil.rmtree(stage, ignore_errors=True)


def _forget_abandoned(folder: Path) -> None:
    """Remove what processes that were killed had begun to fill."""
    for stage in folder.glob(f".acutance-*{_FILLING}"):
        try:
            with locked(stage):
                pass
        except InputError:
            continue  # it is being filled
        shutil.rmtree(stage, ignore_errors=True)
