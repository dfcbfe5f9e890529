"""Jobs for one shape: fit it, clean it, ask it, compare it."""
