"""Which cells a surface passes through, and the lattice on which a field is sampled."""
