"""Training data: samples with signed distances, a store of them on disk, and batches from it."""
