"""The jobs of the command line as Python calls: what `acutance fit`, `mesh`, `sdf`, `info` do."""
