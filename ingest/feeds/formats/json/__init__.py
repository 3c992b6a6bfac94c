"""JSON: an object per line, and lists of objects, read as a stream."""
