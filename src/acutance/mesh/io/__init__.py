"""Mesh and point files, one format a file."""
