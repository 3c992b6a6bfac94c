"""The producer's side of a run: read a feed, write its batches to the ledger, enqueue them."""
