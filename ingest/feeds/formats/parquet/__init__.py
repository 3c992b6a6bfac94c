"""Parquet, which a process of its own reads."""
