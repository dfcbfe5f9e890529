"""The two triangles of every crossing edge, between the vertices of its four patches."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from acutance.contouring.dual.hermite import Hermite
from acutance.contouring.dual.patches import Crossings
from acutance.mesh.mesh import TriangleMesh

FOLD_COSINE = -0.05
"""A triangle counts as folded over if the cosine between its normal and the normal at its crossing
edge is below this; at a crease of 90° it is 0. With noise of 1e-2 rad in the normals this leaves
next to no faces that cut each other (without: some hundred)."""

LENGTH_WEIGHT = 0.01
"""Weight of the length of a diagonal against its distance from the root: it decides where both
diagonals pass close to it."""


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
    first = cut_first_diagonal(vertices[edges.patches], edges) == outward
    return torch.where(
        first[:, None], quads[:, [0, 1, 2, 0, 2, 3]], quads[:, [0, 1, 3, 1, 2, 3]]
    ).reshape(-1, 2, 3)


def folded(corners: Float[Tensor, "edges 2 3 3"], edges: Edges) -> Bool[Tensor, "edges 2"]:
    """Which triangles face away from the surface at their edge."""
    # cos ∠(triangle's normal, normal at the edge) < FOLD_COSINE, without a division.
    a, b, c = corners.unbind(dim=2)
    normal = torch.linalg.cross(b - a, c - a)
    along = (normal * edges.normals[:, None]).sum(dim=2)
    return along < FOLD_COSINE * normal.norm(dim=2)


def cut_first_diagonal(corners: Float[Tensor, "edges 4 3"], edges: Edges) -> Bool[Tensor, " edges"]:
    """Whether to cut quadrilaterals from their first to their third corner.

    Seen along its edge, the four corners lie in four quadrants about it, so that at least one
    diagonal cuts the quadrilateral into two triangles that do not fold, and the surface passes
    the edge in one of them. The better diagonal is the one that passes closer to the root: on a
    crease it is the one that follows the crease. Where both do, it is the shorter one.
    """
    # Coordinates with the edge's axis last, and the root as their origin.
    places = torch.tensor([[1, 2, 0], [2, 0, 1], [0, 1, 2]], device=corners.device)
    relative = corners - edges.points[:, None]
    relative = relative.gather(2, places[edges.axis][:, None].expand(-1, 4, 3))
    flat, height = relative[..., :2], relative[..., 2]
    costs = []
    for i in (0, 1):  # the diagonal from corner i to corner i + 2
        distance = _distance_from_root(flat.roll(-i, dims=1), height.roll(-i, dims=1))
        length = (corners[:, i] - corners[:, i + 2]).norm(dim=1)
        costs.append(distance + LENGTH_WEIGHT * length)
    return costs[0] <= costs[1]


def _distance_from_root(
    flat: Float[Tensor, "edges 4 2"], height: Float[Tensor, "edges 4"]
) -> Float[Tensor, " edges"]:
    """How far from the root, along its edge, the quadrilateral passes that is cut from its first to
    its third corner; infinite where one of the two triangles folds over.

    Args:
        flat: the corners as seen along the edge, from the root.
        height: their places along the edge, from the root.
    """
    x, y = flat.unbind(dim=2)

    def cross(i: int, j: int) -> Float[Tensor, " edges"]:
        return x[:, i] * y[:, j] - y[:, i] * x[:, j]

    # Twice the signed areas of the two triangles; the sign of `side` says which holds the origin.
    side = cross(2, 0)
    area, other = cross(0, 1) + cross(1, 2) + side, cross(2, 3) + cross(3, 0) - side
    # Barycentric coordinates of the origin in the triangle that holds it.
    before = cross(1, 2) * height[:, 0] + side * height[:, 1] + cross(0, 1) * height[:, 2]
    after = cross(2, 3) * height[:, 0] - side * height[:, 3] + cross(3, 0) * height[:, 2]
    # Both areas are positive where neither triangle is folded, as seen along the edge.
    at = torch.where(side >= 0, before / area, after / other)
    return torch.where((area > 0) & (other > 0), at.abs(), torch.inf)
