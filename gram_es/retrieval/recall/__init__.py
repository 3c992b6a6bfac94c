"""The request bodies that retrieve, sort and count, and the multi-search that sends them."""
