"""The schema's history, in order."""
