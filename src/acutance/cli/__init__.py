"""The command line: commands, console and doctor."""
