"""Shapes that the package makes itself: nothing to download.

- `analytic`: solids with an exact signed distance, in any unit.
- `part`: a CAD part, in millimetres, standing on z = 0.
- `catalogue`: furniture and aircraft by category and number, in metres, standing on y = 0.

`furniture` and `aircraft` are built with the tools of `modelling`, and know nothing of each other.
"""
