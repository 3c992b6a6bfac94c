"""Overrides: the codes of products and queries that a person sets, above the model's own."""
