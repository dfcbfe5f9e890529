"""Damage within files that hold others: ZIP archives, GLB, text."""

import io
import json
import re
import struct
import zipfile

import numpy as np
from mutations import choice, mutate_bytes, mutate_numbers, mutate_plain

NUMBERS: tuple[bytes, ...] = (
    *(b"0", b"-0", b"-1", b"1e308", b"-1e308", b"1e39", b"1e29", b"1e-320", b"1e-30", b"nan"),
    *(b"inf", b"-inf", b"999999999999999999999", b"2147483648", b"-2147483649", b"4294967295"),
    *(b"1000000", b"1e999", b"0x10", b"1,5", b"1.2.3", b"--1", b"1_0", b"", b"\xd9\xa3", b'"7"'),
)
"""What a number in text should not be; one is a digit three of another script."""

_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_]{2,}")


def mutate_text(content: bytes, rng: np.random.Generator) -> bytes:
    """Text with numbers, words or lines replaced, left out, doubled or exchanged."""
    for _ in range(int(rng.integers(1, 4))):
        kind = int(rng.integers(6))
        if kind < 3:
            content = _replaced(content, _NUMBER, NUMBERS, rng)
        elif kind == 3:
            words = tuple(_WORD.findall(content)) or (b"x",)
            content = _replaced(content, _WORD, (*words, b"x" * 3000, b"\xff\xfe", b"'"), rng)
        else:
            content = _lines_changed(content, rng)
    return content


def _replaced(
    content: bytes, kind: re.Pattern[bytes], others: tuple[bytes, ...], rng: np.random.Generator
) -> bytes:
    """One match, sometimes one near the start, becomes something else."""
    found = list(kind.finditer(content))
    if not found:
        return content
    match = choice(found[: choice((8, len(found)), rng)], rng)
    return content[: match.start()] + choice(others, rng) + content[match.end() :]


def _lines_changed(content: bytes, rng: np.random.Generator) -> bytes:
    lines = content.split(b"\n")
    a, b = (int(rng.integers(len(lines))) for _ in range(2))
    kind = int(rng.integers(5))
    if kind == 0:
        del lines[a]
    elif kind == 1:
        lines[a:a] = [lines[b]] * choice((1, 3, 200), rng)
    elif kind == 2:
        lines[a], lines[b] = lines[b], lines[a]
    elif kind == 3:
        lines[a] = lines[a] + b" " + lines[b]
    else:
        lines[a] = lines[a][: int(rng.integers(len(lines[a]) + 1))]
    return b"\n".join(lines)


REALS = (0.0, -1.0, 1e-30, 1e-7, 1e6, 1e15, -1e29, 1e36, float("nan"), float("inf"))


def mutate_values(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with some of its last two thirds, where the data are, made other numbers."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        start = int(rng.integers(len(data) // 3, len(data)))
        real = choice(REALS, rng)
        whole = choice((0, 1, 7, 255, 65535, 2**31 - 1, -1), rng)
        packed = choice(
            (
                *(struct.pack(order + kind, real) for order in "<>" for kind in "fd"),
                whole.to_bytes(8, "little", signed=True)[: choice((1, 2, 4), rng)],
            ),
            rng,
        )
        data[start : start + len(packed)] = packed
    return bytes(data[: len(content)])


def mutate_e57(content: bytes, rng: np.random.Generator) -> bytes:
    """An E57 file damaged beneath its checksums: those of its pages are made anew."""
    pages = range(0, len(content), PAGE)
    inner = b"".join(content[at : at + PAGE - 4] for at in pages)
    inner = choice((mutate_text, mutate_values, mutate_numbers, mutate_bytes), rng)(inner, rng)
    sealed = bytearray()
    for at in range(0, len(inner), PAGE - 4):
        page = inner[at : at + PAGE - 4].ljust(PAGE - 4, b"\0")
        sealed += page + _crc32c(page).to_bytes(4, "big")
    return bytes(sealed)


PAGE = 1024
"""Bytes of a page of an E57 file with its checksum."""


def _crc32c(data: bytes) -> int:
    """The checksum of Castagnoli, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def mutate_zip(content: bytes, rng: np.random.Generator) -> bytes:
    """An archive with one of its members damaged, left out or renamed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = choice(sorted(members), rng)
    kind = int(rng.integers(8))
    if kind == 0:
        del members[name]
    elif kind == 1:
        members[choice(("../x", "/tmp/x", name.upper(), "x" * 300), rng)] = members.pop(name)
    else:
        ways = (mutate_text, mutate_text, mutate_bytes, mutate_numbers)
        members[name] = choice(ways, rng)(members[name], rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def mutate_glb(content: bytes, rng: np.random.Generator) -> bytes:
    """A GLB file with a value of its JSON, or numbers of its data, changed."""
    length = struct.unpack_from("<I", content, 12)[0]
    text, data = content[20 : 20 + length], content[28 + length :]
    if rng.random() < 0.3:
        data = mutate_values(data, rng)
    else:
        text = json.dumps(mutate_plain(json.loads(text), rng)).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    body += struct.pack("<I4s", len(data), b"BIN\0") + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body
