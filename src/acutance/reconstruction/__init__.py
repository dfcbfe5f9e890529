"""What comes out: the surface of a field as a closed mesh."""
