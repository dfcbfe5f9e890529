"""Which closed parts are inside out: those that look inwards and bound no cavity of the others."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.surface import sample_surface
from acutance.solid.sides import OFFSET
from acutance.solid.winding import winding_number
from acutance.types import PointArray

SAMPLES = 256
"""Points on a part, besides its corners, that tell whether it lies within another."""

CORNERS = 256
"""Corners of a part at most that are looked at."""

WITHIN = 0.98
"""Share of these points that lie within for a part that does; a few are next to defects."""


@dataclass
class _Part:
    """A closed part whose orientation is to be decided.

    Attributes:
        faces: its faces.
        sided: whether something tells its outer side.
        sign: of its volume as it came; that of its convention once it is known to lie within a part
            that was turned.
        around: points just outside of it.
        number: the winding number of the other parts there.
    """

    faces: TriangleMesh
    sided: bool
    sign: int
    around: PointArray
    number: Float[np.ndarray, " samples"]


def parts_to_turn(
    mesh: TriangleMesh,
    patch: Int[np.ndarray, " faces"],
    volume: Float[np.ndarray, " patches"],
    sided: Bool[np.ndarray, " patches"],
) -> Bool[np.ndarray, " patches"]:
    """Which parts are inside out.

    Parts of a negative volume are decided from the largest to the smallest. One that lies wholly
    within the solid of the others, as far as they are decided, is a cavity. Any other is turned,
    and with it all that lies within it, but for parts of which nothing tells the outer side: these
    come with a negative volume, and are cavities wherever they lie within.

    Args:
        mesh: its faces agree with their neighbours; in the unit frame.
        patch: the part of every face.
        volume: signed volume of every part; 0 for those that are open.
        sided: whether something tells the outer side of every part.
    """
    turned = np.zeros(len(volume), dtype=bool)
    negative = np.flatnonzero(volume < 0)
    if not len(negative):
        return turned
    boxes = _boxes(mesh, patch, len(volume))
    doubtful = _doubtful(volume, boxes, negative)
    given = TriangleMesh(mesh.vertices, mesh.faces[volume[patch] >= 0])
    parts = _parts(mesh, patch, volume, sided, doubtful, given)
    for place, index in enumerate(doubtful):
        part = parts[place]
        within = bool(np.mean(part.number > 0.5) >= WITHIN)
        final = -1 if part.sign < 0 and within else 1
        turned[index] = final != np.sign(volume[index])
        # The others' numbers hold it as it came, and not at all where it looked inwards.
        change = final - (1 if volume[index] > 0 else 0)
        later = doubtful[place + 1 :]
        meets = np.all(boxes[later, 0] <= boxes[index, 1], axis=1)
        meets &= np.all(boxes[later, 1] >= boxes[index, 0], axis=1)
        others = [parts[place + 1 + i] for i in np.flatnonzero(meets)]
        # What turned with a part around it has been entered there.
        leads = bool(turned[index] and part.sided and part.sign == np.sign(volume[index]))
        if others and change:
            _update(part, others, change, leads)
    return turned


def _update(part: _Part, others: list[_Part], change: int, leads: bool) -> None:
    """Enter a decided part into the winding numbers around others, and turn those within it."""
    cuts = np.cumsum([len(other.around) for other in others])[:-1]
    number = np.abs(winding_number(part.faces, np.concatenate([o.around for o in others])))
    for other, own in zip(others, np.split(number, cuts), strict=True):
        other.number = other.number + change * own
        if leads and other.sided and np.mean(own > 0.5) >= WITHIN:
            other.sign = -other.sign


def _doubtful(
    volume: Float[np.ndarray, " patches"],
    boxes: Float[np.ndarray, "patches 2 3"],
    negative: Int[np.ndarray, " negative"],
) -> Int[np.ndarray, " doubtful"]:
    """Parts that look inwards, and parts that may lie within these, by descending volume."""
    concerned = volume < 0
    for index in np.flatnonzero(volume > 0):
        lower, upper = boxes[index]
        outer = boxes[negative]
        concerned[index] = np.any(np.all((outer[:, 0] <= lower) & (outer[:, 1] >= upper), axis=1))
    found = np.flatnonzero(concerned)
    return found[np.argsort(-np.abs(volume[found]), kind="stable")]


def _parts(
    mesh: TriangleMesh,
    patch: Int[np.ndarray, " faces"],
    volume: Float[np.ndarray, " patches"],
    sided: Bool[np.ndarray, " patches"],
    doubtful: Int[np.ndarray, " doubtful"],
    given: TriangleMesh,
) -> list[_Part]:
    """The parts, with the winding number of the given mesh around them."""
    order = np.argsort(patch, kind="stable")
    ends = np.cumsum(np.bincount(patch, minlength=len(volume)))
    rng = np.random.default_rng(0)
    parts = list[_Part]()
    for index in doubtful:
        faces = mesh.faces[order[(ends[index - 1] if index else 0) : ends[index]]]
        used, corners = np.unique(faces, return_inverse=True)
        own = TriangleMesh(mesh.vertices[used], corners.reshape(-1, 3).astype(np.int32))
        sign = int(np.sign(volume[index]))
        parts.append(_Part(own, bool(sided[index]), sign, _around(own, sign, rng), np.zeros(0)))
    number = winding_number(given, np.concatenate([part.around for part in parts]))
    cuts = np.cumsum([len(part.around) for part in parts])[:-1]
    for part, own_number in zip(parts, np.split(number, cuts), strict=True):
        part.number = own_number
    return parts


def _around(part: TriangleMesh, sign: int, rng: np.random.Generator) -> PointArray:
    """Points just outside of a part: above random points on it, and above its corners."""
    drawn = sample_surface(part, SAMPLES, rng)
    step = -(-part.faces.size // CORNERS)
    corner = part.faces.ravel()[::step]
    normal = part.face_normals[np.arange(part.faces.size)[::step] // 3]
    points = np.concatenate([drawn.points, part.vertices[corner]])
    return points + sign * OFFSET * np.concatenate([drawn.normals, normal])


def _boxes(
    mesh: TriangleMesh, patch: Int[np.ndarray, " faces"], count: int
) -> Float[np.ndarray, "patches 2 3"]:
    """Lower and upper corner of every part."""
    boxes = np.empty((count, 2, 3))
    boxes[:, 0], boxes[:, 1] = np.inf, -np.inf
    np.minimum.at(boxes[:, 0], patch, mesh.triangles.min(axis=1))
    np.maximum.at(boxes[:, 1], patch, mesh.triangles.max(axis=1))
    return boxes
