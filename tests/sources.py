"""The source files of the package, each read and parsed once for all tests of the house."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "acutance"
SOURCES = sorted(PACKAGE.rglob("*.py"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def text(path: Path) -> str:
    """What the file holds."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(text(path))


def name_of(path: Path) -> str:
    """The file relative to the package, as `mesh/io/load.py`."""
    return path.relative_to(PACKAGE).as_posix()


def module_of(path: Path, package: Path = PACKAGE) -> str:
    """The name that the file is imported by, as `acutance.mesh.io.load`."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
