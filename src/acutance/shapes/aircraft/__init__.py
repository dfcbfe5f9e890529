"""Aircraft, drawn from parameters."""
