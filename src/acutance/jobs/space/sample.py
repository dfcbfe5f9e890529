"""New shapes of a space."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from acutance.errors import InputError
from acutance.jobs.space.series import write_series
from acutance.mesh.mesh import TriangleMesh
from acutance.model.space.shape_space import ShapeSpace
from acutance.progress import SILENT, Progress

JUDGEMENT = "judgement.json"
"""What is written of new shapes beside unseen ones."""


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
        folder: where to write `000.glb`, `001.glb`, ... and `shapes.png`, in the place of those of
            an earlier draw.
        config: how.
        progress: receives how it goes on.

    Returns:
        What was written, the picture last.

    Raises:
        InputError: a shape has no surface, or a file cannot be written.
    """
    files = write_new_shapes(folder, draw_meshes(space, config, progress), config)
    (folder / JUDGEMENT).unlink(missing_ok=True)  # it was of an earlier draw
    return files


def draw_meshes(
    space: ShapeSpace, config: SampleConfig, progress: Progress = SILENT
) -> list[TriangleMesh]:
    """The meshes of new shapes, in the unit frame.

    Raises:
        InputError: a shape has no surface.
    """
    meshes = list[TriangleMesh]()
    progress.stage("drawing shapes")
    for code in space.draw(config.count, config.seed):
        meshes.append(space.with_code(code).mesh(config.resolution))
        progress.advance(len(meshes) / config.count, f"{len(meshes)}/{config.count}")
    return meshes


def write_new_shapes(
    folder: Path, meshes: Sequence[TriangleMesh], config: SampleConfig
) -> list[Path]:
    """Write meshes that were drawn, and their picture.

    Raises:
        InputError: a file cannot be written.
    """
    return write_series(folder, meshes, 3, config.format, "shapes.png", row=8)
