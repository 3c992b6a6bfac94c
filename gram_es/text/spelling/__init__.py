"""Spelling of queries: what the shop writes, what the language knows, and likely corrections."""
