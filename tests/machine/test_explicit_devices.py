"""Every array, tree and launch of Warp in the source says its device."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from acutance.machine import warp as machine

SOURCE = Path(__file__).resolve().parents[2] / "src" / "acutance"

ON_A_DEVICE = {
    *("array", "empty", "zeros", "ones", "full", "from_numpy", "from_ptr", "launch"),
    *("launch_tiled", "load_module", "force_load", "synchronize_device", "Stream", "Event"),
    *("HashGrid", "Volume", "rand_init", "get_stream"),
}
"""What Warp puts on its default device where it is not told another."""

ON_THAT_OF_ARRAYS = {"Mesh", "Bvh"}
"""What is on the device of the arrays that it is made of."""

OF_THE_DEFAULT = {"set_device", "get_preferred_device", "ScopedDevice", "synchronize"}
"""What works on the default device alone, or sets it."""


def names_of_warp(tree: ast.Module) -> set[str]:
    """What a file calls the module Warp."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    aliases = [alias for node in imports for alias in node.names]
    return {alias.asname or alias.name for alias in aliases if alias.name == "warp"}


def on_host(node: ast.AST, names: set[str]) -> Iterator[ast.AST]:
    """All nodes outside of kernels, whose arrays are on the device of the launch."""
    for child in ast.iter_child_nodes(node):
        decorators = [ast.unparse(d) for d in getattr(child, "decorator_list", [])]
        if not any(d.startswith(f"{name}.") for d in decorators for name in names):
            yield child
            yield from on_host(child, names)


def says_device(call: ast.AST) -> bool:
    """Whether a call has an argument `device`, which is not None."""
    keywords = call.keywords if isinstance(call, ast.Call) else []
    return any(k.arg == "device" and ast.unparse(k.value) != "None" for k in keywords)


def without_device(source: str) -> list[str]:
    """Lines, with their calls, that leave the device to Warp."""
    tree, found = ast.parse(source), list[str]()
    names = names_of_warp(tree)
    for node in on_host(tree, names):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "warp":
            found.append(f"{node.lineno} from {node.module} import")
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if ast.unparse(node.func.value) not in names:
            continue
        name = node.func.attr
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if (
            name in OF_THE_DEFAULT
            or (name in ON_A_DEVICE and not says_device(node))
            or (name in ON_THAT_OF_ARRAYS and not all(map(says_device, arguments)))
        ):
            found.append(f"{node.lineno} {name}")
    return found


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.stem)
def test_nothing_of_warp_is_on_its_default_device(path: Path) -> None:
    assert without_device(path.read_text(encoding="utf-8")) == []


def test_the_functions_that_make_and_launch_ask_for_the_device() -> None:
    makers = [machine.array, machine.structs, machine.empty, machine.zeros, machine.ray_tree]
    for function in [*makers, machine.launch, machine.launch_in_parts, machine.compiling]:
        device = inspect.signature(function).parameters["device"]
        assert device.kind is inspect.Parameter.KEYWORD_ONLY
        assert device.default is inspect.Parameter.empty


def test_what_leaves_the_device_to_warp_is_found() -> None:
    planted = """
import warp as wp
import numpy as np
from warp.utils import array_scan

@wp.kernel(enable_backward=False)
def kernel(points: wp.array(dtype=wp.vec3)):
    own = wp.zeros(shape=(3,), dtype=wp.int32)

def faces_that_cut(points, faces, device):
    tree = wp.Mesh(points=wp.array(points, dtype=wp.vec3), indices=wp.array(faces, device=device))
    cut = wp.zeros(len(faces), dtype=wp.int32, device=None)
    right = np.zeros(3), wp.empty(3, dtype=wp.int32, device=device)
    wp.launch(kernel, len(faces), inputs=[tree.id], outputs=[cut])
    wp.launch(kernel, len(faces), inputs=[tree.id], outputs=[cut], device="cpu")
    wp.synchronize()
"""
    assert sorted(without_device(planted), key=lambda line: int(line.split()[0])) == [
        "4 from warp.utils import",
        "11 Mesh",
        "11 array",
        "12 zeros",
        "14 launch",
        "16 synchronize",
    ]
