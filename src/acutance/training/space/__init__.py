"""The training of a space of shapes, and the codes of shapes that it did not see."""
