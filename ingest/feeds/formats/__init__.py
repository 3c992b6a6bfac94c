"""Readers of feed formats, and the detection of a feed's format."""
