"""Options that several commands have."""

from typing import Literal

Format = Literal["glb", "obj", "ply", "stl", "off", "3mf"]
"""Endings of mesh files."""

RuleName = Literal["auto", "exact", "winding", "flood"]
"""How inside and outside of a mesh are told apart."""
