"""What starting Warp does to a process: nothing at import, and no word on standard output."""

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    """A fresh process."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


USE = """
import numpy as np
from acutance.shapes.analytic import Box
from acutance.solid.distance.surface_distance import SurfaceDistance

SurfaceDistance(Box().mesh()).unsigned(np.zeros((1, 3)))
"""


def test_importing_what_uses_warp_neither_starts_it_nor_touches_standard_error() -> None:
    done = run("""
import os

def changed(*given):
    raise AssertionError("standard error is changed")

before, os.dup2 = (os.fstat(1), os.fstat(2)), changed
import acutance.cli.entry, acutance.jobs.shape.fit, acutance.report.render
from acutance.model.grid.kernels import grid_kernels
from acutance.solid.distance.intersections import intersecting_faces
grid_kernels(2)

def started():
    raise AssertionError("Warp is started")

import warp
warp._src.context.Runtime.__init__ = lambda self: started()
from acutance.solid.distance.surface_distance import SurfaceDistance
assert (os.fstat(1), os.fstat(2)) == before
try:
    warp.init()
except AssertionError:
    print("it was not running")
""")
    assert (done.stdout, done.stderr) == ("it was not running\n", "")


def test_the_first_use_says_nothing_on_standard_output() -> None:
    assert run(USE).stdout == ""


def test_a_process_of_our_own_can_start_it_without_a_word() -> None:
    silence = "from acutance.machine.warp_start import silence_driver_warning as s; s()"
    done = run(f"{silence}\n{USE}\nimport sys; print('still here', file=sys.stderr)")
    assert (done.stdout, done.stderr) == ("", "still here\n")


def test_the_command_uses_it_without_a_word() -> None:
    done = run(f"""
import sys
import acutance.cli.entry, acutance.__main__

def command():
    exec({USE!r})

acutance.cli.entry.main = command
acutance.__main__.run()
""")
    assert (done.stdout, done.stderr) == ("", "")
