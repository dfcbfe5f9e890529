"""Options that several commands have."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

from acutance.errors import InputError
from acutance.mesh.units import Unit

if TYPE_CHECKING:
    from acutance.contouring.contour import Contouring
    from acutance.training.schedule import Budget
    from acutance.training.space.refine import Refinement

INTERRUPTED = 130
"""Exit code of a command that was interrupted, but wrote what it had: it is unfinished."""

MaybeInt = Annotated[int | None, arg(metavar="INT", help_behavior_hint="")]
MaybeFloat = Annotated[float | None, arg(metavar="FLOAT", help_behavior_hint="")]
MaybePath = Annotated[Path | None, arg(metavar="PATH", help_behavior_hint="")]
MaybeName = Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")]
MaybePoint = Annotated[
    tuple[float, float, float] | None, arg(metavar="X Y Z", help_behavior_hint="")
]
"""Options that may be left out; by default the help would call them ``{None}|INT``."""

MaybeUnit = Annotated[Unit | None, arg(metavar="UNIT", help_behavior_hint="")]
"""Unit of length of a file that names none."""

InputPath = Annotated[Positional[Path], arg(metavar="INPUT")]
ModelPath = Annotated[Positional[Path], arg(metavar="MODEL")]
StorePath = Annotated[Positional[Path], arg(metavar="STORE")]
RunPath = Annotated[Positional[Path], arg(name="run", metavar="RUN")]
"""What commands work on, under the names that the documentation uses."""

Format = Literal["glb", "obj", "ply", "stl", "off", "3mf"]
"""Endings of mesh files."""

MaybeFormat = Annotated[Format | None, arg(metavar="FORMAT", help_behavior_hint="")]
"""One of them, where it is of use."""

Formats = Annotated[tuple[Format, ...], arg(metavar="FORMAT [FORMAT ...]", help_behavior_hint="")]
"""Several of them, or none."""

RuleName = Literal["auto", "exact", "winding", "flood"]
"""How inside and outside of a mesh are told apart."""


def contouring(
    resolution: int | None,
    error: float | None = None,
    *,
    solid: bool = False,
    simplify: float = 0.0,
    method: Literal["dual", "marching"] = "dual",
) -> "Contouring":
    """The settings of a mesh, from a resolution or an error.

    Raises:
        InputError: both are given.
    """
    from acutance.contouring.contour import Contouring

    if resolution is not None and error is not None:
        raise InputError(
            "Give --resolution or --error, not both: the error chooses the resolution itself."
        )
    return Contouring(
        resolution=256 if resolution is None else resolution,
        error=error,
        method=method,
        simplify=simplify,
        solid=solid,
    )


def refinement(wanted: bool, seconds: float | None) -> "Refinement | None":
    """How details are learned, if they are asked for.

    Raises:
        InputError: there is a time for what is not asked for.
    """
    from acutance.jobs.space.reconstruct import refinement_of
    from acutance.training.space.refine import Refinement

    if not wanted and seconds is not None:
        raise InputError("--refine-seconds is the time of --refine: give that too, or neither.")
    if not wanted:
        return None
    return Refinement() if seconds is None else refinement_of(seconds)


def budget(seconds: float | None, steps: int | None, usual: "Budget") -> "Budget":
    """How long to train, from seconds or steps.

    Raises:
        InputError: both are given.
    """
    from acutance.training.schedule import Budget

    if seconds is not None and steps is not None:
        raise InputError("Give --seconds or --steps, not both: a training ends by one of them.")
    if steps is not None:
        return Budget(steps=steps)
    return usual if seconds is None else Budget(seconds=seconds)
