"""Meshes from STEP files (ISO 10303-21), the exchange format of CAD.

Open CASCADE, by the package cascadio, cuts the surfaces into triangles. It is native code that a
damaged file may end, so that it runs in a process of its own, with limits of time and memory.
"""

import importlib.util
import tempfile
import time
from pathlib import Path

import numpy as np

from acutance.errors import InputError
from acutance.mesh.io.own_process import run_apart
from acutance.mesh.io.scenes import step_process
from acutance.mesh.io.scenes.gltf import read_gltf
from acutance.mesh.io.scenes.step_unit import step_unit
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.reading import Reading
from acutance.mesh.units import factor, length

TOLERANCE = 1e-4
"""Distance of the triangles from the surfaces that they stand for, as a part of the shape's longest
side: a fortieth of a cell at 256 cells. Open CASCADE keeps it roughly: a ball's are up to 1.7 times
as far."""

ANGLE = 0.35
"""Largest angle between the normals of neighbouring triangles of a curved surface, in radians: 18
edges a turn, however small it is."""

_ANY = 1e6
"""A tolerance in millimetres that any triangles meet."""

_SECONDS, _SECONDS_OF_BYTE = 30, 1e-5
"""Time that the conversion may take: what is there for all, and 10 s for each megabyte."""


def read_step(data: bytes, path: Path) -> Reading:
    """The surfaces of all parts of a STEP file as triangles, in the file's own unit.

    Raises:
        ValueError: it is no STEP file, is damaged, or takes too long.
        InputError: cascadio is not installed.
    """
    check_step_reader(f"{path} is a STEP file")
    if b"ISO-10303-21" not in data[:1000]:
        raise ValueError("it does not begin with ISO-10303-21, as STEP files do")
    found = step_unit(data.decode("latin-1"))
    mesh = _converted(path.absolute(), len(data))
    scale = factor("m", found.unit)
    size = float(np.ptp(mesh.bounds, axis=0).max())
    note = (
        "Its curved surfaces are cut into triangles with a tolerance of "
        f"{length(size * TOLERANCE * scale, found.unit)}, {TOLERANCE:g} of its longest side."
    )
    return Reading(
        shape=TriangleMesh(mesh.vertices * scale, mesh.faces),
        unit=found.unit,
        notes=(*found.notes, note),
    )


def check_step_reader(what: str) -> None:
    """See that STEP files can be read here.

    Args:
        what: says in the error why they should be, as "a.step is a STEP file".

    Raises:
        InputError: cascadio is not installed.
    """
    if importlib.util.find_spec("cascadio") is None:
        raise InputError(
            f'{what}, and what reads those is not installed: pip install "acutance[cad]".'
        )


def _converted(source: Path, size: int) -> TriangleMesh:
    """The triangles of a file of so many bytes, in metres.

    The first pass, with a tolerance that any triangles meet, finds the longest side.
    """
    end = time.monotonic() + _SECONDS + _SECONDS_OF_BYTE * size
    coarse = _triangles(source, _ANY, end)
    side = float(np.ptp(coarse.bounds, axis=0).max())
    return _triangles(source, 1000 * side * TOLERANCE, end)


def _triangles(source: Path, tolerance: float, end: float) -> TriangleMesh:
    """The triangles with a tolerance in millimetres, if they come before the clock says `end`."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "shape.glb")
        arguments = str(source), str(target), repr(tolerance), repr(ANGLE)
        seconds = max(0.0, end - time.monotonic())
        try:
            done = run_apart(step_process.__name__, *arguments, seconds=seconds)
        except TimeoutError as error:
            raise ValueError("Open CASCADE takes too long with it") from error
        glb = target.read_bytes() if target.exists() else b""
    if not done or not glb:
        raise ValueError("Open CASCADE finds no shape in it, or takes it for damaged")
    shape = read_gltf(glb, target).shape
    if not isinstance(shape, TriangleMesh) or not len(shape.faces):
        raise ValueError("Open CASCADE finds no surfaces in it (perhaps curves or drawings)")
    return shape
