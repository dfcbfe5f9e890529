"""The evaluation of a run: what was measured, kept, and shown on a page."""
