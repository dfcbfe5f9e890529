"""The rules of the house, held by a test: CONTRIBUTING.md says why."""

import ast
import importlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.metadata import requires, version
from inspect import getdoc, isclass, isfunction
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sources import PACKAGE, ROOT, SOURCES, Function, name_of, text, tree

import acutance

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
MAY_PRINT = "cli"
UNSAFE = ("pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve")
ROOM_FILES = 16
"""Modules of a room, beside its `__init__.py` and the rooms within it."""

FILE_LINES = 300
FUNCTION_LINES = 50

WITHOUT_EXAMPLE = {"Fit"}
"""Exported names that refer to the example of another one."""


def public(
    node: ast.Module | ast.ClassDef, owner: str = ""
) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Classes, functions and methods that a user may call, with their dotted names."""
    for child in node.body:
        if isinstance(child, Function | ast.ClassDef) and not child.name.startswith("_"):
            yield owner + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{owner}{child.name}.")


def lines_of(function: Function) -> int:
    """Lines of a function without its description and the functions inside it, read apart."""
    described = function.body[0] if ast.get_docstring(function) else None
    inner = [node for node in ast.walk(function) if isinstance(node, Function)][1:]
    apart = [*inner, described] if described else inner
    own = set(range(function.lineno, (function.end_lineno or 0) + 1))
    return len(own.difference(*(range(f.lineno, (f.end_lineno or 0) + 1) for f in apart)))


def unsafe_in(node: ast.AST) -> list[str]:
    """What a node of the syntax tree names that may run code from a file."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.split(".")[0] in UNSAFE]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module and node.module.split(".")[0] in UNSAFE else []
    if isinstance(node, ast.Attribute):
        return ["torch.load"] if ast.unparse(node) == "torch.load" else []
    if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
        return [] if ast.unparse(node.value) == "False" else ["allow_pickle"]
    return []


def test_annotations_stay_real_for_jaxtyping() -> None:
    hidden = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert hidden == []


def test_a_file_holds_one_idea() -> None:
    lengths = {name_of(path): len(text(path).splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_a_room_holds_few_files() -> None:
    rooms = Counter(name_of(path.parent) for path in SOURCES if path.name != "__init__.py")
    assert {room: files for room, files in rooms.items() if files > ROOM_FILES} == {}


def test_the_tree_in_the_docs_is_that_of_the_package() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = page[page.index("acutance/  ") :].partition("```")[0].split()
    rooms = [path.parent.name + "/" for path in SOURCES if path.name == "__init__.py"]
    modules = [path.stem for path in SOURCES if path.name != "__init__.py"]
    assert sorted(drawn) == sorted([*rooms, *modules, "__init__.pyi"])


def test_a_function_can_be_read_at_once() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} has {lines_of(node)} lines"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, Function) and lines_of(node) > FUNCTION_LINES
    ]
    assert long == []


def test_everything_public_is_described() -> None:
    silent = [name_of(path) for path in SOURCES if text(path) and not ast.get_docstring(tree(path))]
    silent += [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in SOURCES
        for name, node in public(tree(path))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_everything_exported_shows_an_example() -> None:
    exported = {name: getattr(acutance, name) for name in dir(acutance) if name[0] != "_"}
    parts = {name: part for name, part in exported.items() if isclass(part) or isfunction(part)}
    bare = {name for name, part in parts.items() if ">>>" not in (getdoc(part) or "")}
    assert bare - WITHOUT_EXAMPLE == set()


def test_a_public_name_means_one_thing() -> None:
    homes = defaultdict[str, list[str]](list)
    for path in SOURCES:
        for name, _ in public(tree(path)):
            homes[name].append(name_of(path))
    shared = {name: files for name, files in homes.items() if len(files) > 1 and "." not in name}
    assert shared == {}


def test_opening_a_file_never_runs_code() -> None:
    unsafe = [
        f"{name_of(path)} {name}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        for name in unsafe_in(node)
    ]
    assert unsafe == []


def test_only_the_commands_print() -> None:
    prints = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        if path.relative_to(PACKAGE).parts[0] != MAY_PRINT
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert prints == []


def declared_version() -> str:
    """The version in pyproject.toml (Python 3.10 has no TOML reader of its own)."""
    match = re.search(r'^version = "(.+)"$', text(ROOT / "pyproject.toml"), re.MULTILINE)
    assert match
    return match[1]


def test_the_installed_version_is_that_of_the_project() -> None:
    assert version("acutance") == declared_version()


def test_the_changelog_has_a_section_for_the_version() -> None:
    headings = re.findall(r"^## (.+)$", text(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert [heading for heading in headings if heading.startswith(declared_version())]


def pins(file: str) -> dict[str, Requirement]:
    """The pinned versions of a file of constraints, by the package's name."""
    lines = [line for line in text(ROOT / file).splitlines() if line and line[0] != "#"]
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, lines)}


def needs(*extras: str) -> list[Requirement]:
    """What the package needs, with these extras."""
    needed = [Requirement(line) for line in requires("acutance") or []]
    return [
        need
        for need in needed
        if any(need.marker is None or need.marker.evaluate({"extra": e}) for e in ("", *extras))
    ]


def test_every_dependency_of_the_make_targets_is_pinned() -> None:
    pinned = pins("constraints.txt")
    assert all(str(pin.specifier).startswith("==") for pin in pinned.values())
    used = {canonicalize_name(need.name) for need in needs("report", "test", "dev", "bench")}
    assert used - pinned.keys() <= {"acutance"}


def test_the_oldest_versions_that_are_allowed_are_those_that_are_tested() -> None:
    oldest = {name: str(pin.specifier) for name, pin in pins("constraints-oldest.txt").items()}
    allowed = {canonicalize_name(need.name): str(need.specifier) for need in needs("test")}
    assert {name: oldest[name].replace("==", ">=") for name in allowed} == allowed


def test_links_between_pages_lead_somewhere() -> None:
    lost = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text(page))
        if not (page.parent / target).exists()
    ]
    assert lost == []


SCRIPTS = sorted([*(ROOT / "benchmarks").glob("*.py"), *(ROOT / "docs").glob("*.py")])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_import_what_the_package_has(script: Path):
    """Benchmarks and the script of the README's pictures are not run by the tests."""
    missing = [
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(script.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "acutance"
        for name in node.names
        if not hasattr(importlib.import_module(node.module), name.name)
    ]
    assert missing == []
