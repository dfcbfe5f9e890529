"""Many shapes in one picture: rows and columns of small views."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from acutance.mesh.mesh import TriangleMesh
from acutance.report.camera import framing
from acutance.report.png import encode_png
from acutance.report.render import Stage, shade


def gallery(rows: Sequence[Sequence[TriangleMesh | None]], *, size: int = 220) -> bytes:
    """A PNG of shapes in rows, each framed by its own camera.

    Args:
        rows: shapes of every row; None leaves a place empty.
        size: pixels along a side of a view.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> gallery([[Box().mesh(), None]], size=16)[:4]
        b'\\x89PNG'
    """
    columns = max(len(row) for row in rows)
    sheet = np.zeros((len(rows) * size, columns * size, 4), np.uint8)
    for r, row in enumerate(rows):
        for c, mesh in enumerate(row):
            if mesh is not None:
                sheet[r * size : (r + 1) * size, c * size : (c + 1) * size] = _view(mesh, size)
    return encode_png(sheet)


def _view(mesh: TriangleMesh, size: int) -> UInt8[np.ndarray, "size size 4"]:
    """One shape in the middle of a square."""
    camera = framing(mesh.vertices)
    return shade(Stage(mesh).look(camera, size), camera)
