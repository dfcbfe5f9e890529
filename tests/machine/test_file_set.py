"""The results of a job take their places together, wherever it is cut off."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from acutance.errors import DiskFullError, InputError
from acutance.machine import file_set
from acutance.machine.file_set import finish_set, written_as_one

NAMES = ("a.txt", "b.txt", "model/weights.txt", "model/config.txt")


class Killed(BaseException):
    """The process is gone: nothing is tidied up."""


def fill(folder: Path, content: str) -> None:
    """The set of files, all of one content."""
    for name in NAMES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)


def contents(folder: Path) -> set[str]:
    """What the files of the set hold."""
    return {(folder / name).read_text() for name in NAMES}


def test_a_kill_at_any_step_leaves_the_old_set_or_one_that_is_finished(tmp_path, monkeypatch):
    steps = 0
    for last in range(20):
        folder = tmp_path / str(last)
        with written_as_one(folder) as fresh:
            fill(fresh, "old")
        (folder / "mine.txt").write_text("mine")
        (folder / "model" / "notes.txt").write_text("mine")
        with monkeypatch.context() as patch:
            patch.setattr(file_set.shutil, "rmtree", lambda *_, **__: None)
            rename, done = Path.replace, 0

            def replace(self, target, rename=rename, last=last):
                nonlocal done
                if done == last:
                    raise Killed
                done += 1
                return rename(self, target)

            patch.setattr(Path, "replace", replace)
            try:
                with written_as_one(folder) as fresh:
                    fill(fresh, "new")
            except Killed:
                steps += 1
        finish_set(folder)
        assert contents(folder) == {"old" if last == 0 else "new"}
        assert (folder / "mine.txt").read_text() == "mine"
        assert (folder / "model" / "notes.txt").read_text() == "mine"
    assert 2 < steps < 20


def test_a_failure_while_the_set_is_made_leaves_the_old_one_and_nothing_else(tmp_path):
    with written_as_one(tmp_path) as fresh:
        fill(fresh, "old")
    with pytest.raises(DiskFullError, match="the disk is full"), written_as_one(tmp_path) as fresh:
        fill(fresh, "new")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert contents(tmp_path) == {"old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt", "model"]


def test_an_error_names_the_place_that_the_user_knows(tmp_path):
    message = f"^{tmp_path}/a.txt is no good$"
    with pytest.raises(DiskFullError, match=message), written_as_one(tmp_path) as fresh:
        raise DiskFullError(f"{fresh / 'a.txt'} is no good")


def test_what_a_killed_process_had_begun_is_removed_by_the_next(tmp_path):
    (tmp_path / ".acutance-00000000.partial").mkdir()
    with written_as_one(tmp_path) as fresh:
        fill(fresh, "new")
        with written_as_one(tmp_path) as other:  # which does not take the first for abandoned
            fill(other, "between")
    assert contents(tmp_path) == {"new"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt", "model"]


def test_a_folder_in_the_place_of_a_file_is_noticed_before_anything_is_moved(tmp_path):
    with written_as_one(tmp_path) as fresh:
        fill(fresh, "old")
    (tmp_path / "b.txt").unlink()
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(InputError, match="cannot be written"), written_as_one(tmp_path) as fresh:
        fill(fresh, "new")
    assert (tmp_path / "a.txt").read_text() == "old"
    shutil.rmtree(tmp_path / "b.txt")
