"""The formats of feeds: one reader per module, and the detection of a file's format."""
