"""Shapes that the package makes itself: nothing to download."""
