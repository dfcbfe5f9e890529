"""The examples in docstrings, run as they stand: each shows what it says."""

import ast
import doctest
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from sources import SOURCES, Function, module_of, name_of, text, tree

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples() -> Iterator[tuple[Path, ast.Module | ast.ClassDef | Function, str]]:
    """Every docstring that holds examples, and whose it is.

    The functions of `doctest` that look for them pass by what a decorator wraps, and under the
    run-time check of types that is every function.
    """
    for path in SOURCES:
        for node in ast.walk(tree(path)) if ">>>" in text(path) else ():
            if isinstance(node, ast.Module | ast.ClassDef | Function):
                docstring = ast.get_docstring(node)
                if docstring and ">>>" in docstring:
                    yield path, node, docstring


@pytest.mark.parametrize(
    ("path", "node", "docstring"),
    [
        pytest.param(*example, id=f"{name_of(example[0])}::{getattr(example[1], 'name', 'file')}")
        for example in examples()
    ],
)
def test_an_example_gives_what_it_shows(path, node, docstring, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = dict(vars(import_module(module_of(path))))
    line = getattr(node, "lineno", 1)
    test = doctest.DocTestParser().get_doctest(
        docstring, names, getattr(node, "name", path.stem), str(path), line
    )
    report = list[str]()
    results = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append)
    assert results.failed == 0, "\n" + "".join(report)
