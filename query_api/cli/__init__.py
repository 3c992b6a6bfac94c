"""The commands that search, inspect and serve."""
