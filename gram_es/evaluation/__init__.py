"""Measuring: judgments in, a table of the field's measures out."""
