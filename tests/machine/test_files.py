"""Files and folders are written whole or not at all."""

import errno
import os
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from acutance.errors import InputError
from acutance.machine import files
from acutance.machine.files import (
    atomically,
    atomically_folder,
    check_folder,
)
from acutance.machine.interrupts import undisturbed, uninterrupted


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_appears_only_when_the_block_has_succeeded(tmp_path: Path) -> None:
    path = tmp_path / "mesh.tar.gz"
    with atomically(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffixes == [".tar", ".gz"]
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert _names(tmp_path) == ["mesh.tar.gz"]


def test_missing_parent_folders_are_created(tmp_path: Path) -> None:
    with atomically(tmp_path / "a" / "b" / "c.txt") as temporary:
        temporary.write_text("deep")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "deep"


@pytest.mark.parametrize("failure", [RuntimeError("no"), KeyboardInterrupt()])
def test_a_failing_block_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, failure: BaseException
) -> None:
    path = tmp_path / "mesh.glb"
    path.write_text("old")
    with pytest.raises(type(failure)), atomically(path) as temporary:
        temporary.write_text("half")
        raise failure
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["mesh.glb"]


def test_a_replaced_file_keeps_its_permissions_and_a_new_one_has_the_usual(tmp_path: Path) -> None:
    usual, kept = tmp_path / "usual.txt", tmp_path / "kept.txt"
    (tmp_path / "plain.txt").write_text("")
    kept.write_text("")
    kept.chmod(0o640)
    for path in (usual, kept):
        with atomically(path) as temporary:
            temporary.write_text("x")
    assert usual.stat().st_mode == (tmp_path / "plain.txt").stat().st_mode
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with atomically(tmp_path / "link.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full; free some space or choose another folder."),
        (errno.EACCES, "permission is denied; change its permissions or choose another folder."),
        (errno.EROFS, "its file system is read-only; choose another folder."),
    ],
)
@pytest.mark.parametrize("writer", [atomically, atomically_folder])
def test_a_system_error_while_writing_becomes_one_sentence(tmp_path, writer, number, sentence):
    path = tmp_path / "out"
    with pytest.raises(InputError) as caught, writer(path):
        raise OSError(number, os.strerror(number))
    assert str(caught.value) == f"{path} cannot be written: {sentence}"
    assert _names(tmp_path) == []


def test_a_write_that_the_system_cuts_off_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs a POSIX system")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(InputError, match="the file is larger than the system allows"):  # noqa: SIM117
            with atomically(tmp_path / "big.bin") as temporary:
                temporary.write_bytes(bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _names(tmp_path) == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the superuser (and Windows) may write everywhere",
)
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(InputError, match="permission is denied"):  # noqa: SIM117
        with atomically(locked / "mesh.glb") as temporary:
            temporary.write_text("x")


@pytest.mark.parametrize("writer", [atomically, atomically_folder])
def test_a_parent_that_is_a_file_is_said(tmp_path, writer):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "inner"
    with pytest.raises(InputError) as caught, writer(path):
        pass
    assert str(caught.value) == (
        f"{path} cannot be written: a part of the path is a file, not a folder; "
        "choose another folder."
    )


def test_a_folder_in_the_place_of_the_file_is_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught, atomically(tmp_path):
        raise AssertionError("the block must not run")
    assert str(caught.value) == (
        f"{tmp_path} cannot be written: there is a folder of that name; choose another name."
    )


def test_an_error_about_another_file_is_not_blamed_on_the_target(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError), atomically(tmp_path / "out.txt"):
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", "/elsewhere/input.txt")


def test_a_block_that_writes_nothing_is_a_bug_and_not_the_users_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomically(tmp_path / "out.txt"):
        pass


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    for content in ("first", "second"):
        with atomically_folder(tmp_path / "model") as temporary:
            (temporary / "config.json").write_text(content)
            (temporary / "deep").mkdir()
            (temporary / "deep" / "weights.bin").write_text(content)
        assert (tmp_path / "model" / "config.json").read_text() == content
        assert (tmp_path / "model" / "deep" / "weights.bin").read_text() == content
    assert _names(tmp_path) == ["model"]


def test_the_users_own_files_in_a_replaced_folder_are_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    with atomically_folder(tmp_path) as temporary:
        (temporary / "config.json").write_text("{}")
    assert _names(tmp_path) == ["config.json", "thesis.txt"]
    assert (tmp_path / "thesis.txt").read_text() == "years"


def test_a_failing_block_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("old")
    with (
        pytest.raises(KeyboardInterrupt),
        atomically_folder(tmp_path / "model") as temporary,
    ):
        (temporary / "config.json").write_text("half")
        raise KeyboardInterrupt
    assert (tmp_path / "model" / "config.json").read_text() == "old"
    assert _names(tmp_path) == ["model"]


def test_the_old_folder_comes_back_when_the_swap_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("old")
    rename = Path.replace

    def refusing(self: Path, target: Path) -> Path:
        if self.suffix == ".partial":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", refusing)
    monkeypatch.setattr(files, "exchange", lambda *_: False)
    with (
        pytest.raises(InputError, match="the disk is full"),
        atomically_folder(tmp_path / "model") as temporary,
    ):
        (temporary / "config.json").write_text("new")
    assert (tmp_path / "model" / "config.json").read_text() == "old"
    assert _names(tmp_path) == ["model"]


def test_a_folder_is_tried_without_leaving_a_trace(tmp_path: Path) -> None:
    check_folder(tmp_path / "new" / "deeper")
    assert _names(tmp_path) == []
    (tmp_path / "part.stl").write_text("solid")
    for folder in (tmp_path / "part.stl", tmp_path / "part.stl" / "deeper"):
        with pytest.raises(InputError, match="is a file, not a folder"):
            check_folder(folder)
    with pytest.raises(InputError, match="/proc/none cannot be written"):
        check_folder(Path("/proc/none"))


def test_an_interrupt_waits_where_something_is_saved(interruptible):
    with undisturbed():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with ThreadPoolExecutor(1) as pool:  # where no signal arrives
        pool.submit(_saved).result()


def test_an_interrupt_comes_after_what_must_not_be_left_half_done(interruptible):
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append(True)
    assert done
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(ZeroDivisionError), uninterrupted():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with ThreadPoolExecutor(1) as pool, uninterrupted():  # where no signal arrives
        pool.submit(_saved).result()


def _saved() -> None:
    with undisturbed():
        pass
