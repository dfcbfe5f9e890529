"""Finding the shapes to prepare: in folders, in lists, in the field's data sets, or made here."""
