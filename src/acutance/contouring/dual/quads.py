"""The two triangles of every crossing edge, between the vertices of its four patches."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.contouring.dual.hermite import Hermite
from acutance.contouring.dual.patches import Crossings
from acutance.mesh.mesh import TriangleMesh

FOLD = -0.05
"""Cosine to the normal at its crossing edge below which a triangle counts as folded over; at a
crease of 90° it is 0. With noise of 1e-2 rad in the normals this leaves next to no faces that cut
each other (without: some hundred)."""

SHORTER = 0.01
"""Weight of the length of a diagonal against its miss: it decides where both miss by little."""


@dataclass(frozen=True)
class Edges:
    """Crossing edges, as far as their triangles need them (see `Crossings` and `Hermite`)."""

    axis: Int[Tensor, " edges"]
    outward: Bool[Tensor, " edges"]
    patches: Int[Tensor, "edges 4"]
    points: Float[Tensor, "edges 3"]
    normals: Float[Tensor, "edges 3"]

    @staticmethod
    def of(crossings: Crossings, hermite: Hermite) -> "Edges":
        """All crossing edges."""
        return Edges(
            crossings.axis, crossings.outward, crossings.patches, hermite.points, hermite.normals
        )

    def at(self, chosen: Bool[Tensor, " edges"]) -> "Edges":
        """Some of them."""
        return Edges(
            self.axis[chosen],
            self.outward[chosen],
            self.patches[chosen],
            self.points[chosen],
            self.normals[chosen],
        )


def quad_mesh(vertices: Float[Tensor, "patches 3"], edges: Edges) -> TriangleMesh:
    """The mesh of the triangles of the edges."""
    faces = triangles(vertices, edges).reshape(-1, 3)
    return TriangleMesh(vertices.cpu().numpy(), faces.cpu().numpy().astype(np.int32))


def triangles(vertices: Float[Tensor, "patches 3"], edges: Edges) -> Int[Tensor, "edges 2 3"]:
    """The two triangles of every edge, counter-clockwise from outside."""
    outward = edges.outward
    quads = torch.where(outward[:, None], edges.patches, edges.patches.flip(dims=(1,)))
    # Reversed, the first and third corners of a quadrilateral become its fourth and second.
    first = crosses_first(vertices[edges.patches], edges) == outward
    return torch.where(
        first[:, None], quads[:, [0, 1, 2, 0, 2, 3]], quads[:, [0, 1, 3, 1, 2, 3]]
    ).reshape(-1, 2, 3)


def folded(corners: Float[Tensor, "edges 2 3 3"], edges: Edges) -> Bool[Tensor, "edges 2"]:
    """Which triangles face away from the surface at their edge."""
    a, b, c = corners.unbind(dim=2)
    normal = torch.linalg.cross(b - a, c - a)
    along = (normal * edges.normals[:, None]).sum(dim=2)
    return along < FOLD * normal.norm(dim=2)


def crosses_first(
    corners: Float[Tensor, "edges 4 3"],
    edges: Edges,
) -> Bool[Tensor, " edges"]:
    """Whether to cut quadrilaterals from their first to their third corner.

    Seen along its edge, the four corners lie in four quadrants about it, so that at least one
    diagonal cuts the quadrilateral into two triangles that do not fold, and the surface passes
    the edge in one of them. The better diagonal is the one that passes closer to the root: on a
    crease it is the one that follows the crease. Where both do, it is the shorter one.
    """
    places = torch.tensor([[1, 2, 0], [2, 0, 1], [0, 1, 2]], device=corners.device)
    relative = corners - edges.points[:, None]
    relative = relative.gather(2, places[edges.axis][:, None].expand(-1, 4, 3))
    flat, height = relative[..., :2], relative[..., 2]
    misses = []
    for i in (0, 1):
        miss = _miss(flat.roll(-i, dims=1), height.roll(-i, dims=1))
        length = (corners[:, i] - corners[:, i + 2]).norm(dim=1)
        misses.append(miss + SHORTER * length)
    return misses[0] <= misses[1]


def _miss(
    flat: Float[Tensor, "edges 4 2"], height: Float[Tensor, "edges 4"]
) -> Float[Tensor, " edges"]:
    """How far from the origin the diagonal from the first to the third corner is in height.

    Infinite where one of the two triangles folds over.
    """
    x, y = flat.unbind(dim=2)

    def cross(i: int, j: int) -> Float[Tensor, " edges"]:
        return x[:, i] * y[:, j] - y[:, i] * x[:, j]

    side = cross(2, 0)
    area, other = cross(0, 1) + cross(1, 2) + side, cross(2, 3) + cross(3, 0) - side
    # Barycentric coordinates of the origin in the triangle that holds it.
    before = cross(1, 2) * height[:, 0] + side * height[:, 1] + cross(0, 1) * height[:, 2]
    after = cross(2, 3) * height[:, 0] - side * height[:, 3] + cross(3, 0) * height[:, 2]
    at = torch.where(side >= 0, before / area, after / other)
    return torch.where((area > 0) & (other > 0), at.abs(), torch.inf)
