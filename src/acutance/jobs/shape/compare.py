"""A mesh, whatever tool made it, against what it should be."""

from dataclasses import asdict, dataclass
from pathlib import Path

from acutance.errors import InputError
from acutance.machine.files import check_writable, write_json
from acutance.mesh.io.load import read
from acutance.mesh.mesh import PointCloud, TriangleMesh
from acutance.mesh.topology import Topology, topology
from acutance.mesh.units import NAMES, Unit
from acutance.metrics.measure import measure
from acutance.metrics.metrics import Metrics

APART = 0.2
"""A mesh that is farther from its reference, in radii and on average, is hardly of the same
shape."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How a mesh hangs together, how close it comes to its reference, and what to know of it."""

    result: Path
    reference: Path
    topology: Topology
    metrics: Metrics
    messages: tuple[str, ...]


def compare(result: Path, reference: Path, unit: Unit | None = None) -> Comparison:
    """Measure a mesh file against a mesh or a point cloud of the same place.

    Args:
        result: the mesh. Where both units are known, it is brought into that of the reference.
        reference: what it should be like.
        unit: of a file that names none.

    Raises:
        InputError: a file cannot be read, or the result is a point cloud.
    """
    to_judge, wanted = read(result).or_in(unit), read(reference).or_in(unit)
    brought = to_judge.brought_into(wanted.unit)
    mesh, given = brought.shape, wanted.shape
    if isinstance(mesh, PointCloud):
        raise InputError(
            f"{result} is a point cloud, and what is measured is a mesh; give the mesh first, then "
            "the reference."
        )
    metrics = measure(mesh, given)
    there = topology(mesh)
    messages = (
        *(f"{result.name}: {note}" for note in brought.notes),
        *(f"{reference.name}: {note}" for note in wanted.notes),
        *_half_known(result, reference, to_judge.unit, wanted.unit),
        *_inverted(result, mesh),
        *_inverted(reference, given),
        *_apart(metrics.surface.mean),
        *_volumes(metrics, there, given),
    )
    return Comparison(
        result=result,
        reference=reference,
        topology=there,
        metrics=metrics,
        messages=messages,
    )


def check_target(path: Path, *sources: Path) -> None:
    """Makes sure that the numbers can be written to a path, before the work.

    Raises:
        InputError: it is no JSON file, one of the files that are compared, or cannot be written.
    """
    if path.suffix.lower() != ".json":
        raise InputError(f"{path}: the numbers are written as JSON; give a name ending in .json.")
    if path.exists() and any(path.samefile(source) for source in sources if source.exists()):
        raise InputError(f"{path} is an input, which is not overwritten; choose another name.")
    check_writable(path)


def _half_known(
    result: Path, reference: Path, unit: Unit | None, other: Unit | None
) -> tuple[str, ...]:
    """What is assumed where the unit of one file alone is known."""
    if (unit is None) == (other is None):
        return ()
    known, unknown = (result, reference) if other is None else (reference, result)
    named = unit or other
    assert named is not None
    return (
        f"{known.name} is in {NAMES[named]}, and {unknown.name} does not say; their numbers are "
        "compared as they are. If its unit is another, give it by --unit.",
    )


def _inverted(path: Path, shape: TriangleMesh | PointCloud) -> tuple[str, ...]:
    if isinstance(shape, PointCloud) or not topology(shape).manifold or shape.volume >= 0:
        return ()
    return (
        f"{path.name} is inside out: its faces look inwards, so that volumes cannot be compared; "
        "`acutance clean` turns it.",
    )


def _apart(distance: float) -> tuple[str, ...]:
    if distance <= APART:
        return ()
    return (
        f"The two are {distance:.2g} radii apart on average: are they in the same coordinates "
        "and units?",
    )


def _volumes(
    metrics: Metrics, there: Topology, given: TriangleMesh | PointCloud
) -> tuple[str, ...]:
    """Why the volumes are not compared, or hardly can be."""
    if metrics.volume is None:
        kind = "a point cloud" if isinstance(given, PointCloud) else "not closed and oriented"
        return (f"The volumes are not compared (IoU): the reference is {kind}.",)
    if not (there.closed and there.oriented):
        return (
            "The result is not closed and oriented, so that its inside, hence the IoU, is a guess.",
        )
    return ()


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write metrics and topology as JSON.

    Raises:
        InputError: the file cannot be written.
    """
    content = {
        "result": str(comparison.result),
        "reference": str(comparison.reference),
        "metrics": comparison.metrics.to_json(),
        "topology": asdict(comparison.topology),
        "messages": list(comparison.messages),
    }
    write_json(path, content)
