"""Build the request bodies that retrieve, sort and count, and send them in a multi-search."""
