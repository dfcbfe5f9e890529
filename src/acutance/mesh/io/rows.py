"""Rows of numbers in text files."""

import numpy as np
from jaxtyping import Float

from acutance.mesh.polygons import parse_rows


def decode(data: bytes) -> str:
    """Text in any encoding: numbers and keywords are ASCII, names may be anything.

    Raises:
        ValueError: the data has a zero byte, so that it is no text.
    """
    if b"\0" in data:
        raise ValueError("it is no text")
    return data.decode("utf-8-sig", errors="replace")


def numbers(
    rows: list[list[str]], name: str, columns: int = 3
) -> Float[np.ndarray, "rows columns"]:
    """The rows as numbers in 64 bits.

    Args:
        rows: the entries of each row.
        name: what a row is called in error messages.
        columns: how many numbers a row must have.

    Raises:
        ValueError: there is no row, or a row is not of that many numbers.
    """
    if not rows:
        raise ValueError(f"it holds no {name}")
    odd = next((row for row in rows if len(row) != columns), None)
    if odd is not None:
        raise ValueError(f"a {name} of {columns} numbers was expected, not '{' '.join(odd)[:60]}'")
    return parse_rows(rows, float, f"{name} of {columns} numbers")
