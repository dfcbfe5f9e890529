"""Meshes to GLB files, by trimesh."""

from typing import Any

import numpy as np
import trimesh

from acutance.mesh.io.float32 import COARSEST, distinct_float32, float32_spacing
from acutance.mesh.io.scenes.gltf import UNIT_UNKNOWN
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.units import Unit, factor

_BASE_COLOUR = (0.72, 0.74, 0.78, 1.0)


def write_glb(mesh: TriangleMesh, unit: Unit | None) -> bytes:
    """The mesh as a GLB file with a light grey material.

    Coordinates are 32-bit numbers in the mesh's own unit; its node scales them into metres, the
    unit of the format. Where the unit is None they count as metres, with a mark that readers other
    than ours pass over. A shape far from the origin is stored around its own centre, with that
    centre as the translation of its node.
    """
    spacing, size = float32_spacing(mesh)
    # From ten times finer than what STL is refused for; nearer shapes keep their own coordinates.
    far = spacing > 0.1 * COARSEST * size
    centre = mesh.bounds.mean(axis=0) if far else np.zeros(3)
    part = trimesh.Trimesh(distinct_float32(mesh.vertices - centre), mesh.faces, process=False)
    part.visual = trimesh.visual.TextureVisuals(
        material=trimesh.visual.material.PBRMaterial(
            baseColorFactor=_BASE_COLOUR, metallicFactor=0.0, roughnessFactor=0.7
        )
    )
    scale = 1.0 if unit is None else factor(unit, "m")
    place = np.diag([scale, scale, scale, 1.0])
    place[:3, 3] = scale * centre
    scene = trimesh.Scene()
    scene.add_geometry(part, node_name="mesh", transform=place)

    def marked(tree: dict[str, Any]) -> None:
        tree["asset"]["extras"] = {UNIT_UNKNOWN: True}

    return scene.export(
        file_type="glb",
        include_normals=False,
        tree_postprocessor=marked if unit is None else None,
    )
