# mypy: disable-error-code="valid-type, no-untyped-def, operator, index, attr-defined"
# mypy: disable-error-code="valid-type, no-untyped-def, operator, index, arg-type, call-overload"
# (Warp reads the annotations of kernels as its own types.)
"""Warp kernels that find faces too near each other, and say where to move their corners.

Two triangles are apart if along some direction there is a gap between them (the theorem of the
separating axis; Gottschalk, Lin and Manocha 1996, "OBBTree"). For triangles it is enough to try
their normals, the products of two edges, and where both lie in one plane those of a normal and an
edge. The width of the widest such gap is at most their distance.
"""

import warp as wp

Corners = wp.types.matrix(shape=(3, 3), dtype=wp.float64)
"""A triangle, a corner a row. One that repeats a corner is a segment or a point."""


@wp.struct
class Gap:
    """The widest gap between two triangles along the directions that were tried.

    Attributes:
        width: of the gap; negative where they overlap.
        middle: where it is along the direction.
        direction: from the second to the first triangle, of unit length.
    """

    width: wp.float64
    middle: wp.float64
    direction: wp.vec3d


@wp.func
def wider(gap: Gap, a: Corners, b: Corners, u: wp.vec3d, v: wp.vec3d) -> Gap:
    """The gap, or that along the product of two vectors if it is wider."""
    product = wp.cross(u, v)
    length = wp.length(product)
    # Vectors as parallel as this have no product in float64, nor have those of no length.
    if length <= wp.float64(1e-6) * wp.length(u) * wp.length(v):
        return gap
    n = product / length
    p, q = a * n, b * n
    half = wp.float64(0.5)
    if wp.min(p) - wp.max(q) > gap.width:
        gap.width = wp.min(p) - wp.max(q)
        gap.middle = half * (wp.min(p) + wp.max(q))
        gap.direction = n
    if wp.min(q) - wp.max(p) > gap.width:
        gap.width = wp.min(q) - wp.max(p)
        gap.middle = -half * (wp.min(q) + wp.max(p))
        gap.direction = -n
    return gap


@wp.func
def widest(a: Corners, b: Corners, enough: wp.float64) -> Gap:
    """The widest gap between two triangles, or the first that is wide enough."""
    gap = Gap()
    gap.width = wp.float64(-1.0e300)
    across, other = wp.cross(a[1] - a[0], a[2] - a[0]), wp.cross(b[1] - b[0], b[2] - b[0])
    # Neighbours are mostly apart within their planes; these directions come first.
    for i in range(3):
        f = b[(i + 1) % 3] - b[i]
        gap = wider(gap, a, b, other, f)
        if gap.width >= enough:
            return gap
    for i in range(3):
        e = a[(i + 1) % 3] - a[i]
        gap = wider(gap, a, b, other, e)
        if gap.width >= enough:
            return gap
        gap = wider(gap, a, b, across, e)
        if gap.width >= enough:
            return gap
    gap = wider(gap, a, b, a[1] - a[0], a[2] - a[0])
    gap = wider(gap, a, b, b[1] - b[0], b[2] - b[0])
    for i in range(3):
        e, f = a[(i + 1) % 3] - a[i], b[(i + 1) % 3] - b[i]
        gap = wider(gap, a, b, across, f)
        for j in range(3):
            if gap.width < enough:
                gap = wider(gap, a, b, e, b[(j + 1) % 3] - b[j])
    return gap


@wp.func
def has(face: wp.vec3i, vertex: wp.int32) -> wp.bool:
    """Whether a vertex is a corner of a face."""
    return face[0] == vertex or face[1] == vertex or face[2] == vertex


@wp.func
def corners(face: wp.vec3i, vertices: wp.array(dtype=wp.vec3d), without: wp.vec3i) -> Corners:
    """The corners of a face, those of another face replaced by one that is not: what is left of
    the face away from the other."""
    left = face[0]
    for k in range(3):
        if not has(without, face[k]):
            left = face[k]
    rows = Corners()
    for k in range(3):
        vertex = face[k]
        if has(without, vertex):
            vertex = left
        rows[k] = vertices[vertex]
    return rows


@wp.func
def shared(a: wp.vec3i, b: wp.vec3i) -> wp.int32:
    """Number of corners that two faces have in common."""
    count = wp.int32(0)
    for k in range(3):
        if has(b, a[k]):
            count += 1
    return count


@wp.kernel(enable_backward=False)
def near_kernel(
    first: wp.int32,
    chosen: wp.array(dtype=wp.int32),
    mesh: wp.uint64,
    vertices: wp.array(dtype=wp.vec3d),
    faces: wp.array(dtype=wp.vec3i),
    clearance: wp.float64,
    width: wp.float64,
    slack: wp.float32,
    near: wp.array(dtype=wp.int32),
    push: wp.array(dtype=wp.vec3d),
):
    """Mark the chosen faces with a gap below the clearance, and the faces beyond it.

    Where `push` has a row for every corner of every face, add to it the moves of the corners of
    the chosen faces that make each gap twice as wide as `width`.
    """
    i = chosen[first + wp.tid()]
    mine = faces[i]
    own = corners(mine, vertices, wp.vec3i(-1, -1, -1))
    a, b, c = wp.vec3(own[0]), wp.vec3(own[1]), wp.vec3(own[2])
    reach = wp.vec3(slack, slack, slack)
    query = wp.mesh_query_aabb(
        mesh, wp.min(wp.min(a, b), c) - reach, wp.max(wp.max(a, b), c) + reach
    )
    # Where all faces are looked at, the earlier face of a pair does it.
    moves = push.shape[0] > 0
    both = moves or chosen.shape[0] < faces.shape[0]
    j = wp.int32(0)
    while wp.mesh_query_aabb_next(query, j):
        other = faces[j]
        common = shared(mine, other)
        if common < 3 and (both or j > i):
            theirs = corners(other, vertices, wp.vec3i(-1, -1, -1))
            # Neighbours meet at their common corners; the rest of each keeps away from the other.
            gap = widest(corners(mine, vertices, other), theirs, clearance)
            if common > 0 and gap.width >= clearance:
                gap = widest(own, corners(other, vertices, mine), clearance)
            if gap.width < clearance:
                near[i] = 1
                near[j] = 1
                for k in range(3):
                    if moves and not has(other, mine[k]):
                        short = gap.middle + width - wp.dot(gap.direction, own[k])
                        if short > wp.float64(0.0):
                            push[3 * i + k] = push[3 * i + k] + short * gap.direction
