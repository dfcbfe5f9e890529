"""The parts of a scene, merged where they are placed."""

import numpy as np
from jaxtyping import Float

from acutance.mesh.io.allowance import Allowance
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.reading import Shape
from acutance.types import PointArray

Placement = Float[np.ndarray, "4 4"]
"""A matrix that takes columns (x, y, z, 1) of a part into the scene."""

VISIT = 4000
"""Bytes that a placement counts for beside its geometry: it takes time, too."""


class Assembly:
    """Collects the parts of a scene.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> assembly = Assembly(Allowance(1000))
        >>> for place in (np.eye(4), np.diag([-1.0, 1.0, 1.0, 1.0])):
        ...     assembly.add(Box().mesh(), place)
        >>> merged = assembly.merged()
        >>> bool(np.isclose(merged.volume, 2 * Box().mesh().volume))
        True
    """

    def __init__(self, allowance: Allowance) -> None:
        """No part yet; the scene may become as large as `allowance` says."""
        self._allowance = allowance
        self._vertices: list[PointArray] = [np.empty((0, 3))]
        self._faces: list[np.ndarray] = [np.empty((0, 3), dtype=np.int32)]
        self._points: list[PointArray] = []
        self._count = 0

    def visit(self) -> None:
        """Count one placement.

        Raises:
            ValueError: there are more than any file means.
        """
        self._allowance.take(VISIT)

    def add(self, mesh: TriangleMesh, place: Placement) -> None:
        """Place a mesh. A mirrored part is turned, since its faces would look inwards.

        Raises:
            ValueError: the scene becomes too large.
        """
        self._allowance.take(2 * (mesh.vertices.nbytes + mesh.faces.nbytes))
        faces = mesh.faces[:, ::-1] if np.linalg.det(place[:3, :3]) < 0 else mesh.faces
        self._vertices.append(_placed(mesh.vertices, place))
        self._faces.append(faces + np.int32(self._count))
        self._count += len(mesh.vertices)

    def add_points(self, points: PointArray, place: Placement) -> None:
        """Place points that bound no face.

        Raises:
            ValueError: the scene becomes too large.
        """
        self._allowance.take(2 * points.nbytes)
        self._points.append(_placed(points, place))

    def merged(self) -> Shape:
        """All triangles; the points where there is no mesh."""
        if len(self._faces) == 1 and self._points:
            return PointCloud(np.concatenate(self._points))
        return TriangleMesh(np.concatenate(self._vertices), np.concatenate(self._faces))


def _placed(points: PointArray, place: Placement) -> PointArray:
    if np.array_equal(place, np.eye(4)):
        return points
    return points @ place[:3, :3].T + place[:3, 3]
