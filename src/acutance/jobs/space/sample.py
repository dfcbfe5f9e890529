"""New shapes of a space."""

from dataclasses import dataclass
from pathlib import Path

from acutance.errors import InputError
from acutance.machine.files import write_file
from acutance.mesh.io.save import save_mesh
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress
from acutance.report.gallery import gallery

_ROW = 8
"""Shapes in a row of the picture."""


@dataclass(frozen=True, kw_only=True)
class SampleConfig:
    """How new shapes are drawn.

    Attributes:
        count: how many.
        seed: of the draw; the same one gives the same shapes.
        resolution: cells along the longest side of each.
        format: ending of the mesh files.
    """

    count: int = 16
    seed: int = 0
    resolution: int = 128
    format: str = "glb"

    def __post_init__(self) -> None:
        if self.count < 1 or self.seed < 0:
            raise InputError(
                f"The count must be 1 or more, and the seed not negative; got {self.count} and "
                f"{self.seed}."
            )


def sample(
    space: ShapeSpace, folder: Path, config: SampleConfig, progress: Progress = SILENT
) -> list[Path]:
    """Write the meshes of new shapes, and a picture of all.

    Args:
        space: the space.
        folder: where to write `000.glb`, `001.glb`, ... and `shapes.png`.
        config: how.
        progress: receives how it goes on.

    Returns:
        What was written, the picture last.

    Raises:
        InputError: a shape has no surface, or a file cannot be written.
    """
    files, meshes = list[Path](), []
    progress.stage("drawing shapes")
    for number, code in enumerate(space.draw(config.count, config.seed)):
        meshes.append(space.with_code(code).mesh(config.resolution))
        files.append(folder / f"{number:03d}.{config.format}")
        save_mesh(meshes[-1], files[-1])
        progress.advance((number + 1) / config.count, f"{number + 1}/{config.count}")
    files.append(folder / "shapes.png")
    rows = [meshes[start : start + _ROW] for start in range(0, len(meshes), _ROW)]
    write_file(files[-1], gallery(rows))
    return files
