"""What is done to a contoured mesh: specks, simplification, one solid body."""
