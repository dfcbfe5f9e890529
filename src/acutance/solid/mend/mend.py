"""All that is mended before a mesh is asked for its inside, in order."""

from dataclasses import dataclass

import numpy as np

from acutance.errors import InputError
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import LARGEST, Similarity, normalizing
from acutance.mesh.topology import Topology, topology
from acutance.mesh.units import Unit
from acutance.mesh.weld import weld
from acutance.solid.mend.loose import without_loose_faces
from acutance.solid.mend.orient import turn_outward
from acutance.solid.mend.repeats import distinct_faces, two_sided
from acutance.solid.mend.seams import close_seams
from acutance.solid.mend.strays import set_strays_aside


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A mesh that was mended.

    Attributes:
        transform: the way between its input frame and the unit frame.
        mesh: its faces in the unit frame, without strays and with seams closed.
        clean: these faces once each, turned outwards, without loose ones beside a closed surface.
        facts: how the faces hung together as they came.
        aside: a sentence about strays; nothing where there are none.
        notes: a sentence about each other thing that was done.

    Example:
        >>> from acutance.shapes.analytic import Box
        >>> box = Box().mesh()
        >>> mended = mend(box.with_faces(np.concatenate([box.faces, box.faces[:1]])))
        >>> len(mended.mesh.faces), len(mended.clean.faces), mended.notes
        (13, 12, ('1 face repeats another.',))
    """

    transform: Similarity
    mesh: TriangleMesh
    clean: TriangleMesh
    facts: Topology
    aside: tuple[str, ...]
    notes: tuple[str, ...]


def mend(source: TriangleMesh, unit: Unit | None = None) -> Mended:
    """Weld, set strays aside, close seams, and make distinct faces that look outwards.

    Args:
        source: in the input frame.
        unit: of its coordinates; None where it is not known.

    Raises:
        InputError: there is no face of positive area, or numbers and indices are damaged.
    """
    _check_arrays(source)
    welded = weld(source)
    if not len(welded.faces) or welded.area == 0:
        raise InputError("A solid needs triangles of positive area; the mesh has none.")
    kept, aside = set_strays_aside(welded, unit)
    facts = topology(kept)
    kept, closed = close_seams(kept)
    transform = normalizing(kept.vertices).in_unit(unit)
    mesh = transform.mesh_to_unit(kept)
    distinct = distinct_faces(mesh)
    clean, turned = turn_outward(distinct, two_sided(mesh, distinct))
    clean, loose = without_loose_faces(clean, transform)
    return Mended(
        transform=transform,
        mesh=mesh,
        clean=clean,
        facts=facts,
        aside=aside,
        notes=(*_repeats(facts), *closed, *turned, *loose),
    )


def _repeats(facts: Topology) -> tuple[str, ...]:
    count = facts.duplicate_faces
    if not count:
        return ()
    return (f"{count} face{'s repeat others' if count > 1 else ' repeats another'}.",)


def _check_arrays(mesh: TriangleMesh) -> None:
    """Refuse what `load` would have refused in a file."""
    count = len(mesh.vertices)
    if not (np.abs(mesh.vertices) < LARGEST).all():
        raise InputError(
            f"The mesh has vertices that are NaN, infinite or beyond {LARGEST:g}; remove or mend "
            "them."
        )
    if len(mesh.faces) and not (mesh.faces.min() >= 0 and mesh.faces.max() < count):
        raise InputError(
            f"The mesh has {count} vertices, and faces with the vertices {mesh.faces.min()} to "
            f"{mesh.faces.max()}; vertices are counted from 0."
        )
