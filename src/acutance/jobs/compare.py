"""A mesh, whatever tool made it, against what it should be."""

from dataclasses import asdict, dataclass
from pathlib import Path

from acutance.errors import InputError
from acutance.evaluation.measure import measure
from acutance.evaluation.metrics import Metrics
from acutance.files import write_json
from acutance.geometry.load import load
from acutance.geometry.mesh import PointCloud
from acutance.geometry.topology import Topology, topology

APART = 0.2
"""A mesh that is farther from its reference, in radii and on average, is hardly of the same
shape."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How a mesh hangs together, and how close it comes to its reference."""

    topology: Topology
    metrics: Metrics

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user should know."""
        distance = self.metrics.surface.mean
        if distance <= APART:
            return ()
        return (
            f"The two are {distance:.2g} radii apart on average: are they in the same coordinates "
            "and units?",
        )


def compare(result: Path, reference: Path) -> Comparison:
    """Measure a mesh file against a mesh or a point cloud in the same coordinates.

    Raises:
        InputError: a file cannot be read, or the result is a point cloud.
    """
    mesh = load(result)
    if isinstance(mesh, PointCloud):
        raise InputError(
            f"{result} is a point cloud, and what is measured is a mesh; give the mesh first, then "
            "the reference."
        )
    return Comparison(topology=topology(mesh), metrics=measure(mesh, load(reference)))


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write metrics and topology as JSON.

    Raises:
        InputError: the file cannot be written.
    """
    content = {
        "metrics": comparison.metrics.to_json(),
        "topology": asdict(comparison.topology),
        "messages": list(comparison.messages),
    }
    write_json(path, content)
