"""Sharp neural signed distance functions of 3D shapes."""
