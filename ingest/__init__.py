"""From a feed to the index: readers, the queue, the workers and the ledger."""
