"""What is mended before a mesh is asked for its inside: strays, seams, repeats and sides."""
