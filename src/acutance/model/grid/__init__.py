"""Tables of features over grids: hash grids, planes and lines, and their kernels."""
