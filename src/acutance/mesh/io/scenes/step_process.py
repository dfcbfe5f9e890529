"""A STEP file as GLB, by Open CASCADE in a process of its own."""

import sys

from acutance.mesh.io.own_process import limit_memory


def convert_step(source: str, target: str, tolerance: str, angle: str) -> None:
    """Cut the surfaces into triangles.

    Args:
        source: the STEP file.
        target: the GLB file, in metres.
        tolerance: in millimetres, whatever the file's unit is.
        angle: between normals of neighbouring triangles, in radians.
    """
    limit_memory()
    import cascadio

    cascadio.step_to_glb(source, target, float(tolerance), float(angle))


if __name__ == "__main__":
    convert_step(*sys.argv[1:])
