"""Rows of feeds: from the raw row that a format reads to a checked product."""
