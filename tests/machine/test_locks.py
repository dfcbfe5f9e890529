"""One process at a time works in a folder, and a killed one gives it back."""

import subprocess
import sys

import pytest

from acutance.errors import InputError
from acutance.machine.locks import locked

HOLDER = """
import sys, time
from pathlib import Path
from acutance.machine.locks import locked

with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_process_is_told_until_the_first_is_killed(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(InputError, match=r"Another process is at work in .*run; wait until"),
            locked(tmp_path / "run"),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with locked(tmp_path / "run"):
        pass


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "file" / "run"):
        pass
