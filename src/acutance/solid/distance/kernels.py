# mypy: disable-error-code="valid-type, no-untyped-def, operator, index, attr-defined"
# (Warp reads the annotations of kernels as its own types.)
"""Warp kernels of the exact distance, and of rays and boxes in meshes.

Written anew instead of `warp.mesh_query_point_*` because those lose up to 1e-3 of the unit frame
on the needle triangles of CAD meshes (barycentric coordinates cancel) and skip the thinnest ones.
Here every length is a difference of positions projected on a unit vector that was computed in
float64, so that the error is that of float32 coordinates, about 1e-7, whatever the triangle.
"""

import warp as wp


@wp.struct
class Triangles:
    """Triangles in the order of their tree of boxes.

    Attributes:
        boxes: lower and upper corner of every node of a complete binary tree; the children of
            node i are 2i + 1 and 2i + 2.
        first_leaf: index of the first leaf; leaf k of n holds triangles [k·m/n, (k+1)·m/n).
        corners: three corners of every triangle.
        sides: unit vectors in its plane, outward across the edges 01, 12, 20, and its unit normal.
        pseudonormals: of the corners 0, 1, 2, the edges 01, 12, 20 and the face.
        faces: its index in the mesh.
    """

    boxes: wp.array2d(dtype=wp.vec3)
    first_leaf: wp.int32
    corners: wp.array2d(dtype=wp.vec3)
    sides: wp.array2d(dtype=wp.vec3)
    pseudonormals: wp.array2d(dtype=wp.vec3)
    faces: wp.array(dtype=wp.int32)


@wp.struct
class ClosestFeature:
    """The closest feature of the triangles so far.

    Attributes:
        squared: its squared distance.
        offset: the point minus the closest point.
        triangle: the triangle that it belongs to.
        feature: the triangle's corner 0, 1, 2, its edge 3, 4, 5 for 01, 12, 20, or 6, its face.
    """

    squared: wp.float32
    offset: wp.vec3
    triangle: wp.int32
    feature: wp.int32


@wp.func
def box_distance_squared(point: wp.vec3, lower: wp.vec3, upper: wp.vec3) -> wp.float32:
    """Squared distance to a box; 0 inside."""
    excess = wp.max(wp.max(lower - point, point - upper), wp.vec3(0.0))
    return wp.dot(excess, excess)


@wp.func
def try_edge(
    nearest: ClosestFeature, point: wp.vec3, start: wp.vec3, end: wp.vec3, triangle: int, edge: int
) -> ClosestFeature:
    """Take the edge's closest point if it is nearer; `edge` is 0, 1, 2 for 01, 12, 20."""
    along = end - start
    # The floor only keeps an edge of no length from dividing by zero.
    share = wp.dot(point - start, along) / wp.max(wp.dot(along, along), 1.0e-30)
    offset = point - start - wp.clamp(share, 0.0, 1.0) * along
    squared = wp.dot(offset, offset)
    if squared < nearest.squared:
        nearest.squared = squared
        nearest.offset = offset
        nearest.triangle = triangle
        nearest.feature = 3 + edge
        if share <= 0.0:
            nearest.feature = edge
        if share >= 1.0:
            nearest.feature = wp.where(edge == 2, 0, edge + 1)
    return nearest


@wp.func
def try_triangle(
    nearest: ClosestFeature, point: wp.vec3, mesh: Triangles, t: int
) -> ClosestFeature:
    """Take the triangle's closest point if it is nearer.

    The point projects into the triangle, or its closest point lies on an edge that it is outside
    of. A triangle of no area has zero side vectors and is tried as its three edges.
    """
    a = mesh.corners[t, 0]
    normal = mesh.sides[t, 3]
    height = wp.dot(point - a, normal)
    if height * height >= nearest.squared:
        return nearest
    b = mesh.corners[t, 1]
    c = mesh.corners[t, 2]
    across_ab = wp.dot(point - a, mesh.sides[t, 0])
    across_bc = wp.dot(point - b, mesh.sides[t, 1])
    across_ca = wp.dot(point - c, mesh.sides[t, 2])
    if across_ab < 0.0 and across_bc < 0.0 and across_ca < 0.0:
        nearest.squared = height * height
        nearest.offset = height * normal
        nearest.triangle = t
        nearest.feature = 6
    else:
        if across_ab >= 0.0:
            nearest = try_edge(nearest, point, a, b, t, 0)
        if across_bc >= 0.0:
            nearest = try_edge(nearest, point, b, c, t, 1)
        if across_ca >= 0.0:
            nearest = try_edge(nearest, point, c, a, t, 2)
    return nearest


@wp.func
def find_nearest(mesh: Triangles, point: wp.vec3) -> ClosestFeature:
    """Walk the tree, nearer child first, past every box that is farther than the best so far.

    Branch and bound in depth-first order (Roussopoulos, Kelley and Vincent 1995, "Nearest Neighbor
    Queries"), with a stack of its own instead of recursion.
    """
    waiting = wp.zeros(shape=(32,), dtype=wp.int32)  # one a level: enough for 2³² leaves
    distances = wp.zeros(shape=(32,), dtype=wp.float32)
    count = wp.int32(1)
    leaves = wp.int64(mesh.first_leaf + 1)
    total = wp.int64(mesh.faces.shape[0])
    nearest = ClosestFeature()
    nearest.squared = wp.float32(1.0e30)
    while count > 0:
        count -= 1
        node = waiting[count]
        node_distance = distances[count]
        # Down to a leaf through the nearer child each time; the farther one waits.
        while node < mesh.first_leaf and node_distance < nearest.squared:
            near = 2 * node + 1
            far = near + 1
            near_distance = box_distance_squared(point, mesh.boxes[near, 0], mesh.boxes[near, 1])
            far_distance = box_distance_squared(point, mesh.boxes[far, 0], mesh.boxes[far, 1])
            node = wp.where(far_distance < near_distance, far, near)
            waiting[count] = wp.where(far_distance < near_distance, near, far)
            distances[count] = wp.max(near_distance, far_distance)
            count += 1
            node_distance = wp.min(near_distance, far_distance)
        # A box that came to be farther than the best, found since, is left out with all in it.
        if node_distance < nearest.squared:
            leaf = wp.int64(node - mesh.first_leaf)
            for t in range(int(leaf * total / leaves), int((leaf + wp.int64(1)) * total / leaves)):
                nearest = try_triangle(nearest, point, mesh, t)
    return nearest


@wp.kernel(enable_backward=False)
def closest_kernel(
    mesh: Triangles,
    points: wp.array(dtype=wp.vec3),
    distance: wp.array(dtype=wp.float32),
    closest: wp.array(dtype=wp.vec3),
    face: wp.array(dtype=wp.int32),
):
    """Distance, closest point and its face."""
    i = wp.tid()
    nearest = find_nearest(mesh, points[i])
    distance[i] = wp.sqrt(nearest.squared)
    closest[i] = points[i] - nearest.offset
    face[i] = mesh.faces[nearest.triangle]


@wp.kernel(enable_backward=False)
def signed_kernel(
    mesh: Triangles,
    points: wp.array(dtype=wp.vec3),
    distance: wp.array(dtype=wp.float32),
    faces: wp.array(dtype=wp.int32),
):
    """Distance with the sign of the pseudonormal of the closest feature, and its face."""
    i = wp.tid()
    nearest = find_nearest(mesh, points[i])
    normal = mesh.pseudonormals[nearest.triangle, nearest.feature]
    inside = wp.dot(nearest.offset, normal) < 0.0
    distance[i] = wp.where(inside, -wp.sqrt(nearest.squared), wp.sqrt(nearest.squared))
    faces[i] = mesh.faces[nearest.triangle]


@wp.kernel(enable_backward=False)
def unsigned_kernel(
    mesh: Triangles, points: wp.array(dtype=wp.vec3), distance: wp.array(dtype=wp.float32)
):
    """Distance alone."""
    i = wp.tid()
    distance[i] = wp.sqrt(find_nearest(mesh, points[i]).squared)


@wp.kernel(enable_backward=False)
def escape_kernel(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),
    directions: wp.array(dtype=wp.vec3),
    escapes: wp.array(dtype=wp.bool),
):
    """Whether a straight ray in one of the directions hits nothing."""
    i = wp.tid()
    free = wp.bool(False)
    for j in range(directions.shape[0]):
        if not free:
            free = not wp.mesh_query_ray(mesh, points[i], directions[j], 1.0e6).result
    escapes[i] = free


@wp.func
def volume(a: wp.vec3d, b: wp.vec3d, c: wp.vec3d, d: wp.vec3d) -> wp.float64:
    """Six times the signed volume of a tetrahedron."""
    return wp.dot(wp.cross(b - a, c - a), d - a)


@wp.func
def passes(p: wp.int32, q: wp.int32, face: wp.vec3i, vertices: wp.array(dtype=wp.vec3d)) -> wp.bool:
    """Whether the edge from p to q passes through a face that it shares no vertex with."""
    for k in range(3):
        if face[k] == p or face[k] == q:
            return False
    # Its ends lie on both sides of the face's plane, and the line through them passes all three of
    # the face's edges on the same side (Segura and Feito 2001, "Algorithms to Test Ray-Triangle
    # Intersection").
    start, end = vertices[p], vertices[q]
    a, b, c = vertices[face[0]], vertices[face[1]], vertices[face[2]]
    zero = wp.float64(0.0)
    if volume(a, b, c, start) * volume(a, b, c, end) >= zero:
        return False
    first = volume(start, end, a, b)
    return first * volume(start, end, b, c) > zero and first * volume(start, end, c, a) > zero


@wp.kernel(enable_backward=False)
def intersecting_kernel(
    first: wp.int32,
    mesh: wp.uint64,
    vertices: wp.array(dtype=wp.vec3d),
    faces: wp.array(dtype=wp.vec3i),
    slack: wp.float32,
    cut: wp.array(dtype=wp.int32),
):
    """Mark the faces that cut each other, of pairs whose earlier face is in this launch."""
    i = first + wp.tid()
    mine = faces[i]
    a, b, c = vertices[mine[0]], vertices[mine[1]], vertices[mine[2]]
    margin = wp.vec3(slack, slack, slack)
    lower = wp.vec3(wp.min(wp.min(a, b), c)) - margin
    upper = wp.vec3(wp.max(wp.max(a, b), c)) + margin
    query = wp.mesh_query_aabb(mesh, lower, upper)
    j = wp.int32(0)
    while wp.mesh_query_aabb_next(query, j):
        if j > i:
            other = faces[j]
            meets = wp.bool(False)
            for k in range(3):
                n = (k + 1) % 3
                meets = meets or passes(mine[k], mine[n], other, vertices)
                meets = meets or passes(other[k], other[n], mine, vertices)
            if meets:
                cut[i] = 1
                cut[j] = 1


@wp.kernel(enable_backward=False)
def wall_kernel(
    mesh: wp.uint64,
    points: wp.array(dtype=wp.vec3),
    directions: wp.array(dtype=wp.vec3),
    length: wp.array(dtype=wp.float32),
):
    """How far a ray goes until it leaves through a face that looks its way; else infinite."""
    i = wp.tid()
    length[i] = wp.inf
    query = wp.mesh_query_ray(mesh, points[i], directions[i], 1.0e6)
    if query.result and wp.dot(query.normal, directions[i]) > 0.8:
        length[i] = query.t
