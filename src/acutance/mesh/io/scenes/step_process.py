"""A STEP file as GLB, by Open CASCADE in a process of its own."""

import sys

from acutance.mesh.io.own_process import limit_memory


def convert_step(source: str, target: str, tolerance: str, angle: str) -> None:
    """Cut the surfaces into triangles.

    The first pass, with a tolerance that any triangles meet, finds the size. cascadio takes
    tolerances in millimetres, and gives metres.

    Args:
        source: the STEP file.
        target: the GLB file.
        tolerance: as a part of the longest side.
        angle: between normals of neighbouring triangles, in radians.
    """
    limit_memory()
    import cascadio
    import trimesh

    cascadio.step_to_glb(source, target, 1e6, float(angle))
    size = max(trimesh.load_scene(target, file_type="glb").extents)
    cascadio.step_to_glb(source, target, 1000 * size * float(tolerance), float(angle))


if __name__ == "__main__":
    convert_step(*sys.argv[1:])
