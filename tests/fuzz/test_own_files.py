"""Damaged models, stores, runs and lists are one sentence each; `own_files.run` tries more."""

from own_files import TARGETS, run

CASES = 12
"""Mutations of every file."""


def test_damaged_files_of_our_own_are_read_or_refused_in_a_sentence():
    assert run(seed=1, cases=CASES * len(TARGETS)) == []
