"""Other ways to search, measured on the same products and queries as gram-es."""
