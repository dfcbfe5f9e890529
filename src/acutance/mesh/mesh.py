"""Triangles and points as plain arrays."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from acutance.types import FaceArray, PointArray, VertexArray


@dataclass(frozen=True)
class TriangleMesh:
    """An indexed triangle mesh.

    Attributes:
        vertices: float64 (V, 3).
        faces: int32 (F, 3), indices into `vertices`, counter-clockwise from outside.

    Example:
        >>> vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=float)
        >>> faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], dtype=np.int32)
        >>> mesh = TriangleMesh(vertices, faces)
        >>> round(mesh.volume, 6), mesh.face_areas[:3].tolist()
        (0.166667, [0.5, 0.5, 0.5])
        >>> (mesh.face_normals[0] + 0.0).tolist()
        [0.0, 0.0, -1.0]
    """

    vertices: VertexArray
    faces: FaceArray

    @cached_property
    def bounds(self) -> Float[np.ndarray, "2 3"]:
        """Lower and upper corner of the axis-aligned bounding box."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    @cached_property
    def triangles(self) -> Float[np.ndarray, "faces 3 3"]:
        """Corner positions of every face: (face, corner, xyz)."""
        return self.vertices[self.faces]

    @cached_property
    def face_vectors(self) -> Float[np.ndarray, "faces 3"]:
        """Cross product of two edges of every face: its normal times twice its area."""
        a, b, c = self.triangles.transpose(1, 0, 2)
        return np.cross(b - a, c - a)

    @cached_property
    def face_areas(self) -> Float[np.ndarray, " faces"]:
        """Area of every face."""
        return 0.5 * np.linalg.norm(self.face_vectors, axis=1)

    @cached_property
    def face_normals(self) -> Float[np.ndarray, "faces 3"]:
        """Unit normal of every face; zero for a face of no area."""
        length = 2.0 * self.face_areas[:, None]
        return np.divide(
            self.face_vectors, length, out=np.zeros_like(self.face_vectors), where=length > 0
        )

    @cached_property
    def edges(self) -> Int[np.ndarray, "half_edges 2"]:
        """Directed edges of all faces, three a face: (0→1, 1→2, 2→0), faces first to last."""
        return self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)

    def with_faces(self, faces: FaceArray) -> "TriangleMesh":
        """The mesh of other faces on the same vertices, without the vertices that none has."""
        used = np.zeros(len(self.vertices), dtype=bool)
        used[faces] = True
        packed = np.cumsum(used, dtype=np.int32) - 1
        return TriangleMesh(self.vertices[used], packed[faces])

    @property
    def area(self) -> float:
        """Total area of the faces."""
        return float(self.face_areas.sum())

    @property
    def volume(self) -> float:
        """Signed volume by the divergence theorem; meaningful for a closed, oriented mesh."""
        a, b, c = self.triangles.transpose(1, 0, 2)
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


@dataclass(frozen=True)
class PointCloud:
    """Points on a surface, with or without normals.

    Attributes:
        points: float64 (N, 3).
        normals: float64 (N, 3) of unit length pointing outwards, or None.

    Example:
        >>> cloud = PointCloud(np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.5]]))
        >>> cloud.bounds
        array([[-1. ,  0. ,  0. ],
               [ 1. ,  0. ,  0.5]])
        >>> cloud.normals is None
        True
    """

    points: PointArray
    normals: PointArray | None = None

    @cached_property
    def bounds(self) -> Float[np.ndarray, "2 3"]:
        """Lower and upper corner of the axis-aligned bounding box."""
        return np.stack([self.points.min(axis=0), self.points.max(axis=0)])
