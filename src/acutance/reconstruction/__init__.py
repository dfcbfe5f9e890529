"""What comes out: the code of an unseen shape, and the details that the space cannot know."""
