"""Dual contouring: patches of surface, their vertices and faces."""
