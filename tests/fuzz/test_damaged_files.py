"""Damaged files of all kinds are read, or refused in one sentence; `make fuzz` tries more."""

import sys
from pathlib import Path
from shutil import copytree

import pytest

if sys.platform == "win32":
    pytest.skip("processes have no limits here", allow_module_level=True)

from case import COARSE, ROUND
from hunt import hunt, make_whole

from acutance.jobs.shape.clean import clean
from acutance.mesh.topology import topology

ROUNDS = 6
"""Mutations of every file."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files to damage."""
    return make_whole(tmp_path_factory.mktemp("fuzz") / "whole")


def test_the_files_that_are_damaged_are_whole(whole: Path, tmp_path: Path):
    """Damage would say nothing where the files could not be read before."""
    copy = copytree(whole, tmp_path / "copy")  # some readers write beside what they read
    for target in dict.fromkeys(ROUND):
        found = target.read(copy / target.group)
        if target.path in ("a.obj", "a.3mf", "a.npz"):
            assert topology(clean(found, COARSE).mesh).manifold, target.path


def test_damaged_files_are_read_or_refused_in_a_sentence(whole: Path, tmp_path: Path):
    cases = hunt(whole, seed=1, cases=ROUNDS * len(set(ROUND)), kept=tmp_path / "kept")
    assert [outcome for outcome in cases if outcome.failure] == []
