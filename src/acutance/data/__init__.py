"""What is learned from: samples with signed distances, a store of them, and batches."""
