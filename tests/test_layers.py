"""Imports point only upstream: the order of the rooms is the journey of the data."""

import ast
from collections.abc import Container, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from sources import PACKAGE, module_of, tree

FOUNDATION = ("errors", "types", "progress")
ROOMS = (
    "machine",
    "mesh",
    "solid",
    "contouring",
    "shapes",
    "data",
    "model",
    "training",
    "metrics",
    "report",
    "view",
    "export",
    "jobs",
    "cli",
)
TOP = len(ROOMS) + 1
"""Level of what stands at the root beside the foundation."""


def level(room: str) -> int:
    """Height of a room: 0 for the foundation, 1 for the first, and so on downstream."""
    if room in FOUNDATION:
        return 0
    return ROOMS.index(room) + 1 if room in ROOMS else TOP


def room_of(path: Path, package: Path) -> str:
    """The folder of a file inside the package, or its own name where it stands at the root."""
    return path.relative_to(package).with_suffix("").parts[0]


def imports(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import of the package's own modules, however it is written."""
    here = (package.name, *path.relative_to(package).parent.parts)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: len(here) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            names = [".".join([*base, alias.name]) for alias in node.names]
        else:
            continue
        yield from (
            (node.lineno, name) for name in names if name.split(".")[0] == package.name != name
        )


def violations(package: Path) -> list[str]:
    """Every import that points downstream, with its file, line and reason."""
    found = []
    for path in sorted(package.rglob("*.py")):
        if path == package / "__init__.py":  # the table of contents names everything
            continue
        room = room_of(path, package)
        for line, name in imports(path, package):
            imported = name.split(".")[1]
            if level(imported) > level(room):
                place = f"{path.relative_to(package.parent)}:{line}"
                found.append(f"{place} imports {name}, but {imported} is downstream of {room}")
    return found


def import_cycle(package: Path) -> list[str]:
    """Modules of which each is imported by the next, the first again as the last; or none."""
    sources = {module_of(path, package): path for path in sorted(package.rglob("*.py"))}
    del sources[package.name]  # the table of contents names everything
    graph = {
        module: {imported_module(name, sources) for _, name in imports(path, package)} - {""}
        for module, path in sources.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def imported_module(name: str, modules: Container[str]) -> str:
    """The module that the import of a name reads: it or what holds it, or "" for none of them."""
    return next((part for part in (name, name.rpartition(".")[0]) if part in modules), "")


def test_imports_point_only_upstream() -> None:
    found = violations(PACKAGE)
    assert not found, "\n" + "\n".join(found)


def test_no_modules_import_each_other() -> None:
    assert import_cycle(PACKAGE) == []


def test_every_folder_is_a_room() -> None:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders <= {*ROOMS}


def written(folder: Path, sources: dict[str, str]) -> Path:
    """The folder of a package with these files."""
    for name, source in sources.items():
        path = folder / "acutance" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder / "acutance"


def test_a_cycle_of_imports_is_found_and_named(tmp_path: Path) -> None:
    sources = {
        "__init__.py": "from acutance.mesh.mesh import TriangleMesh\n",
        "mesh/__init__.py": "",
        "mesh/mesh.py": "from acutance.mesh import topology\n",
        "mesh/topology.py": "def late():\n    from .normals import estimate\n",
        "mesh/normals.py": "import acutance.mesh.mesh\n",
        "mesh/save.py": "from acutance.mesh.mesh import TriangleMesh\n",
    }
    cycle = import_cycle(written(tmp_path, sources))
    assert cycle[0] == cycle[-1]
    assert {*cycle} == {f"acutance.mesh.{name}" for name in ("mesh", "topology", "normals")}


def test_an_import_downstream_is_found_however_it_is_written(tmp_path: Path) -> None:
    sources = {
        "__init__.py": "from acutance.training.loop import train as train\n",
        "errors.py": "from acutance.mesh.mesh import TriangleMesh\n",
        "cli.py": "from acutance.training.loop import train\n",
        "mesh/mesh.py": "import numpy\nfrom acutance import model\n",
        "model/decoder.py": "from acutance.mesh import mesh\nimport acutance.training.loop\n",
        "model/codes.py": "def late():\n    from ..training import loop\n",
        "training/loop.py": "from acutance.model.decoder import Decoder\nfrom . import step\n",
    }
    assert violations(written(tmp_path, sources)) == [
        "acutance/errors.py:1 imports acutance.mesh.mesh.TriangleMesh, "
        "but mesh is downstream of errors",
        "acutance/mesh/mesh.py:2 imports acutance.model, but model is downstream of mesh",
        "acutance/model/codes.py:2 imports acutance.training.loop, "
        "but training is downstream of model",
        "acutance/model/decoder.py:2 imports acutance.training.loop, "
        "but training is downstream of model",
    ]
