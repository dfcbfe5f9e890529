# mypy: disable-error-code="valid-type, no-untyped-def, operator"
# Warp reads the annotations of kernels as its own types.
"""Ray casting as Warp kernels: pictures without a display and without OpenGL."""

import warp as wp


@wp.func
def ray(
    k: int,
    side: int,
    forward: wp.vec3,
    right: wp.vec3,
    up: wp.vec3,
    centre: wp.vec2,
    extent: float,
):
    """Unit direction through the middle of the k-th sample of a square picture."""
    row = k // side
    column = k - row * side
    x = 2.0 * (float(column) + 0.5) / float(side) - 1.0
    y = 1.0 - 2.0 * (float(row) + 0.5) / float(side)
    return wp.normalize(forward + right * (centre[0] + extent * x) + up * (centre[1] + extent * y))


@wp.kernel(enable_backward=False)
def cast(
    first: int,
    mesh: wp.uint64,
    side: int,
    eye: wp.vec3,
    forward: wp.vec3,
    right: wp.vec3,
    up: wp.vec3,
    centre: wp.vec2,
    extent: float,
    face: wp.array(dtype=int),
    hit: wp.array(dtype=wp.vec3),
):
    """The face and the point that each sample of the picture sees; face −1 where it sees none."""
    k = first + wp.tid()
    direction = ray(k, side, forward, right, up, centre, extent)
    query = wp.mesh_query_ray(mesh, eye, direction, 1.0e9)
    face[k] = -1
    if query.result:
        face[k] = query.face
        hit[k] = eye + query.t * direction


@wp.kernel(enable_backward=False)
def sky(
    first: int,
    mesh: wp.uint64,
    reach: float,
    point: wp.array(dtype=wp.vec3),
    normal: wp.array(dtype=wp.vec3),
    square: wp.array(dtype=wp.vec2),
    free: wp.array(dtype=float),
):
    """Whether one ray, drawn from the cosine-weighted hemisphere, is free within reach: 1 or 0.

    `square` holds uniform numbers that Malley's method takes to the hemisphere.
    """
    k = first + wp.tid()
    n = normal[k]
    axis = wp.vec3(1.0, 0.0, 0.0)
    if wp.abs(n[0]) > 0.7:
        axis = wp.vec3(0.0, 1.0, 0.0)
    t = wp.normalize(wp.cross(n, axis))
    b = wp.cross(n, t)
    u = square[k][0]
    turn = 6.2831853 * square[k][1]
    direction = wp.sqrt(u) * (t * wp.cos(turn) + b * wp.sin(turn)) + n * wp.sqrt(1.0 - u)
    # The start is lifted off the surface so that rounding in float32 does not hide it from itself.
    query = wp.mesh_query_ray(mesh, point[k] + n * (2.0e-3 * reach), direction, reach)
    free[k] = wp.where(query.result, 0.0, 1.0)
