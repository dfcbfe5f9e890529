"""The commands: typed by their fields, with no logic of their own."""
