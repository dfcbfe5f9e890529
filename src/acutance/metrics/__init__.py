"""How good a result is, in numbers and tables of numbers."""
