"""The surface of a field as a closed, 2-manifold mesh."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from acutance.contouring.dual import dual_mesh
from acutance.contouring.follow import follow, touches_border
from acutance.contouring.hermite import tangent_planes
from acutance.contouring.lattice import Lattice, Probe, Samples
from acutance.contouring.marching import marching_mesh
from acutance.contouring.octree import (
    Cells,
    Level,
    coarsest,
    contradictions,
    descend,
    leaves,
)
from acutance.contouring.patches import find_crossings, find_patches
from acutance.contouring.specks import Specks, drop_specks
from acutance.contouring.thin import count_lost
from acutance.errors import InputError
from acutance.geometry.mesh import TriangleMesh
from acutance.types import Field

ENLARGEMENTS = 3
"""How often a box that cuts the shape is made larger, each time by half."""

DESCENTS = 4
"""How often the octree is descended with a more careful bound while parts of the shape are lost."""

LOST_AT_LEAST, LOST_SHARE = 16, 0.01
"""Places of a lost thin part, as a number and as a share of the cells at the surface, above which
they are worth a message; along sharp edges up to half of that share are false (measured)."""


@dataclass(frozen=True, kw_only=True)
class Contouring:
    """How a surface is taken from a field.

    Attributes:
        resolution: cells along the longest side of the box.
        method: `dual` puts vertices where tangent planes meet, so that creases stay sharp;
            `marching` puts them on the edges of the cells.
        safety: how many times faster than a signed distance the field may change; cells are left
            out on this ground. It is raised where samples show that it is too small.
        keep_parts_above: parts with a bounding box smaller than this fraction of the largest
            part's are dropped as specks; 0 keeps everything.
    """

    resolution: int = 256
    method: Literal["dual", "marching"] = "dual"
    safety: float = 1.25
    keep_parts_above: float = 0.02

    def __post_init__(self) -> None:
        if not 8 <= self.resolution <= 2048:
            raise InputError(
                f"The resolution must be from 8 to 2048 cells, but it is {self.resolution}."
            )
        if self.method not in ("dual", "marching"):
            raise InputError(f"The method must be dual or marching, but it is {self.method!r}.")
        if not 1.0 <= self.safety <= 100.0:
            raise InputError(f"The safety must be from 1 to 100, but it is {self.safety}.")
        if not 0.0 <= self.keep_parts_above <= 1.0:
            raise InputError(
                "The fraction below which parts are dropped must be from 0 to 1, but it is "
                f"{self.keep_parts_above}."
            )


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """A mesh taken from a field, and what it took.

    Attributes:
        mesh: closed, 2-manifold, in the frame of the field.
        evaluations: points at which the signed distance was evaluated.
        gradients: points at which the gradient was evaluated.
        dropped: small floating parts that are not in the mesh.
        messages: sentences for the user about what is not as it should be.
    """

    mesh: TriangleMesh
    evaluations: int
    gradients: int
    dropped: Specks
    messages: tuple[str, ...]


def extract(
    field: Field,
    lower: Sequence[float],
    upper: Sequence[float],
    config: Contouring | None = None,
    *,
    device: torch.device | str = "cpu",
    chunk: int = 1 << 16,
) -> Extraction:
    """Take the zero level set of a field as a mesh.

    Args:
        field: negative inside. It need not be an exact distance (see `Contouring.safety`).
        lower: lower corner of a box that holds the shape, in the frame of the field.
        upper: its upper corner.
        config: how; the defaults where it is left out.
        device: where the field takes its points.
        chunk: most points the field is given at once.

    Raises:
        InputError: where the field has no surface in the box, is inside on the border of the box
            (also after the box was made larger), or has values that are not finite.
    """
    config = Contouring() if config is None else config
    probe, messages = Probe(field, chunk), list[str]()
    samples, cells = _cells_of_shape(probe, lower, upper, config, torch.device(device), messages)
    lattice = samples.lattice
    patches = find_patches(lattice, cells)
    crossings = find_crossings(lattice, cells, patches)
    hermite = tangent_planes(probe, lattice, cells, crossings)
    if config.method == "dual":
        mesh = dual_mesh(lattice, cells, patches, crossings, hermite)
    else:
        mesh = marching_mesh(lattice, patches, crossings, hermite)
    mesh, dropped = drop_specks(mesh, config.keep_parts_above)
    if dropped.parts:
        many = dropped.parts > 1
        messages.append(
            f"{dropped.parts} floating part{'s' if many else ''} of {dropped.faces} faces "
            f"{'were dropped as specks' if many else 'was dropped as a speck'}: smaller than "
            f"{config.keep_parts_above:g} of the largest part."
        )
    return Extraction(
        mesh=mesh,
        evaluations=probe.evaluations,
        gradients=probe.gradients,
        dropped=dropped,
        messages=tuple(messages),
    )


def _cells_of_shape(
    probe: Probe,
    lower: Sequence[float],
    upper: Sequence[float],
    config: Contouring,
    device: torch.device,
    messages: list[str],
) -> tuple[Samples, Cells]:
    """The complete cells of the surface, in a box large enough for it."""
    for enlargement in range(ENLARGEMENTS + 1):
        lattice = _lattice(lower, upper, config.resolution, 1.5**enlargement, device)
        samples = Samples(probe, lattice)
        said = list[str]()
        levels = _descend_safely(samples, config, said)
        if _border_is_inside(lattice, levels[0]):
            continue
        cells = follow(samples, leaves(samples, levels[-1]))
        if len(cells.keys) == 0:
            raise InputError(_no_surface(samples, lower, upper))
        if touches_border(lattice, cells):
            continue
        if enlargement:
            said.append(
                f"The shape reaches beyond the box from {_point(lower)} to {_point(upper)}; "
                f"the box was made {1.5**enlargement:.3g} times larger."
            )
        messages += said + _thin_parts(samples, levels[-1], cells)
        return samples, cells
    low, high = samples.range
    raise InputError(
        f"The field must be positive (outside) around the shape, but it is negative on the border "
        f"of the box from {_point(lower)} to {_point(upper)}, even of one "
        f"{1.5**ENLARGEMENTS:.3g} times larger (its values lie between {low:.3g} and {high:.3g}); "
        "either its sign is inverted, or the box lies inside of the shape."
    )


def _lattice(
    lower: Sequence[float],
    upper: Sequence[float],
    resolution: int,
    enlargement: float,
    device: torch.device,
) -> Lattice:
    """A lattice about the box, with a layer of cells more on every side."""
    sides = [high - low for low, high in zip(lower, upper, strict=True)]
    if not (len(sides) == 3 and min(sides) > 0 and max(sides) < float("inf")):
        raise InputError(
            f"A box must have a lower corner below its upper corner along x, y and z, but they "
            f"are {_point(lower)} and {_point(upper)}."
        )
    spacing = max(sides) / resolution
    size = coarsest(resolution)
    # The slack keeps rounding from adding a layer.
    cells = [int(-(-(side * enlargement / spacing + 2 - 1e-6) // size)) * size for side in sides]
    x, y, z = (
        (low + high - n * spacing) / 2 for low, high, n in zip(lower, upper, cells, strict=True)
    )
    return Lattice(
        origin=(x, y, z), spacing=spacing, cells=(cells[0], cells[1], cells[2]), device=device
    )


def _descend_safely(samples: Samples, config: Contouring, messages: list[str]) -> list[Level]:
    """Descend the octree, and again with a more careful bound while random samples contradict."""
    safety, predict = config.safety, True
    generator = torch.Generator().manual_seed(0)
    count = max(1 << 12, config.resolution**2 // 4)
    lost, steepest = 0, config.safety
    for _ in range(DESCENTS):
        levels = descend(samples, coarsest(config.resolution), safety, predict=predict)
        found, needed = contradictions(samples, levels, count, generator)
        if not found:
            break
        lost, predict = lost + found, False
        steepest = max(steepest, needed)
        safety = 1.25 * steepest
    if lost:
        messages.append(
            f"The field is no good distance: {lost} of {count} random points had another sign "
            f"than the values around them allow; the search was repeated as for a field that "
            f"changes {safety:.2g} times faster than a distance."
            + (" Parts of the surface may still be missing." if found else "")
        )
    return levels


def _border_is_inside(lattice: Lattice, level: Level) -> bool:
    """Whether coarse cells on the border are wholly inside."""
    index = lattice.index(level.keys)
    last = torch.tensor(lattice.cells, device=index.device) - level.size
    border = ((index == 0) | (index == last)).any(dim=1)
    return bool((border & ~level.kept & level.inside).any())


def _thin_parts(samples: Samples, level: Level, cells: Cells) -> list[str]:
    lost, kept = count_lost(samples, level, cells), int(level.kept.sum())
    if lost <= max(LOST_AT_LEAST, LOST_SHARE * kept):
        return []
    return [
        f"The shape has parts that are thinner than a cell ({samples.lattice.spacing:.3g}) and so "
        f"are missing in {lost} places or more; raise the resolution."
    ]


def _no_surface(samples: Samples, lower: Sequence[float], upper: Sequence[float]) -> str:
    low, high = samples.range
    return (
        f"The field has no surface in the box from {_point(lower)} to {_point(upper)}: its values "
        f"lie between {low:.3g} and {high:.3g}, none of them negative (inside). Either it was not "
        "trained enough, or the shape is thinner than a cell "
        f"({samples.lattice.spacing:.3g}): raise the resolution."
    )


def _point(values: Sequence[float]) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
