"""Airliners, jets, propeller planes and gliders, drawn from parameters.

Everything is in metres: y points up, the nose to +z, and x to the right as seen from the front. The
middle of the body lies about y = 0 until `plane` stands the aircraft on y = 0. `jets` and
`propeller_planes` draw the parameters; the other files make the parts.
"""
