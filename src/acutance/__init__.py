"""Sharp neural signed distance functions of 3D shapes.

A file becomes a shape, a shape a solid with a signed distance, a solid a network, a network a mesh,
and a mesh is measured against the shape; many shapes become a store of samples, and a store a space
of shapes. `__init__.pyi` lists the public names; each is loaded on its first use, so that importing
the package costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"
