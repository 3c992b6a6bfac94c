"""The worker's side of a run: enrich the rows of a batch and write them to the index."""
