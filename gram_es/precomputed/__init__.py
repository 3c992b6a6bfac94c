"""Precomputed query codes: the model's output for frequent queries, stored in an index."""
