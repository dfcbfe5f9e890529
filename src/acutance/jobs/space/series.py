"""Meshes that belong together, numbered, with a picture of all."""

import re
from collections.abc import Sequence
from pathlib import Path

from acutance.machine.file_set import written_as_one
from acutance.machine.files import write_file
from acutance.mesh.io.save import MESH_ENDINGS, save_mesh
from acutance.mesh.mesh import TriangleMesh
from acutance.report.gallery import gallery


def write_series(
    folder: Path,
    meshes: Sequence[TriangleMesh],
    digits: int,
    ending: str,
    picture: str,
    row: int,
) -> list[Path]:
    """Write meshes as `00.glb`, `01.glb`, ... and a picture, in the place of an earlier series.

    Args:
        folder: where to write. Of an earlier series there, nothing stays; other files do.
        meshes: in their order.
        digits: of the numbers.
        ending: the format of the meshes.
        picture: name of the picture.
        row: meshes in a row of it.

    Returns:
        What was written, the picture last.

    Raises:
        InputError: a file cannot be written.
    """
    names = [f"{number:0{digits}d}.{ending}" for number in range(len(meshes))]
    with written_as_one(folder) as fresh:
        for name, mesh in zip(names, meshes, strict=True):
            save_mesh(mesh, fresh / name)
        rows = [meshes[start : start + row] for start in range(0, len(meshes), row)]
        write_file(fresh / picture, gallery(rows))
    for path in folder.iterdir():
        if _is_numbered(path, digits) and path.name not in names:
            path.unlink()
    return [folder / name for name in (*names, picture)]


def _is_numbered(path: Path, digits: int) -> bool:
    """Whether a file has the name of a mesh of a series."""
    number = re.fullmatch(rf"\d{{{digits}}}|[1-9]\d{{{digits},}}", path.stem)
    return number is not None and path.suffix in MESH_ENDINGS
