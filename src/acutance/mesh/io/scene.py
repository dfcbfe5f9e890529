"""What trimesh reads, as one mesh: the parts of a scene, merged with their transforms."""

import io
import logging
import warnings
from typing import Any

import numpy as np
import trimesh
from jaxtyping import Float

from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.polygons import triangulate
from acutance.types import PointArray

# It logs tracebacks of errors that it survives; without a handler, Python prints them.
logging.getLogger("trimesh").addHandler(logging.NullHandler())

EMPTY = TriangleMesh(np.empty((0, 3)), np.empty((0, 3), dtype=np.int32))
"""A mesh without vertices."""


def read_scene(data: bytes, kind: str, **options: Any) -> TriangleMesh | PointCloud:
    """All triangles of a file that trimesh reads; its points if it has no triangles.

    Args:
        data: the file.
        kind: trimesh's name of the format.
        options: further arguments of trimesh.

    Raises:
        ValueError: trimesh cannot read it.
    """
    try:
        with warnings.catch_warnings():
            # NumPy before 2.4 only warns where text is no number, and stops there.
            warnings.filterwarnings("error", message="string or file could not be read")
            scene = trimesh.load_scene(io.BytesIO(data), file_type=kind, process=False, **options)
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError("its contents are damaged") from error
    return _merged(scene)


def _merged(scene: trimesh.Scene) -> TriangleMesh | PointCloud:
    meshes, clouds = [EMPTY], list[PointArray]()
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        part = scene.geometry[name]
        if isinstance(part, trimesh.PointCloud):
            clouds.append(_transformed(part.vertices, matrix))
        elif isinstance(part, trimesh.Trimesh):
            faces = np.asarray(part.faces, dtype=np.int64).reshape(-1, 3)
            # A mirrored part turns its faces inside out (glTF 2.0, 3.7.4).
            faces = faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else faces
            meshes.append(triangulate(_transformed(part.vertices, matrix), [faces]))
    if len(meshes) == 1 and clouds:
        return PointCloud(np.concatenate(clouds))
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    return TriangleMesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate(
            [mesh.faces + start for mesh, start in zip(meshes, starts[:-1], strict=True)]
        ).astype(np.int32),
    )


def _transformed(points: Any, matrix: Any) -> PointArray:
    return np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def to_trimesh(vertices: Float[np.ndarray, "vertices 3"], mesh: TriangleMesh) -> trimesh.Trimesh:
    """The faces of a mesh on the given vertices, as trimesh writes them."""
    return trimesh.Trimesh(vertices, mesh.faces, process=False)
