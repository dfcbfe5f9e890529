"""The run-time check of types, for the tests and for the examples in docstrings."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class KernelsStayUnchecked(MetaPathFinder):
    """Keeps the run-time type check off Warp kernels, whose arguments have types of Warp's own."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.startswith("acutance.") and fullname.endswith(".kernels"):
            return PathFinder.find_spec(fullname, path, target)
        return None


sys.meta_path.insert(0, KernelsStayUnchecked())
