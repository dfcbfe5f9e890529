"""From overlapping parts to one closed mesh."""

from collections.abc import Sequence

import numpy as np
from manifold3d import Manifold, OpType

from acutance.mesh.mesh import TriangleMesh
from acutance.shapes.modelling.repair import mended

RELATIVE_TOLERANCE = 5e-5
"""In radii of the shape: smaller details, such as slivers where parts meet, are removed."""

LEAST_BODY = 1e-5
"""In volumes of the largest body: smaller ones are crumbs that facets of grazing parts cut off."""


def assembled(parts: Sequence[Manifold]) -> TriangleMesh:
    """The union of parts that overlap, as one closed mesh without voids, standing on y = 0.

    Raises:
        RuntimeError: parts do not hang together, which is a mistake of the shape's design.

    >>> cube = Manifold.cube((1, 1, 1))
    >>> mesh = assembled([cube, cube.translate((0, 0.5, 0))])
    >>> round(mesh.volume, 6), mesh.bounds.tolist()
    (1.5, [[0.0, 0.0, 0.0], [1.0, 1.5, 1.0]])
    """
    # Forgetting which part a face came from lets coplanar faces of several parts become one.
    solid = Manifold.batch_boolean(list(parts), OpType.Add).as_original()
    lower, upper = np.reshape(solid.bounding_box(), (2, 3))
    tolerance = RELATIVE_TOLERANCE * float(np.linalg.norm(upper - lower)) / 2
    # A void is a body of its own, of negative volume: leaving it out fills it.
    bodies = solid.simplify(tolerance).decompose()
    least = LEAST_BODY * max(body.volume() for body in bodies)
    bodies = [body for body in bodies if body.volume() > least]
    if len(bodies) != 1:
        raise RuntimeError(f"the parts of a shape fall into {len(bodies)} bodies")
    raw = bodies[0].to_mesh64()
    vertices = np.array(raw.vert_properties[:, :3])  # a copy: a view would keep the C++ mesh alive
    vertices[:, 1] -= vertices[:, 1].min()
    mesh = TriangleMesh(vertices, np.array(raw.tri_verts, np.int32))
    return mended(mesh, tolerance)
