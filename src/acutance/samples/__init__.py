"""What is learned from: points in space and on the surface, with their signed distances."""
