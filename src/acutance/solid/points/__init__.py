"""Point clouds: what belongs to them, their normals, and the solid that they bound."""
