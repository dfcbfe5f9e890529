"""What all tests share: seeds, data, and the run-time check of types."""

import os
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

if "PYTEST_XDIST_WORKER" in os.environ:  # one core a worker; PyTorch reads this first
    os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pytest
import torch


class KernelsStayUnchecked(MetaPathFinder):
    """Keeps the run-time type check off Warp kernels, whose arguments have types of Warp's own."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.startswith("acutance.") and fullname.endswith(".kernels"):
            return PathFinder.find_spec(fullname, path, target)
        return None


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Put the finder before that of jaxtyping, which old versions install at this point."""
    sys.meta_path.insert(0, KernelsStayUnchecked())


@pytest.fixture
def rng() -> np.random.Generator:
    """A NumPy generator with the same numbers in every test."""
    return np.random.default_rng(20241016)


@pytest.fixture
def generator() -> torch.Generator:
    """A PyTorch generator on the CPU with the same numbers in every test."""
    return torch.Generator().manual_seed(20241016)


@pytest.fixture(scope="session")
def open5() -> Path:
    """The folder of the open5 benchmark, with `raw/` and `watertight/`; skips where it is absent.

    The variable ACUTANCE_DATA names the folder that holds `open5`; the default is the folder
    `shared` beside the repository.
    """
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("ACUTANCE_DATA", beside)) / "open5"
    if not (folder / "raw").is_dir():
        pytest.skip(f"no open5 benchmark in {folder.parent}: set ACUTANCE_DATA to its folder")
    return folder


@pytest.fixture
def interruptible():
    """Ctrl-C interrupts; a shell starts what runs in the background without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
