"""Tools that furniture and aircraft are built with.

Curves and outlines are arrays of points. Skins, bars and panels make closed solids (`Manifold`) of
them. `assembly` unites overlapping solids to one mesh, and `repair` mends what rounding left.
`drawing` draws random parameters from the generator that it is given.

The frame is right-handed, in metres: y points up, the front of a shape looks to +z.
"""
