"""The rules of the house, held by a test: CONTRIBUTING.md says why."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src" / "acutance").rglob("*.py"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
MAY_PRINT = ("cli", "console", "doctor")
UNSAFE = ("pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve")
FILE_LINES = 400
FUNCTION_LINES = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef
each_source = pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src" / "acutance"))
)


def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def public(
    node: ast.Module | ast.ClassDef, owner: str = ""
) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Classes, functions and methods that a user may call, with their dotted names."""
    for child in node.body:
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield owner + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{owner}{child.name}.")


@each_source
def test_annotations_stay_real_for_jaxtyping(path: Path) -> None:
    futures = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
    assert not [node.lineno for node in futures if node.module == "__future__"]


@each_source
def test_a_file_holds_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES


def lines_of(function: Function) -> int:
    """Lines of a function without those of the functions inside it, which are read apart."""
    inner = [node for node in ast.walk(function) if isinstance(node, Function)][1:]
    own = set(range(function.lineno, (function.end_lineno or 0) + 1))
    return len(own.difference(*(range(f.lineno, (f.end_lineno or 0) + 1) for f in inner)))


@each_source
def test_a_function_can_be_read_at_once(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, Function)]
    lengths = {node.name: lines_of(node) for node in functions}
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


@each_source
def test_everything_public_is_described(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or path.stat().st_size == 0, "the file has no docstring"
    assert [name for name, node in public(tree(path)) if not ast.get_docstring(node)] == []


@each_source
def test_opening_a_file_never_runs_code(path: Path) -> None:
    unsafe = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            unsafe += [alias.name for alias in node.names if alias.name.split(".")[0] in UNSAFE]
        elif isinstance(node, ast.ImportFrom):
            unsafe += [node.module] if (node.module or "").split(".")[0] in UNSAFE else []
        elif isinstance(node, ast.Attribute):
            unsafe += [ast.unparse(node)] if ast.unparse(node) == "torch.load" else []
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            unsafe += [] if ast.unparse(node.value) == "False" else ["allow_pickle"]
    assert unsafe == []


@each_source
def test_only_the_commands_print(path: Path) -> None:
    if path.relative_to(ROOT / "src" / "acutance").parts[0].removesuffix(".py") in MAY_PRINT:
        return
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert [call.lineno for call in calls if ast.unparse(call.func) == "print"] == []


def declared_version() -> str:
    """The version in pyproject.toml (Python 3.10 has no TOML reader of its own)."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    match = re.search(r'^version = "(.+)"$', text, re.MULTILINE)
    assert match
    return match[1]


def test_the_installed_version_is_that_of_the_project() -> None:
    assert version("acutance") == declared_version()


def test_the_changelog_has_a_section_for_the_version() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert [heading for heading in headings if heading.startswith(declared_version())]


def test_every_dependency_of_the_make_targets_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    pinned = {canonicalize_name(pin.name) for pin in pins}
    needed = [Requirement(text) for text in requires("acutance") or []]
    extras = [{"extra": extra} for extra in ("", "report", "dev", "bench")]
    used = [
        need
        for need in needed
        if any(need.marker is None or need.marker.evaluate(e) for e in extras)
    ]
    assert {canonicalize_name(need.name) for need in used} - pinned <= {"acutance"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
