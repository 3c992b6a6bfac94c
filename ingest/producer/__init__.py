"""The producer's side of a run: read a feed, store batches, enqueue them."""
