"""The cells of a shape's surface, in a box that is large enough for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from acutance.contouring.octree.cells import (
    Cells,
    OctreeLevel,
    coarsest_size,
    contradictions,
    descend,
    leaf_cells,
    sample_kept_cells,
)
from acutance.contouring.octree.follow import follow_surface, touches_border
from acutance.contouring.octree.lattice import Keys, Lattice, LatticeValues, Probe
from acutance.contouring.octree.thin import mark_thin_parts
from acutance.errors import InputError

ENLARGEMENTS = 3
"""How often a box that cuts the shape is made larger, each time by half."""

DESCENTS = 4
"""How often the octree is descended with a more careful bound while parts of the shape are lost."""

STEEPEST = 4.0
"""The most careful bound, in multiples of a distance's slope: no bound is enough for a jump."""

MOST_TESTS = 1 << 18
"""Most random points at which the octree is tested."""


@dataclass(frozen=True, kw_only=True)
class SurfaceCells:
    """The complete cells of a surface.

    Attributes:
        lattice: what their keys mean.
        cells: every face with both signs has both of its cells.
        thin_points: outside points that count as inside for the sake of thin parts (see `thin`),
            sorted.
        near: the cells of size 2 that may hold surface: all that was looked at closely.
        messages: sentences for the user.

    Example:
        >>> import torch
        >>> from acutance.contouring.octree.lattice import Probe
        >>> from acutance.shapes.analytic import Sphere
        >>> found = find_cells(
        ...     Probe(Sphere(radius=0.7), chunk=1000),
        ...     (-1.0, -1.0, -1.0),
        ...     (1.0, 1.0, 1.0),
        ...     16,
        ...     safety=1.25,
        ...     thin=True,
        ...     crowd=64.0,
        ...     device=torch.device("cpu"),
        ... )
        >>> found.lattice.spacing
        0.125
        >>> found.cells.values.shape  # cells with surface, and their eight corners
        torch.Size([584, 8])
    """

    lattice: Lattice
    cells: Cells
    thin_points: Keys
    near: Int[Tensor, " near"]
    messages: tuple[str, ...]


def find_cells(
    probe: Probe,
    lower: Sequence[float],
    upper: Sequence[float],
    resolution: int,
    *,
    safety: float,
    thin: bool,
    crowd: float,
    device: torch.device,
) -> SurfaceCells:
    """Search a box for the surface; a box that cuts the shape is made larger.

    Args:
        probe: the field.
        lower: lower corner of the box, x, y, z in the frame of the field.
        upper: its upper corner.
        resolution: cells along its longest side.
        safety: how many times faster than a signed distance the field may change.
        thin: whether parts thinner than a cell are to be found too.
        crowd: how many cells may hold surface (see `Contouring`).
        device: where the field takes its points.

    Raises:
        InputError: there is no surface, or too much of it, or the field is inside on the border of
            any box.
    """
    for enlargement in range(ENLARGEMENTS + 1):
        lattice = _lattice(lower, upper, resolution, 1.5**enlargement, device)
        samples, messages = LatticeValues(probe, lattice), list[str]()
        levels, bound = _descend_safely(samples, resolution, safety, crowd, messages)
        if _border_is_inside(lattice, levels[0]):
            continue  # seen from coarse cells already: no need to go on with this box
        # The finest cells: their values, the signs that thin parts need, then continuation.
        sample_kept_cells(samples, levels[-1], bound)
        thin_points = mark_thin_parts(samples, levels[-1]) if thin else levels[-1].keys[:0]
        cells = follow_surface(samples, leaf_cells(samples, levels[-1]), crowd=crowd)
        if len(cells.keys) == 0:
            raise InputError(_no_surface(samples, lower, upper))
        if touches_border(lattice, cells):
            continue
        if enlargement:
            messages.append(
                "The field has surface beyond the box of the shape, which was made "
                f"{1.5**enlargement:.3g} times larger: {probe.remedy}."
            )
        return SurfaceCells(
            lattice=lattice,
            cells=cells,
            thin_points=thin_points,
            near=levels[-1].keys[levels[-1].kept],
            messages=tuple(messages),
        )
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
    size = coarsest_size(resolution)
    # Whole coarsest cells along each axis, centred. The slack keeps rounding from adding a layer.
    cells = [int(-(-(side * enlargement / spacing + 2 - 1e-6) // size)) * size for side in sides]
    x, y, z = (
        (low + high - n * spacing) / 2 for low, high, n in zip(lower, upper, cells, strict=True)
    )
    return Lattice(
        origin=(x, y, z), spacing=spacing, cells=(cells[0], cells[1], cells[2]), device=device
    )


def _descend_safely(
    samples: LatticeValues, resolution: int, safety: float, crowd: float, messages: list[str]
) -> tuple[list[OctreeLevel], float]:
    """Descend the octree, and again with a more careful bound while random samples contradict.

    The messages get a sentence if that was needed.

    Returns:
        The levels, and the bound that they were tested with.
    """
    predict = True
    generator = torch.Generator().manual_seed(0)
    count = min(MOST_TESTS, max(1 << 12, resolution**2 // 4))
    lost, steepest = 0, safety  # points of the wrong sign; greatest Lipschitz constant seen
    for _ in range(DESCENTS):
        levels = descend(samples, coarsest_size(resolution), safety, predict=predict, crowd=crowd)
        found, needed = contradictions(samples, levels, count, generator)
        if not found:
            break
        lost, predict = lost + found, False  # such a field is not to be interpolated either
        # A quarter more than the steepest place that was seen: others may be steeper.
        steepest = max(steepest, needed)
        safety = max(safety, min(1.25 * steepest, STEEPEST))
    if lost:
        messages.append(
            f"The field is no good distance: {lost} of {count} random points had another sign "
            f"than the values around them allow; the search was repeated as for a field that "
            f"changes {safety:.2g} times faster than a distance."
            + (" Parts of the surface may still be missing." if found else "")
        )
    return levels, safety


def _border_is_inside(lattice: Lattice, level: OctreeLevel) -> bool:
    """Whether coarse cells on the border are wholly inside."""
    index = lattice.index(level.keys)
    last = torch.tensor(lattice.cells, device=index.device) - level.size
    border = ((index == 0) | (index == last)).any(dim=1)
    return bool((border & ~level.kept & level.inside).any())


def _no_surface(samples: LatticeValues, lower: Sequence[float], upper: Sequence[float]) -> str:
    """What is said of a field whose surface was not found."""
    low, high = samples.range
    return (
        f"The field has no surface in the box from {_point(lower)} to {_point(upper)}: its values "
        f"lie between {low:.3g} and {high:.3g}, none of them negative (inside). Either the shape "
        f"is thinner than a cell ({samples.lattice.spacing:.3g}): raise the resolution. Or the "
        f"field is wrong: {samples.probe.remedy}."
    )


def _point(values: Sequence[float]) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
