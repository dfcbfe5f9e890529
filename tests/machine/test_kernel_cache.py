"""Compiled kernels find a place where the user's cache cannot be written."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from acutance.machine.kernel_cache import temporary_cache, writable

START = """
from acutance.machine.warp_start import start
start()
import warp
print(warp.config.kernel_cache_dir)
"""


def test_a_folder_that_is_a_file_or_cannot_be_made_is_not_writable(tmp_path: Path):
    (tmp_path / "file").write_text("")
    assert writable(tmp_path / "new" / "folder")
    assert not writable(tmp_path / "file")
    assert not writable(tmp_path / "file" / "below")


def test_the_folder_among_temporary_files_is_the_users_own_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.warns(UserWarning, match=r"/nowhere cannot be written.*Set WARP_CACHE_PATH"):
        folder = temporary_cache("/nowhere")
    assert folder.parent == tmp_path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.warns(UserWarning):
        assert temporary_cache("/nowhere") == folder


def test_a_folder_that_somebody_else_put_there_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Kernels are code: whoever could write there could run their own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "theirs").mkdir()
    planted = tmp_path / f"acutance-kernels-{os.getuid()}"
    planted.symlink_to(tmp_path / "theirs")
    with pytest.warns(UserWarning):
        folder = temporary_cache("/nowhere")
    assert folder != planted
    assert list((tmp_path / "theirs").iterdir()) == []


def test_warp_starts_without_a_home(tmp_path: Path):
    (tmp_path / "file").write_text("")
    homeless = {
        k: v for k, v in os.environ.items() if k not in ("WARP_CACHE_PATH", "XDG_CACHE_HOME")
    }
    homeless |= {"HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", START], env=homeless, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip().startswith(str(tmp_path))
    assert "Set WARP_CACHE_PATH" in run.stderr
