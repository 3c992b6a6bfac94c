"""Explain why a product is not on a page of hits."""
