"""Exact distances to triangles and rays through them, as Warp kernels."""
