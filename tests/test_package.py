"""What importing the package does to a process."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("given", "found"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "x"}, "x")])
def test_idle_threads_sleep_unless_the_user_wants_otherwise(given, found):
    environment = {name: v for name, v in os.environ.items() if name != "OMP_WAIT_POLICY"}
    told = subprocess.run(
        [sys.executable, "-c", "import acutance, os; print(os.environ['OMP_WAIT_POLICY'])"],
        env={**environment, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [found]
