"""Damage of many kinds, drawn from a generator: to bytes, to JSON, and to headers of tensors."""

import json
import struct
from copy import deepcopy
from typing import Any

import numpy as np

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 10**9, -(10**9), 10**30, 200_000, 0.5, -0.5, 1e-300, 1e300,
    float("nan"), float("inf"), float("-inf"), "", "x", "../../x", "/tmp/x", "C:\\x", "a/b/c",
    "nul", "\0", "\ud800", "x" * 5000, "1e9", [], [1], [[]], [None] * 4, {}, {"type": "Hash"},
    {"type": ["Hash"]}, {"x": {"x": {}}},
)  # fmt: skip
"""Values that a file of plain values should not hold where it holds another."""


def choice(options, rng: np.random.Generator):
    """One of some options."""
    return options[int(rng.integers(len(options)))]


def mutate_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with a few bytes changed, left out, put in, doubled, cut off or zeroed."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        start = int(rng.integers(len(data) + 1))
        stop = min(len(data), start + int(rng.integers(1, 64)))
        kind = int(rng.integers(7))
        if kind == 0:
            data[start : start + 1] = rng.bytes(1)
        elif kind == 1 and start < len(data):
            data[start] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            del data[start:stop]
        elif kind == 3:
            data[start:start] = rng.bytes(int(rng.integers(1, 64)))
        elif kind == 4:
            data[start:start] = data[start:stop]
        elif kind == 5:
            del data[start:]
        else:
            data[start:stop] = bytes(stop - start)
    return bytes(data)


def mutate_numbers(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with four or eight bytes made a number that sizes and distances should not be."""
    data = bytearray(content)
    number = choice((0, 1, -1, 2**31 - 1, -(2**31), 2**62, 10**9, -60), rng)
    real = choice((float("nan"), float("inf"), -1e38, 1e-45), rng)
    packed = choice(
        (struct.pack("<q", number), struct.pack("<f", real), struct.pack("<d", real)), rng
    )
    start = int(rng.integers(max(1, min(len(data), choice((16, 256, 1 << 30), rng)))))
    data[start : start + len(packed)] = packed
    return bytes(data)


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """The paths to everything within plain values."""
    found = [path]
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            found += places(item, (*path, key))
    return found


def mutate_plain(value: Any, rng: np.random.Generator) -> Any:
    """Plain values with one of them replaced, removed, renamed or nested."""
    value = deepcopy(value)
    path = choice(places(value), rng)
    if not path:
        return choice(HOSTILE, rng)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    kind = int(rng.integers(6))
    if kind == 0:
        del holder[path[-1]]
    elif kind == 1 and isinstance(holder, dict):
        holder[str(choice(HOSTILE, rng))[:50]] = holder.pop(path[-1])
    elif kind == 2:
        holder[path[-1]] = [holder[path[-1]]]
    elif kind == 3 and isinstance(holder, list):
        holder.append(deepcopy(holder[path[-1]]))
    elif kind == 4 and type(holder[path[-1]]) in (int, float):
        holder[path[-1]] *= choice((-1, 0, 0.5, 1e6, 1e18, -1e-9), rng)
    else:
        holder[path[-1]] = choice(HOSTILE, rng)
    return value


def mutate_json(content: bytes, rng: np.random.Generator) -> bytes:
    """A file of JSON with one of its values changed; sometimes nested without end."""
    if rng.random() < 0.03:
        return choice((b"[" * 100_000, b'{"a":' * 100_000), rng)
    return json.dumps(mutate_plain(json.loads(content), rng)).encode("utf-8", "surrogatepass")


def mutate_json_lines(content: bytes, rng: np.random.Generator) -> bytes:
    """A file of lines of JSON with one of its lines changed."""
    lines = content.splitlines()
    index = int(rng.integers(len(lines)))
    lines[index] = choice((mutate_json, mutate_bytes), rng)(lines[index], rng)
    return b"\n".join(lines) + b"\n"


def mutate_tensors(content: bytes, rng: np.random.Generator) -> bytes:
    """A file of safetensors whose header says something else of what follows."""
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(mutate_plain(json.loads(content[8 : 8 + length]), rng)).encode()
    told = len(header) if rng.random() < 0.8 else choice((0, 1, 10**6, 2**40, 2**63 - 1), rng)
    return told.to_bytes(8, "little") + header + content[8 + length :]
