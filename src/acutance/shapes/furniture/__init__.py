"""Chairs, lamps, planes, sofas and tables, drawn from parameters: nothing to download.

Everything is in metres, +y up and the front towards +z; x is to the right of who looks at the back.
`curves`, `outlines`, `skins`, `bars` and `panels` make single parts; `legs`, `pedestals`, `backs`
and `wings` make what several shapes share; each category is a frozen dataclass of parameters with
`draw`, and a function that builds the shape from it.
"""
