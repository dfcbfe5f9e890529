"""Finding the shapes to prepare: folders, lists and the field's data sets."""
