"""Search: turn a request into a page of hits, and explain the ranking of the hits."""
