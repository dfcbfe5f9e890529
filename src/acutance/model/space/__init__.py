"""Decoders of many shapes: codes, conditioning, and the space that they span."""
