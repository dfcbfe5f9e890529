"""Damaged files of all kinds are read, or refused in one sentence; `make fuzz` tries more."""

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("processes have no limits here", allow_module_level=True)

from case import COARSE, ROUND
from hunt import hunt, make_whole

from acutance.jobs.shape.clean import clean
from acutance.mesh.topology import topology

ROUNDS = 6
"""Mutations of every file."""


def test_the_files_that_are_damaged_are_whole(tmp_path: Path):
    """Damage would say nothing where the files could not be read before."""
    whole = make_whole(tmp_path / "whole")
    for target in dict.fromkeys(ROUND):
        found = target.read(whole / target.group)
        if target.path in ("a.obj", "a.3mf", "a.npz"):
            assert topology(clean(found, COARSE).mesh).manifold, target.path


def test_damaged_files_are_read_or_refused_in_a_sentence(tmp_path: Path):
    cases = hunt(seed=1, cases=ROUNDS * len(set(ROUND)), kept=tmp_path / "kept")
    assert [outcome for outcome in cases if outcome.failure] == []
