"""What importing the package does to a process."""

import os
import subprocess
import sys

import pytest


def output_of(code: str, **given: str) -> list[str]:
    """The words that a fresh process prints, without OMP_WAIT_POLICY unless it is given."""
    environment = {name: v for name, v in os.environ.items() if name != "OMP_WAIT_POLICY"}
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stderr == ""
    return process.stdout.split()


HOST = """
import os
import threading

before = dict(os.environ), os.fstat(2), os.fstat(1), threading.active_count()
import acutance
import sys

assert not {"torch", "warp", "numpy", "trimesh"} & sys.modules.keys()
acutance.Solid, acutance.NeuralSDF, acutance.fit_shape
after = dict(os.environ), os.fstat(2), os.fstat(1), threading.active_count()
assert before == after
import torch

torch.set_num_threads(1)
acutance.train
assert torch.get_num_threads() == 1
print("unchanged")
"""


def test_importing_changes_nothing_of_the_host_program():
    assert output_of(HOST) == ["unchanged"]


@pytest.mark.parametrize(("given", "found"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "x"}, "x")])
def test_idle_threads_of_the_command_sleep_unless_the_user_wants_otherwise(given, found):
    code = """
import os, sys
from acutance.__main__ import run

sys.argv = ["acutance", "--version"]
run()
print(os.environ["OMP_WAIT_POLICY"])
"""
    assert output_of(code, **given)[-1:] == [found]


def test_help_loads_no_heavy_library():
    code = """
import sys
from acutance.cli.entry import main

try:
    main(["fit", "--help"])
except SystemExit:
    pass
print(sorted({"torch", "warp", "numpy", "scipy", "trimesh", "igl"} & sys.modules.keys()))
"""
    assert output_of(code)[-1:] == ["[]"]


def test_every_public_name_is_there():
    import acutance

    assert [name for name in acutance.__all__ if getattr(acutance, name, None) is None] == []
