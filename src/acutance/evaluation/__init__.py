"""How good it is: metrics, pictures and the report."""
