"""Standard streams that are closed, full, or in an encoding without our signs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from acutance.mesh.io.save import save_mesh
from acutance.shapes.analytic import Box

COMMAND = f"{sys.executable} -m acutance"


def shell(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a line, in the folder."""
    environment = {**os.environ, **variables}
    encoding = variables.get("PYTHONIOENCODING", "utf-8")
    return subprocess.run(  # noqa: S602: redirections are the shell's
        line,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding=encoding,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a box in it."""
    save_mesh(Box().mesh(), tmp_path / "box.ply")
    return tmp_path


def test_a_closed_output_is_no_mistake_and_no_file_takes_its_place(folder: Path):
    run = shell(f"{COMMAND} clean box.ply -o out.ply --resolution 16 >&- 2>&-", folder)
    assert run.returncode == 0
    assert (folder / "out.ply").read_bytes().startswith(b"ply\n")
    assert b"Inside by" not in (folder / "out.ply").read_bytes()


@pytest.mark.parametrize("line", ["--version", "--help", "info box.ply"])
def test_a_full_output_is_one_sentence(folder: Path, line: str):
    run = shell(f"{COMMAND} {line} > /dev/full", folder)
    assert (run.returncode, run.stderr) == (
        2,
        "acutance: the output cannot be used: no space left on device.\n",
    )


@pytest.mark.parametrize(("encoding", "power"), [("cp1252", "?³"), ("ascii", "??")])
def test_signs_that_an_encoding_lacks_are_question_marks(folder: Path, encoding: str, power: str):
    line = f"{COMMAND} clean box.ply -o out.ply --resolution 16"
    run = shell(line, folder, PYTHONIOENCODING=encoding)
    assert run.returncode == 0, run.stderr
    assert f"10{power} R: mean" in run.stdout


@pytest.mark.parametrize("line", ["info {}.ply", "clean box.ply -o {}.ply", "fit box.ply -o {}"])
def test_a_name_that_is_too_long_is_one_sentence(folder: Path, line: str):
    run = shell(f"{COMMAND} {line.format('n' * 300)}", folder)
    assert run.returncode == 2
    assert "name" in run.stderr
    assert "too long" in run.stderr
    assert "bug" not in run.stderr
