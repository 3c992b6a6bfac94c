"""The request bodies that retrieve, count and sort, and the multi-search that sends them."""
