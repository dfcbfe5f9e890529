"""Options that several commands have."""

from typing import Literal

from acutance.contouring.contour import Contouring
from acutance.errors import InputError

Format = Literal["glb", "obj", "ply", "stl", "off", "3mf"]
"""Endings of mesh files."""

RuleName = Literal["auto", "exact", "winding", "flood"]
"""How inside and outside of a mesh are told apart."""


def contouring(
    resolution: int | None,
    error: float | None,
    *,
    solid: bool,
    simplify: float = 0.0,
    method: Literal["dual", "marching"] = "dual",
) -> Contouring:
    """The settings of a mesh, from a resolution or an error.

    Raises:
        InputError: both are given.
    """
    if resolution is not None and error is not None:
        raise InputError("Give --resolution or --error: the error chooses the resolution itself.")
    return Contouring(
        resolution=256 if resolution is None else resolution,
        error=error,
        method=method,
        simplify=simplify,
        solid=solid,
    )
