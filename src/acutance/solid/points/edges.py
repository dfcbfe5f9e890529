"""Signed distance beside an edge, where the neighbours of a point lie on several faces.

A mean over all neighbours rounds the edge, and bulges where one of the faces has a gap. Each face
alone is a plane, and what the planes bound is their intersection beside an edge that stands out,
and their union beside one that goes in (Fleishman et al. 2005, "Robust Moving Least-Squares Fitting
with Sharp Features").
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from acutance.types import PointArray, ScalarArray

SAME_FACE = 0.6
"""Cosine of normals from which on neighbours lie on one face: noise and curvature turn normals by
less, and right angles by more."""

FACES = 3
"""Faces that are told apart: those of a corner."""

LEAST = 0.005
"""Share of the weight below which neighbours are no face: stray normals make none."""


@dataclass(frozen=True)
class _Face:
    """The plane of some neighbours: signed distance, normal, and the mean way to the point."""

    signed: ScalarArray
    normal: PointArray
    way: PointArray


def beside_edges(
    weight: Float[np.ndarray, "points near"], normals: Float[np.ndarray, "points near 3"]
) -> Bool[np.ndarray, " points"]:
    """Which points have neighbours on several faces; arguments as `distance_at_edges`."""
    other = np.einsum("pkx,px->pk", normals, normals[:, 0]) <= SAME_FACE
    return np.sum(weight * other, axis=1) > LEAST


def distance_at_edges(
    weight: Float[np.ndarray, "points near"],
    normals: Float[np.ndarray, "points near 3"],
    way: Float[np.ndarray, "points near 3"],
) -> tuple[ScalarArray, PointArray]:
    """Signed distances and unit normals of points beside edges.

    Where the faces form neither a ridge nor a groove, all neighbours are averaged.

    Args:
        weight: of the neighbours, the nearest one first; their sum is 1.
        normals: unit normals of the neighbours.
        way: from the neighbours to the point.
    """
    same = normals @ normals.swapaxes(1, 2) > SAME_FACE
    left = np.ones(weight.shape, bool)
    mean = _face(weight, normals, way)
    signed, normal = mean.signed, mean.normal
    told = np.zeros(len(weight), bool)
    first: _Face | None = None
    for _ in range(FACES):
        on = left & _heaviest(same, weight * left)
        left &= ~on
        face = _face(weight * on, normals, way)
        if first is None:
            first = face
            continue
        across = first.way - face.way  # from the first face to this one
        there = np.sum(first.normal * across, axis=1)
        back = -np.sum(face.normal * across, axis=1)
        ridge, groove = (there < 0) & (back < 0), (there > 0) & (back > 0)
        meets = (np.sum(weight * on, axis=1) > LEAST) & (ridge | groove)
        new = (meets & ~told)[:, None]  # up to now the mean over all
        signed = np.where(new[:, 0], first.signed, signed)
        normal = np.where(new, first.normal, normal)
        taken = meets & np.where(ridge, face.signed > signed, face.signed < signed)
        signed = np.where(taken, face.signed, signed)
        normal = np.where(taken[:, None], face.normal, normal)
        told |= meets
    return signed, normal


def _heaviest(
    same: Bool[np.ndarray, "points near near"], weight: Float[np.ndarray, "points near"]
) -> Bool[np.ndarray, "points near"]:
    """The neighbours on the face of the largest weight."""
    total = np.einsum("pkj,pj->pk", same, weight) * (weight > 0)
    return np.take_along_axis(same, np.argmax(total, axis=1)[:, None, None], axis=1)[:, 0]


def _face(
    weight: Float[np.ndarray, "points near"],
    normals: Float[np.ndarray, "points near 3"],
    way: Float[np.ndarray, "points near 3"],
) -> _Face:
    """The plane of the neighbours that have a weight."""
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    normal = np.einsum("pk,pkx->px", weight, normals)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    between = 0.5 * (normals + normal[:, None])
    signed = np.einsum("pk,pkx,pkx->p", weight, between, way)
    return _Face(signed, normal, np.einsum("pk,pkx->px", weight, way))
