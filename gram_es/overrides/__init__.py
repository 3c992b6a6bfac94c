"""Overrides: codes of products and queries that people set and that precede the model's."""
