"""Jobs for spaces of shapes: train, reconstruct, evaluate, interpolate."""
