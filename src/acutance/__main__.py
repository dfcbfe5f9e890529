"""`python -m acutance` is the command `acutance`."""

from acutance.cli import main

main()
