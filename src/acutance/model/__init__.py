"""What is learned: encodings, activations, decoders, and the neural SDF of one shape."""
