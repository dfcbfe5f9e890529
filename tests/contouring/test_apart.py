"""Faces of a contoured mesh keep apart, so that every reader finds the same surface."""

import numpy as np
import pytest
import torch
from test_contour import Changed, Union

from acutance.contouring.contour import Contouring, extract
from acutance.contouring.finish.apart import CLEARANCE, kept_apart
from acutance.contouring.finish.near import near_faces
from acutance.mesh.collapse import without_short_edges
from acutance.mesh.mesh import TriangleMesh
from acutance.mesh.normalize import Similarity
from acutance.mesh.topology import topology
from acutance.shapes.analytic import Analytic, Box, Sphere
from acutance.types import Field

LOWER, UPPER = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
CUBE = Box(half=(0.3, 0.3, 0.3))


class Leaning(Analytic):
    """Two cubes, one balancing on an edge on the other: they touch along a line."""

    def sdf(self, points: torch.Tensor) -> torch.Tensor:
        """The nearer of the two."""
        top = Changed(of=CUBE, angle=np.pi / 4, shift=(0.3 * 2**0.5 + 0.3, 0.0, 0.0))
        return torch.minimum(CUBE.sdf(points), top.sdf(points)).clamp(max=0.3)


TOUCHING: dict[str, Field] = {
    "at an edge": Union(
        one=Changed(of=CUBE, shift=(-0.3, -0.3, 0.0)), other=Changed(of=CUBE, shift=(0.3, 0.3, 0.0))
    ),
    "at a corner": Union(
        one=Changed(of=CUBE, shift=(-0.3, -0.3, -0.3)),
        other=Changed(of=CUBE, shift=(0.3, 0.3, 0.3)),
    ),
    "edge on face": Leaning(),
    "balls in a point": Union(
        one=Changed(of=Sphere(radius=0.4), shift=(-0.4, 0.0, 0.0)),
        other=Changed(of=Sphere(radius=0.4), shift=(0.4, 0.0, 0.0)),
    ),
}


def joined(*meshes: TriangleMesh) -> TriangleMesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return TriangleMesh(
        np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces).astype(np.int32)
    )


def shifted(mesh: TriangleMesh, *by: float) -> TriangleMesh:
    return TriangleMesh(mesh.vertices + np.array(by), mesh.faces)


@pytest.mark.parametrize("simplify", [0.0, 0.002])
@pytest.mark.parametrize("resolution", [32, 41])
@pytest.mark.parametrize("name", TOUCHING)
def test_shapes_that_touch_keep_apart_in_32_bits(name: str, resolution: int, simplify: float):
    config = Contouring(resolution=resolution, simplify=simplify)
    mesh = extract(TOUCHING[name], LOWER, UPPER, config).mesh
    assert topology(mesh).manifold
    rounded = TriangleMesh(mesh.vertices.astype(np.float32).astype(np.float64), mesh.faces)
    assert len(near_faces(rounded, 0.5 * CLEARANCE)) == 0
    assert topology(rounded).degenerate_faces == 0


@pytest.mark.parametrize("scale", [4e-4, 1e-2, 1.0, 1e5])
def test_faces_keep_apart_in_any_unit(scale: float):
    result = extract(TOUCHING["at an edge"], LOWER, UPPER, Contouring(resolution=32, simplify=1e-3))
    moved = result.moved(Similarity(scale=scale))
    assert topology(moved.mesh).manifold
    assert len(near_faces(moved.mesh, max(4e-8, 0.9 * CLEARANCE * scale))) == 0
    assert moved.messages == ()


def test_a_mesh_too_small_for_its_readers_is_said_with_the_remedy():
    result = extract(Sphere(radius=0.5), LOWER, UPPER, Contouring(resolution=16))
    (message,) = result.moved(Similarity(scale=4e-7)).messages
    assert message == (
        "The mesh is only 4e-07 large, and programs that read it may merge vertices nearer than "
        "2.5e-08, so that they find it open. Write it in a smaller unit: --scale 10000000."
    )


def test_overlapping_boxes_are_pushed_apart_and_stay_closed():
    box = Box(half=(0.5, 0.5, 0.5)).mesh()
    two = joined(box, shifted(box, 0.1, 0.2, 0.999))
    assert len(near_faces(two, 0.0)) > 0
    apart, near = kept_apart(two, 1e-6)
    assert near == 0
    assert topology(apart).manifold
    assert len(near_faces(apart, 1e-6)) == 0
    assert np.abs(apart.vertices - two.vertices).max() < 2e-3


def test_faces_in_one_plane_that_overlap_are_found():
    triangle = TriangleMesh(
        np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float), np.array([[0, 1, 2]], np.int32)
    )
    assert near_faces(joined(triangle, shifted(triangle, 0.2, 0.2, 0.0)), 1e-9).tolist() == [0, 1]
    assert near_faces(joined(triangle, shifted(triangle, 0.7, 0.7, 0.0)), 1e-9).tolist() == []
    assert near_faces(joined(triangle, shifted(triangle, 0.2, 0.2, 0.1)), 1e-9).tolist() == []


def test_neighbours_are_near_only_where_they_fold_over():
    places = np.array([[0, 0, 0], [2, 0, 0], [1, 1, 0], [1, -1, 0], [1, 0.5, 0]], float)
    flat = TriangleMesh(places, np.array([[0, 1, 2], [1, 0, 3]], np.int32))
    folded = TriangleMesh(places, np.array([[0, 1, 2], [1, 0, 4]], np.int32))
    assert near_faces(flat, 1e-3).tolist() == []
    assert near_faces(folded, 1e-3).tolist() == [0, 1]


def test_a_search_at_some_faces_finds_what_they_are_near():
    box = Box(half=(0.5, 0.5, 0.5)).mesh()
    two = joined(box, shifted(box, 0.1, 0.2, 0.9))
    everywhere = near_faces(two, 0.0)
    assert set(near_faces(two, 0.0, np.arange(12))) == set(everywhere)
    assert near_faces(two, 0.0, np.setdiff1d(np.arange(24), everywhere)).tolist() == []


def test_short_edges_go_where_the_surface_stays_a_manifold():
    mesh = extract(Sphere(radius=0.5), LOWER, UPPER, Contouring(resolution=16)).mesh
    for shortest in (0.1, 0.2, 0.5):
        few, kept = without_short_edges(mesh, shortest)
        assert topology(few.with_faces(few.faces)).manifold
        assert set(np.unique(few.faces)) <= set(kept)
        assert (kept[kept] == kept).all()
        assert len(few.faces) < len(mesh.faces)


def test_a_ring_of_three_edges_is_not_pinched_off():
    """Collapsing an edge of a tube three edges around would close it to a point."""
    angle = 2 * np.pi * np.arange(3) / 3
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    rings = [ring * [r, r, 0] + [0, 0, z] for r, z in ((1, 0), (1e-9, 1), (1, 2))]
    i = np.arange(3)
    n = (i + 1) % 3
    sides = [np.stack([i, n, n + 3, i, n + 3, i + 3], axis=1).reshape(-1, 3) + s for s in (0, 3)]
    ends = np.array([[0, 2, 1], [6, 7, 8]])
    faces = np.concatenate([*sides, ends]).astype(np.int32)
    tube = TriangleMesh(np.concatenate(rings), faces)
    assert topology(tube).manifold
    assert len(without_short_edges(tube, 1e-8)[0].faces) == len(faces)
