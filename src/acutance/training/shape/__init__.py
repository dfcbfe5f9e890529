"""The training of one shape."""
