"""The comparison of decoders on the same shapes."""
