"""Chairs, lamps, sofas and tables, drawn from parameters.

Everything is in metres and stands on y = 0: y points up, the front looks to +z, and x points to the
right as seen from the front. Each category is a frozen dataclass of parameters with `draw`, and a
function that builds the mesh from it. The other files make the parts.
"""
