"""Formats of scenes: parts that are placed, perhaps many times."""
