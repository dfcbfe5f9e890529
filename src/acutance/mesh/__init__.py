"""Meshes and point clouds as arrays, and what can be said of them without an inside."""
