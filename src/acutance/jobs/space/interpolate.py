"""The way between two shapes of a space."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from acutance.errors import InputError
from acutance.jobs.space.series import write_series
from acutance.model.space.shape_space import ShapeSpace


@dataclass(frozen=True, kw_only=True)
class InterpolateConfig:
    """How the way is drawn.

    Attributes:
        steps: shapes on the way, both ends included.
        resolution: cells along the longest side of each.
        format: ending of the mesh files.
    """

    steps: int = 7
    resolution: int = 128
    format: str = "glb"

    def __post_init__(self) -> None:
        if self.steps < 2:
            raise InputError(f"An interpolation needs 2 steps or more; got {self.steps}.")


def interpolate(
    space: ShapeSpace, first: str, second: str, folder: Path, config: InterpolateConfig
) -> list[Path]:
    """Write the meshes between two shapes, and a picture of them in a row.

    Args:
        space: the space.
        first, second: known shapes.
        folder: where to write `00.glb`, `01.glb`, ... and `strip.png`, in the place of those of an
            earlier way.
        config: how.

    Returns:
        What was written, the picture last.

    Raises:
        InputError: a shape is unknown, has no surface, or a file cannot be written.
    """
    meshes = [
        space.interpolate(first, second, float(t)).mesh(config.resolution)
        for t in np.linspace(0.0, 1.0, config.steps)
    ]
    return write_series(folder, meshes, 2, config.format, "strip.png", row=config.steps)
