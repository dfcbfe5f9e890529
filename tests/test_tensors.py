"""Randomness comes from generators, and tensors are made where they are used: held by a test."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "acutance"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAKERS = (
    *("arange", "as_tensor", "empty", "eye", "full", "linspace", "logspace", "ones", "rand"),
    *("randint", "randn", "randperm", "tensor", "tril_indices", "triu_indices", "zeros"),
)
"""Functions of PyTorch that make a tensor on the CPU unless they are given a device."""

DRAWING = (
    *("bernoulli", "multinomial", "normal", "poisson", "rand", "rand_like", "randint"),
    *("randint_like", "randn", "randn_like", "randperm"),
)
"""Functions of PyTorch that draw from its global generator unless they are given another."""

FILLING = (
    *("bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_", "normal_"),
    *("random_", "uniform_", "kaiming_normal_", "kaiming_uniform_", "orthogonal_", "sparse_"),
    *("trunc_normal_", "xavier_normal_", "xavier_uniform_"),
)
"""Methods of tensors, and functions of `nn.init`, that do the same."""

HIDDEN = (
    *("nn.Linear", "nn.Bilinear", "nn.Embedding", "nn.Conv1d", "nn.Conv2d", "nn.Conv3d"),
    *("nn.Dropout", "nn.functional.dropout", "functional.dropout"),
)
"""Layers that draw from the global generator, and cannot be given another."""

GLOBAL = ("seed", "manual_seed", "manual_seed_all", "get_rng_state", "set_rng_state", "fork_rng")
"""Names of the functions of PyTorch that reach for the global generator."""

OWN = ("Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox")
"""What NumPy's random module has without a state of its own."""


def calls(source: str) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a source, with the dotted name of what is called.

    Names that are imported from PyTorch, NumPy or `random` count as if written in full.
    """
    module = ast.parse(source)
    full = {"np": "numpy"}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            full |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            full |= {a.asname: a.name for a in node.names if a.asname}
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            first, dot, rest = ast.unparse(node.func).partition(".")
            name = full.get(first, first) + dot + rest
            if not isinstance(owner(node.func), ast.Name):  # a method of what another call made
                name = "." + name.rpartition(".")[2]
            yield node, name


def owner(function: ast.expr) -> ast.expr:
    """What the first of the dots in a function's name belongs to."""
    return owner(function.value) if isinstance(function, ast.Attribute) else function


def is_given(call: ast.Call, name: str) -> bool:
    """Whether a call has an argument of this name."""
    return any(keyword.arg == name for keyword in call.keywords)


def without_device(source: str) -> list[str]:
    """Tensors that are made on the CPU because no device is given."""
    makers = {f"torch.{name}" for name in MAKERS}
    return [
        f"line {call.lineno}: {ast.unparse(call)}"
        for call, name in calls(source)
        if name in makers and not is_given(call, "device")
    ]


def draws_hidden(call: ast.Call, name: str) -> bool:
    """Whether a call draws numbers that no generator, passed in, decides."""
    last = name.rpartition(".")[2]
    if name.startswith("random."):
        return last != "Random"
    if name.startswith("numpy.random."):
        return not call.args if last == "default_rng" else last not in OWN
    if name.startswith("torch.random.") or (name.startswith("torch.") and last in GLOBAL):
        return True
    if any(name == f"torch.{layer}" or name == layer for layer in HIDDEN):
        return True
    drawing = name in {f"torch.{function}" for function in DRAWING} or last in FILLING
    return drawing and not is_given(call, "generator")


def hidden_randomness(source: str) -> list[str]:
    """Calls that draw numbers from a state that is not passed in."""
    return [
        f"line {call.lineno}: {ast.unparse(call)}"
        for call, name in calls(source)
        if draws_hidden(call, name)
    ]


def offences(find: Callable[[str], list[str]]) -> list[str]:
    """What is found in any file of the package, with the file's place."""
    return [
        f"{path.relative_to(PACKAGE).as_posix()}, {found}"
        for path in SOURCES
        for found in find(path.read_text(encoding="utf-8"))
    ]


def test_tensors_are_made_on_a_device_that_is_named() -> None:
    assert offences(without_device) == []


def test_randomness_comes_from_a_generator_that_is_passed_in() -> None:
    assert offences(hidden_randomness) == []


def test_a_tensor_without_a_device_is_found_however_it_is_written() -> None:
    source = """
import torch
import torch as t
from torch import zeros as nothing
torch.arange(3)
t.tensor([1.0])
nothing(2)
torch.rand(3, generator=g)
torch.zeros(2, device=points.device)
torch.from_numpy(array)
torch.zeros_like(points)
points.new_zeros(3)
np.zeros(3)
"""
    assert [line.partition(":")[0] for line in without_device(source)] == [
        f"line {number}" for number in (5, 6, 7, 8)
    ]


def test_hidden_randomness_is_found_however_it_is_written() -> None:
    hidden = """
import random
import numpy as np
import torch
from torch import nn, randn
from numpy.random import shuffle
torch.manual_seed(0)
torch.cuda.manual_seed_all(0)
torch.random.fork_rng()
np.random.seed(0)
np.random.rand(3)
np.random.default_rng()
shuffle(x)
random.random()
torch.randperm(3)
randn(3)
x.uniform_(-1, 1)
nn.init.kaiming_uniform_(weight)
torch.nn.init.normal_(weight)
nn.Linear(3, 4)
nn.functional.dropout(x)
"""
    drawn = """
import random
import numpy as np
import torch
from torch import nn
from torch.nn.utils import skip_init
random.Random(0).random()
np.random.default_rng(0).normal(size=3)
rng.normal(size=3)
torch.Generator().manual_seed(0)
torch.randperm(3, generator=g)
x.uniform_(-1, 1, generator=g)
nn.init.zeros_(bias)
nn.init.normal_(weight, generator=g)
skip_init(nn.Linear, 3, 4)
"""
    assert len(hidden_randomness(hidden)) == hidden.count("\n") - 6
    assert hidden_randomness(drawn) == []
