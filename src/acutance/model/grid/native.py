"""The inner loops of feature grids in C++, which Warp compiles for the CPU and for CUDA.

Each takes a block of points at one level of one table: first it finds the rows of their corners and
asks for them ahead, so that the memory has time, then it uses them. As Warp's own code, a thread a
point, they took several times as long where the table is larger than a core's cache.

A point's features are linear in each coordinate between the corners, so their derivatives are
written out here. Names that are not declared here are arguments of the functions in `kernels`.
"""

PRIMES = (2654435761, 805459861)
"""Factors of the hash for y and z (Müller et al. 2022, equation 4; Teschner et al. 2003)."""

BLOCK = 64
"""Points of a block on the CPU: enough to hide the memory, few enough for the smallest cache."""


def native(width: int, loop: str) -> str:
    """The body of a function that works off a block.

    Args:
        width: features a row.
        loop: one of the loops below.
    """
    return f"""
    constexpr int WIDTH = {width};
    constexpr unsigned FACTORS[3] = {{1u, {PRIMES[0]}u, {PRIMES[1]}u}};
#if defined(__CUDA_ARCH__)
    constexpr int MOST = 1;
#else
    constexpr int MOST = {BLOCK};
#endif
    {_PLACES}
    {loop}
"""


_PLACES = """
    unsigned rows[8][MOST];  // of the corners; bits 0, 1, 2 of a corner's number are x, y, z
    float share[3][MOST];    // place in the cell, 0 to 1; less or more beyond the cube
    const int count = block.count, last = block.grid.resolution - 1;
    const float resolution = (float)block.grid.resolution;
    const bool hashed = block.grid.hashed;
    const unsigned mask = block.grid.mask;
    unsigned step[3];
    float slope[3];
    int absent = 0;  // bits of the axes that the grid does not have
    for (int axis = 0; axis < 3; ++axis) {
        step[axis] = hashed ? FACTORS[axis] : block.grid.strides[axis];
        slope[axis] = step[axis] ? 0.5f * resolution : 0.0f;
        absent |= step[axis] ? 0 : 1 << axis;
    }
    // The cell of each point, and its place in it; outside of the cube those of the outermost cell.
    for (int n = 0; n < count; ++n) {
        unsigned cell[3];
        for (int axis = 0; axis < 3; ++axis) {
            const float place = (points.data[block.first + n][axis] * 0.5f + 0.5f) * resolution;
            const int whole = (int)floorf(place);
            const int inside = whole < 0 ? 0 : whole > last ? last : whole;
            share[axis][n] = step[axis] ? place - (float)inside : 0.0f;
            cell[axis] = (unsigned)inside * step[axis];
        }
        // The rows of its corners: by the hash of equation 4, or counted along the axes.
        for (int corner = 0; corner < 8; ++corner) {
            const unsigned x = corner & 1 ? cell[0] + step[0] : cell[0];
            const unsigned y = corner & 2 ? cell[1] + step[1] : cell[1];
            const unsigned z = corner & 4 ? cell[2] + step[2] : cell[2];
            rows[corner][n] = hashed ? (x ^ y ^ z) & mask : x + y + z;
        }
    }
    const size_t first = size_t(block.start) * WIDTH;
    float* entries = (float*)table.data + first;
#if !defined(__CUDA_ARCH__)
    for (int n = 0; n < count; ++n)
        for (int corner = 0; corner < 8; ++corner)
            if (!(corner & absent)) __builtin_prefetch(entries + size_t(rows[corner][n]) * WIDTH);
#endif
    const size_t column = size_t(block.grid.index) * WIDTH;
    struct Weights { float x[2], y[2], z[2]; };
    auto weights = [&](int n) -> Weights {
        const float x = share[0][n], y = share[1][n], z = share[2][n];
        return {{1.0f - x, x}, {1.0f - y, y}, {1.0f - z, z}};
    };
"""
"""Rows and places of a block's points. A corner's weight is the product of one along each axis, and
`slope` the derivative of such a one by the point. Along an axis that the grid does not have, the
lower corners have all the weight, and the upper ones are left out."""

FORWARD = """
    const size_t stride = features.shape[1];
    float* out = features.data + column * stride + block.first;
    for (int n = 0; n < count; ++n) {
        const Weights w = weights(n);
        float total[WIDTH] = {};
        for (int corner = 0; corner < 8; ++corner) {
            if (corner & absent) continue;
            const int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
            const float weight = w.x[i] * w.y[j] * w.z[k];
            const float* entry = entries + size_t(rows[corner][n]) * WIDTH;
            for (int f = 0; f < WIDTH; ++f) total[f] += weight * entry[f];
        }
        for (int f = 0; f < WIDTH; ++f) out[f * stride + n] = total[f];
    }
"""
"""Features of the points from the table."""

PULL_TABLE = """
    const size_t stride = cotangent.shape[1];
    const float* in = cotangent.data + column * stride + block.first;
    for (int n = 0; n < count; ++n) {
        const Weights w = weights(n);
        float pulled[WIDTH];
        for (int f = 0; f < WIDTH; ++f) pulled[f] = in[f * stride + n];
        for (int corner = 0; corner < 8; ++corner) {
            if (corner & absent) continue;
            const int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
            const float weight = w.x[i] * w.y[j] * w.z[k];
            float* entry = entries + size_t(rows[corner][n]) * WIDTH;
            for (int f = 0; f < WIDTH; ++f) wp::atomic_add(entry + f, weight * pulled[f]);
        }
    }
"""
"""Gradient of the features added to the table's: `FORWARD` transposed in the table."""

PULL_POINTS = """
    const size_t stride = cotangent.shape[1];
    const float* in = cotangent.data + column * stride + block.first;
    auto* out = to_points.data + size_t(block.grid.index) * to_points.shape[1] + block.first;
    for (int n = 0; n < count; ++n) {
        const Weights w = weights(n);
        float pulled[WIDTH], total[3] = {};
        for (int f = 0; f < WIDTH; ++f) pulled[f] = in[f * stride + n];
        for (int corner = 0; corner < 8; ++corner) {
            if (corner & absent) continue;
            const int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
            const float* entry = entries + size_t(rows[corner][n]) * WIDTH;
            float value = 0.0f;
            for (int f = 0; f < WIDTH; ++f) value += entry[f] * pulled[f];
            total[0] += (i ? value : -value) * w.y[j] * w.z[k];
            total[1] += (j ? value : -value) * w.x[i] * w.z[k];
            total[2] += (k ? value : -value) * w.x[i] * w.y[j];
        }
        for (int axis = 0; axis < 3; ++axis) out[n][axis] = slope[axis] * total[axis];
    }
"""
"""Gradient of the features → gradient of the points."""

PULL_TWICE = """
    const size_t stride = cotangent.shape[1];
    const float* in = cotangent.data + column * stride + block.first;
    float* out = to_features.data + column * stride + block.first;
    auto* twice = to_points.data + size_t(block.grid.index) * to_points.shape[1] + block.first;
    float* to_entries = (float*)to_table.data + first;
    for (int n = 0; n < count; ++n) {
        const Weights w = weights(n);
        float pulled[WIDTH], to_feature[WIDTH] = {}, total[3] = {}, d[3];
        for (int f = 0; f < WIDTH; ++f) pulled[f] = in[f * stride + n];
        for (int axis = 0; axis < 3; ++axis)
            d[axis] = slope[axis] * direction.data[block.first + n][axis];
        for (int corner = 0; corner < 8; ++corner) {
            if (corner & absent) continue;
            const int i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
            const float dx = i ? d[0] : -d[0], dy = j ? d[1] : -d[1], dz = k ? d[2] : -d[2];
            const float wx = w.x[i], wy = w.y[j], wz = w.z[k];
            const float change = dx * wy * wz + dy * wx * wz + dz * wx * wy;
            const size_t row = size_t(rows[corner][n]) * WIDTH;
            float value = 0.0f;
            for (int f = 0; f < WIDTH; ++f) {
                to_feature[f] += change * entries[row + f];
                wp::atomic_add(to_entries + row + f, change * pulled[f]);
                value += entries[row + f] * pulled[f];
            }
            total[0] += (i ? value : -value) * (dy * wz + dz * wy);
            total[1] += (j ? value : -value) * (dx * wz + dz * wx);
            total[2] += (k ? value : -value) * (dx * wy + dy * wx);
        }
        for (int f = 0; f < WIDTH; ++f) out[f * stride + n] = to_feature[f];
        for (int axis = 0; axis < 3; ++axis) twice[n][axis] = slope[axis] * total[axis];
    }
"""
"""Gradients of ⟨direction, `PULL_POINTS`⟩ by the cotangent, the table and the points."""
