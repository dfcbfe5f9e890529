"""What is learned: encodings, activations and networks; the neural SDF of one shape."""
