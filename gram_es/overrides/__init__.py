"""Overrides: rules by which people lock, ban or pin codes, or keep words of queries as typed."""
